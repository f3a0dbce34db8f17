"""What ends, and what waits for a person, is told to the endpoints of its owner."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from standardwebhooks import WebhookVerificationError

from accounts.models import User
from executor.deleting.deleting import delete_execution
from executor.models import GraphExecution
from executor.stopping.cancel import request_cancel
from notifications.deliveries.delivering import deliver_due
from notifications.endpoints.secrets import give_secret
from notifications.models import Attempt, Delivery, DeliveryStatus, Notice
from notifications.payloads import MAX_BYTES
from tests.executor.building import build, given, result
from tests.executor.reviews.cast import asking, decision, parked, post, reviews
from tests.executor.running import ran, run, started, store
from tests.factories import make_user
from tests.notifications.sink import Sink
from tests.notifications.telling import come_due, echo, the_delivery, told_at

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_end_of_an_execution_is_told_signed(ada: User, sink: Sink) -> None:
    _, secret = told_at(sink, ada)
    execution = ran(ada, echo())

    assert deliver_due() == {"taken": 1}

    received = sink.received[0]
    body = received.verify(secret)
    assert (body["type"], body["data"]["id"], body["data"]["status"]) == (
        "execution.completed",
        str(execution.id),
        "COMPLETED",
    )
    assert (body["data"]["inputs"], body["data"]["outputs"]) == ({}, {"answer": ["Why?"]})
    assert body["data"]["url"] == f"/api/v1/graphs/{execution.graph_id}/executions/{execution.id}"
    assert abs(datetime.fromisoformat(body["timestamp"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert received.id == the_delivery().message_id
    with pytest.raises(WebhookVerificationError):
        received.verify("whsec_" + "A" * 44)


def test_a_suspended_owner_is_told_once_they_are_back(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    ran(ada, echo())
    User.objects.update(is_active=False)
    deliver_due()
    assert sink.received == []

    User.objects.update(is_active=True)
    come_due()
    assert deliver_due() == {"taken": 1}


def test_private_addresses_are_refused_when_they_are_asked(ada: User, sink: Sink, settings: LazySettings) -> None:
    from executor.hosting.services import door

    told_at(sink, ada)
    ran(ada, echo())
    settings.PRIVATE_HOSTS = []
    door.cache_clear()
    assert deliver_due() == {"failed": 1}

    assert sink.received == []
    assert "not on the public internet" in Attempt.objects.get().error


def test_a_stopped_execution_is_told(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    request_cancel(started(ada, echo()))
    deliver_due()

    assert sink.types == ["execution.terminated"]
    assert sink.received[0].json["data"]["stats"]["error_code"] == "stopped"


def test_a_failed_execution_is_told(sink: Sink) -> None:
    poor = make_user(credits=1)
    told_at(sink, poor)
    nodes = {f"n{i}": ("Pause", {"seconds": 0, **({"value": 0} if i == 0 else {})}) for i in range(3)}
    ran(poor, build(nodes, ["n0.value -> n1.value", "n1.value -> n2.value"]))
    deliver_due()

    assert sink.types == ["execution.failed"]
    assert sink.received[0].json["data"]["stats"]["error_code"] == "insufficient_balance"


def test_only_what_is_wanted_is_told(ada: User, sink: Sink) -> None:
    mine = ran(ada, echo())
    told_at(sink, ada, "execution.failed")
    told_at(sink, ada, "execution.completed", graph=mine.graph)
    told_at(sink, make_user("grace@example.org"))

    ran(ada, echo())
    assert deliver_due() == {}
    assert Notice.objects.count() == 0, "what nobody wants is forgotten"


def test_an_endpoint_is_not_told_what_happened_before_it_was_there(ada: User, sink: Sink) -> None:
    first, _ = told_at(sink, ada)
    ran(ada, echo())
    told_at(sink, ada)
    deliver_due()
    assert the_delivery().endpoint == first


def test_each_endpoint_gets_an_id_of_its_own(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    told_at(sink, ada)
    ran(ada, echo())
    assert deliver_due() == {"taken": 2}

    assert len(set(sink.ids)) == 2
    assert {received.json["data"]["id"] for received in sink.received} == {str(GraphExecution.objects.get().id)}


def test_dry_runs_are_not_told(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    ran(ada, echo(), is_dry_run=True)
    assert Notice.objects.count() == 0


def test_executions_inside_others_are_not_told(ada: User, sink: Sink) -> None:
    inner = store(ada, build({"paid": ("Pause", {"seconds": 0, "value": 1})}, []))
    sub = ("AgentExecutor", {"graph_id": str(inner.graph_id), "graph_version": 1, "inputs": {}})
    told_at(sink, ada)
    outer = ran(ada, build({"sub": sub}, []))

    assert (outer.status, outer.children.get().status) == ("COMPLETED", "COMPLETED")
    assert list(Notice.objects.values_list("execution_id", flat=True)) == [outer.id]


def test_each_wait_for_a_person_is_told_as_what_it_was(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    execution = parked(ada, asking())
    post(ada, decision(reviews(execution)[0]))
    run(execution)
    deliver_due()

    told = {received.json["type"]: received.json["data"] for received in sink.received}
    assert sorted(told) == ["execution.completed", "execution.review_waiting"]
    assert [told[kind]["status"] for kind in sorted(told)] == ["COMPLETED", "REVIEW"]
    assert told["execution.review_waiting"]["review_url"] == f"/api/v1/review/execution/{execution.id}"
    assert told["execution.review_waiting"]["ended_at"] is None


def test_former_secret_signs_until_its_overlap_is_over(ada: User, sink: Sink) -> None:
    endpoint, former = told_at(sink, ada)
    now = datetime.now(UTC)
    newest = give_secret(endpoint, overlap=timedelta(hours=1), now=now).reveal()
    ran(ada, echo())
    deliver_due()
    assert sink.received[0].verify(former) == sink.received[0].verify(newest)

    endpoint.secrets.filter(expires_at__isnull=False).update(expires_at=now)
    ran(ada, echo())
    deliver_due()
    sink.received[1].verify(newest)
    with pytest.raises(WebhookVerificationError):
        sink.received[1].verify(former)


def test_large_values_stay_at_home(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    long = "ä" * 100_000
    document = build({"q": given("q"), "a": result("a")}, ["q.result -> a.value"])
    ran(ada, document, {"q": long})
    deliver_due()

    data = sink.received[0].json["data"]
    assert (data["inputs"], data["has_all_inputs"], data["outputs"], data["has_all_outputs"]) == ({}, False, {}, False)
    assert len(sink.received[0].body) < MAX_BYTES


def test_what_was_deleted_is_not_told(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    execution = ran(ada, echo())
    delete_execution(execution, now=datetime.now(UTC))
    deliver_due()

    assert sink.received == []
    assert the_delivery().status == DeliveryStatus.GIVEN_UP


def test_no_notice_is_kept_for_who_has_no_endpoint(ada: User, sink: Sink) -> None:
    told_at(sink, make_user("grace@example.org"))
    ran(ada, echo())
    deliver_due()
    assert (Notice.objects.count(), Delivery.objects.count()) == (0, 0)
