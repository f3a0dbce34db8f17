"""The clock is killed around the send: everything is delivered at least once, at most twice, under the same id."""

import logging
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from accounts.models import User
from notifications.deliveries.delivering import deliver_due
from notifications.models import Delivery, DeliveryStatus, Notice
from tests.executor.processes import kill, process
from tests.executor.running import ran
from tests.house.forking import Forked
from tests.house.processes import wait_until
from tests.notifications.sink import HOST, Sink
from tests.notifications.telling import echo, told_at

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = [3, pytest.param(20, marks=pytest.mark.slow)]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_killed_clock_loses_nothing(ada: User, sink: Sink, redis_url: str, rounds: int) -> None:
    told_at(sink, ada)
    for number in range(rounds):
        ran(ada, echo())
        with process("clock", PRIVATE_HOSTS=HOST, OUTWARD_PORTS=str(sink.port)) as clock:
            killed_around_the_send(number, clock, sink)
        end_claims()
        deliver_due()

    received = Counter(sink.ids)
    logger.info("%s kills: %s sends of %s deliveries", rounds, sum(received.values()), len(received))
    assert {delivery.message_id for delivery in Delivery.objects.all()} == set(received)
    assert (len(received), max(received.values())) == (rounds, 2)
    assert len({one.body for one in sink.received}) == rounds, "a second try says the same"
    assert set(Delivery.objects.values_list("status", flat=True)) == {DeliveryStatus.DELIVERED}
    assert Notice.objects.count() == rounds


def killed_around_the_send(number: int, clock: Forked, sink: Sink) -> None:
    """Before it is answered, right after, and when it has only been claimed."""
    before = len(sink.received)
    if number % 3 == 0:
        sink.on_arrival = lambda received: kill(clock)
        wait_until(lambda: clock.poll() is not None)
        sink.on_arrival = lambda received: None
    elif number % 3 == 1:
        wait_until(lambda: len(sink.received) > before)
        kill(clock)
    else:
        wait_until(lambda: Delivery.objects.exclude(fence=0, status=DeliveryStatus.WAITING).count() > number)
        kill(clock)


def end_claims() -> None:
    Delivery.objects.waiting().update(claimed_until=Now() - timedelta(seconds=1))
