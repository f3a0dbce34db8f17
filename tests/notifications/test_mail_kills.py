"""The clock is killed around the sending of mails: each arrives at least once, at most twice, under the same id."""

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db.models.functions import Now

from accounts.models import NotificationWishes, User
from accounts.wishes import NotificationType, set_wishes
from notifications.deliveries.delivering import deliver_due
from notifications.messages.data import LowBalanceData
from notifications.messages.writing import write_notice
from notifications.models import Delivery, DeliveryStatus
from tests.executor.processes import kill, process
from tests.house.forking import Forked
from tests.house.processes import wait_until
from tests.notifications.smtp import MailSink, mail_sink

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = [3, pytest.param(100, marks=pytest.mark.slow)]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_killed_clock_loses_no_mail_and_sends_none_thrice(
    grace: User, settings: LazySettings, redis_url: str, rounds: int
) -> None:
    set_wishes(grace, daily_limit=1000)
    with mail_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        for number in range(rounds):
            note(grace, number)
            with process("clock", EMAIL_URL=sink.url) as clock:
                killed_around_the_send(number, clock, sink)
            Delivery.objects.waiting().update(claimed_until=Now() - timedelta(seconds=1))
            deliver_due()

    received = Counter(sink.ids)
    logger.info("%s kills: %s mails of %s deliveries", rounds, sum(received.values()), len(received))
    known = {delivery.message_id for delivery in Delivery.objects.all()}
    assert {id.strip("<>").partition("@")[0] for id in received} == known
    assert (len(received), max(received.values())) == (rounds, 2)
    assert set(Delivery.objects.values_list("status", flat=True)) == {DeliveryStatus.DELIVERED}
    assert NotificationWishes.objects.get(user=grace).emails_sent == rounds, "a second try is not counted again"


def note(user: User, number: int) -> None:
    data = LowBalanceData(current_balance=number, billing_page_link="/credits")
    write_notice(NotificationType.LOW_BALANCE, user.pk, data, key=f"low:{number}", happened_at=datetime.now(UTC))


def killed_around_the_send(number: int, clock: Forked, sink: MailSink) -> None:
    """Before it is answered, right after, and when it has only been claimed."""
    before = len(sink.received)
    if number % 3 == 0:
        sink.on_arrival = lambda: kill(clock)
        wait_until(lambda: clock.poll() is not None)
        sink.on_arrival = lambda: None
    elif number % 3 == 1:
        wait_until(lambda: len(sink.received) > before)
        kill(clock)
    else:
        wait_until(lambda: Delivery.objects.exclude(fence=0, status=DeliveryStatus.WAITING).count() > number)
        kill(clock)
