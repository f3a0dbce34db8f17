"""What was not taken is tried again, for a time; an endpoint that takes nothing is switched off."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from accounts.models import User
from notifications.deliveries.backoff import PAUSES
from notifications.deliveries.delivering import deliver_due
from notifications.deliveries.resending import resend
from notifications.endpoints.switching import switch_off, switch_on
from notifications.errors import EndpointOff, SecretMissing
from notifications.models import ANSWER_BYTES, Attempt, DeliveryStatus, Endpoint, Notice
from tests.executor.running import ran
from tests.notifications.sink import Answer, Received, Sink
from tests.notifications.telling import come_due, echo, the_delivery, told_at

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_taken_is_in_the_log_and_not_sent_again(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    sink.answer = Answer(body=b"thanks " * 1000)
    ran(ada, echo())
    deliver_due()

    assert deliver_due() == {}

    delivery, attempt = the_delivery(), Attempt.objects.get()
    assert (delivery.status, delivery.tries, delivery.next_at) == (DeliveryStatus.DELIVERED, 0, None)
    assert (attempt.number, attempt.status_code, attempt.error, len(attempt.answer)) == (1, 200, "", ANSWER_BYTES)
    assert len(sink.received) == 1


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503, 302, 304])
def test_what_was_not_taken_is_tried_again_under_the_same_id(ada: User, sink: Sink, status: int) -> None:
    told_at(sink, ada)
    elsewhere = sink.url.replace("/hook", "/elsewhere")
    sink.answer = Answer(status, headers={"location": elsewhere} if status == 302 else {})
    ran(ada, echo())
    assert deliver_due() == {"failed": 1}

    delivery = the_delivery()
    assert (delivery.status, delivery.tries) == (DeliveryStatus.WAITING, 1)
    assert deliver_due() == {}, "its time has not come"

    come_due()
    sink.answer = Answer(204)
    assert deliver_due() == {"taken": 1}
    assert (len(sink.received), len(set(sink.ids))) == (2, 1)
    assert {received.path for received in sink.received} == {"/hook"}
    assert sink.received[0].body == sink.received[1].body
    assert list(Attempt.objects.order_by("number").values_list("status_code", flat=True)) == [status, 204]


def test_pauses_grow_until_it_is_given_up(ada: User, sink: Sink) -> None:
    told_at(sink, ada)
    sink.answer = Answer(500)
    ran(ada, echo())
    pauses = []
    for _ in PAUSES:
        come_due()
        before = datetime.now(UTC)
        deliver_due()
        next_at = the_delivery().next_at
        assert next_at is not None
        pauses.append(next_at - before)

    come_due()
    deliver_due()

    assert the_delivery().status == DeliveryStatus.GIVEN_UP
    assert all(
        least <= pause <= least * 1.2 + timedelta(seconds=20) for least, pause in zip(PAUSES, pauses, strict=True)
    )
    come_due()
    assert deliver_due() == {}
    assert len(sink.received) == len(PAUSES) + 1


@pytest.mark.parametrize("is_date", [False, True])
def test_a_receiver_may_ask_for_a_longer_pause(ada: User, sink: Sink, is_date: bool) -> None:
    told_at(sink, ada)
    moment = datetime.now(UTC) + timedelta(hours=1)
    wanted = moment.strftime("%a, %d %b %Y %H:%M:%S GMT") if is_date else "3600"
    sink.answer = Answer(429, headers={"retry-after": wanted})
    ran(ada, echo())
    deliver_due()

    next_at = the_delivery().next_at
    assert next_at is not None
    assert abs(next_at - moment) < timedelta(minutes=1)


def test_410_switches_the_endpoint_off(ada: User, sink: Sink) -> None:
    endpoint, _ = told_at(sink, ada)
    sink.answer = Answer(410)
    ran(ada, echo())
    deliver_due()

    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, the_delivery().status) == (False, DeliveryStatus.GIVEN_UP)
    assert "410" in endpoint.trouble
    ran(ada, echo())
    deliver_due()
    assert Notice.objects.count() == 1, "nothing is kept for who listens no more"


def test_an_endpoint_that_fails_for_days_is_switched_off(ada: User, sink: Sink, settings: LazySettings) -> None:
    endpoint, _ = told_at(sink, ada)
    sink.answer = Answer(500)
    ran(ada, echo())
    deliver_due()
    now = datetime.now(UTC)
    days = timedelta(days=settings.ENDPOINT_FAILING_DAYS)
    Endpoint.objects.update(failing_since=now - days, failed_at=now - timedelta(hours=10))
    come_due()
    deliver_due()

    endpoint.refresh_from_db()
    assert not endpoint.is_enabled
    assert "ENDPOINT_FAILING_DAYS" in endpoint.trouble
    assert (the_delivery().status, the_delivery().next_at) == (DeliveryStatus.WAITING, None)


def test_failures_that_lie_far_apart_do_not_count_together(ada: User, sink: Sink) -> None:
    endpoint, _ = told_at(sink, ada)
    sink.answer = Answer(500)
    long_ago = datetime.now(UTC) - timedelta(days=30)
    Endpoint.objects.update(failing_since=long_ago, failed_at=long_ago)
    ran(ada, echo())
    deliver_due()

    endpoint.refresh_from_db()
    assert endpoint.is_enabled


def test_one_that_is_taken_ends_the_failures(ada: User, sink: Sink) -> None:
    endpoint, _ = told_at(sink, ada)
    sink.answer = Answer(500)
    ran(ada, echo())
    deliver_due()
    endpoint.refresh_from_db()
    assert endpoint.failing_since is not None

    come_due()
    sink.answer = Answer(200)
    deliver_due()
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None


def test_what_waits_while_the_endpoint_is_off_is_sent_when_it_is_on(ada: User, sink: Sink) -> None:
    endpoint, _ = told_at(sink, ada)
    sink.answer = Answer(500)
    ran(ada, echo())
    deliver_due()
    switch_off(endpoint)
    come_due()
    assert deliver_due() == {}

    sink.answer = Answer(200)
    switch_on(endpoint)
    assert deliver_due() == {"taken": 1}


def test_a_delivery_that_is_due_although_its_endpoint_is_off_waits_for_it(ada: User, sink: Sink) -> None:
    endpoint, _ = told_at(sink, ada)
    ran(ada, echo())
    sink.answer = Answer(500)
    deliver_due()
    Endpoint.objects.update(is_enabled=False)
    come_due()

    deliver_due()
    assert (len(sink.received), the_delivery().next_at) == (1, None)
    sink.answer = Answer(200)
    endpoint.refresh_from_db()
    assert switch_on(endpoint)
    deliver_due()
    assert the_delivery().status == DeliveryStatus.DELIVERED


def test_resend_sends_under_the_same_id_and_is_refused_while_it_is_off(ada: User, sink: Sink) -> None:
    endpoint, _ = told_at(sink, ada)
    ran(ada, echo())
    deliver_due()

    resend(the_delivery())
    assert deliver_due() == {"taken": 1}
    assert (len(sink.received), len(set(sink.ids))) == (2, 1)
    assert [attempt.number for attempt in Attempt.objects.order_by("number")] == [1, 2]

    switch_off(endpoint)
    with pytest.raises(EndpointOff):
        resend(the_delivery())


def test_an_endpoint_without_a_secret_is_sent_nothing(ada: User, sink: Sink) -> None:
    endpoint, _ = told_at(sink, ada)
    endpoint.secrets.all().delete()
    ran(ada, echo())
    assert deliver_due() == {"failed": 1}
    assert (sink.received, Attempt.objects.get().error) == ([], SecretMissing().message)


def test_a_receiver_that_does_not_answer_in_time_is_tried_again(ada: User, sink: Sink, settings: LazySettings) -> None:
    settings.ENDPOINT_TIMEOUT_SECONDS = 0.2
    told_at(sink, ada)
    gone = threading.Event()

    def answer(received: Received) -> None:
        gone.wait(30)

    sink.on_arrival = answer
    ran(ada, echo())
    assert deliver_due() == {"failed": 1}
    gone.set()
    assert "did not answer" in Attempt.objects.get().error
    assert the_delivery().status == DeliveryStatus.WAITING
