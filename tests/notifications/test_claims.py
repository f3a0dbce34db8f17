"""Of several processes one tries a delivery, and none waits for an endpoint that is slow."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from accounts.models import User
from notifications.deliveries.claiming import PER_ENDPOINT, Claimed, claim_due
from notifications.deliveries.delivering import AT_ONCE, deliver_due
from notifications.deliveries.outcomes import Outcome
from notifications.deliveries.recording import record
from notifications.deliveries.resending import resend
from notifications.endpoints.making import make_endpoint
from notifications.endpoints.testing import send_test
from notifications.models import Attempt, Delivery, DeliveryStatus
from tests.factories import make_user
from tests.notifications.sink import Received, Sink
from tests.notifications.telling import the_delivery, told_at

pytestmark = pytest.mark.django_db(transaction=True)

TAKEN = Outcome(started_at=datetime.now(UTC), milliseconds=1, status_code=200)


def end_claims() -> None:
    Delivery.objects.update(claimed_until=Now() - timedelta(seconds=1))


def test_each_delivery_is_claimed_once(ada: User, sink: Sink) -> None:
    for _ in range(6):
        endpoint, _ = told_at(sink, ada)
        for _ in range(3):
            send_test(endpoint)
    together = threading.Barrier(4)

    def work() -> list[Claimed]:
        try:
            together.wait(30)
            return claim_due(18, {})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        claimed = [one for future in [pool.submit(work) for _ in range(4)] for one in future.result(60)]
    ids = [one.delivery_id for one in claimed]
    assert len(ids) == len(set(ids)) == 18


def test_who_was_too_slow_writes_nothing(ada: User, sink: Sink) -> None:
    endpoint, _ = told_at(sink, ada)
    send_test(endpoint)
    (slow,) = claim_due(1, {})
    assert claim_due(1, {}) == []
    end_claims()
    (newer,) = claim_due(1, {})

    assert not record(slow, TAKEN)
    assert (Attempt.objects.count(), the_delivery().status) == (0, DeliveryStatus.WAITING)
    assert record(newer, TAKEN)
    assert not record(newer, TAKEN)
    assert Attempt.objects.count() == 1


def test_resending_leaves_alone_what_is_being_tried(ada: User, sink: Sink) -> None:
    endpoint, _ = told_at(sink, ada)
    send_test(endpoint)
    (mine,) = claim_due(1, {})
    resend(the_delivery())
    assert claim_due(1, {}) == []
    assert record(mine, TAKEN)


def test_one_endpoint_takes_few_of_the_places(ada: User, sink: Sink) -> None:
    busy, _ = told_at(sink, ada)
    for _ in range(PER_ENDPOINT + 3):
        send_test(busy)
    other, _ = told_at(sink, ada)
    send_test(other)

    claimed = claim_due(AT_ONCE, {})
    assert [one.endpoint_id for one in claimed] == [busy.id] * PER_ENDPOINT + [other.id]
    assert claim_due(AT_ONCE, {busy.id: PER_ENDPOINT, other.id: 1}) == []


def test_a_slow_endpoint_keeps_no_other_waiting(ada: User, sink: Sink) -> None:
    """The slow one answers only once the other has been told."""
    slow, _ = told_at(sink, ada)
    for _ in range(AT_ONCE + 1):
        send_test(slow)
    told = threading.Event()
    fast, _ = make_endpoint(make_user("grace@example.org"), url=sink.url.replace("hook", "fast"), kinds=[])
    send_test(fast)

    def answer(received: Received) -> None:
        if received.path == "/fast":
            told.set()
        assert told.wait(8)

    sink.on_arrival = answer
    assert deliver_due() == {"taken": AT_ONCE + 2}
    assert told.is_set()
    assert set(Delivery.objects.values_list("status", flat=True)) == {DeliveryStatus.DELIVERED}
