"""At most twenty different alerts an hour and channel; the others are counted in one."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from notifications.operators.models import AlertChannel, AlertState, OperatorAlert
from notifications.operators.quota import HOUR, PER_HOUR, admit
from notifications.operators.resending import resend
from notifications.operators.sending import send_due
from tests.notifications.operators.telling import states, tell, texts
from tests.notifications.sink import Answer, Sink

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def many(number: int, *, begin: int = 0, now: datetime = NOW, channel: AlertChannel = AlertChannel.PLATFORM) -> None:
    for one in range(begin, begin + number):
        tell(f"kind-{one}", now=now, channel=channel)


def test_of_twenty_five_twenty_are_sent_and_then_how_many_more(sink: Sink) -> None:
    many(25)
    assert send_due(now=NOW) == {"sent": PER_HOUR}
    assert send_due(now=NOW + MINUTE) == {"sent": 1}
    assert texts(sink)[-1].startswith("**5 more**\n")
    assert "state\\_\\_exact=HELD" not in texts(sink)[-1]
    assert "/admin/operators/operatoralert/?state__exact=HELD_BACK" in texts(sink)[-1]
    assert send_due(now=NOW + 2 * MINUTE) == {}


def test_it_is_said_once_an_hour_and_none_is_forgotten(sink: Sink) -> None:
    many(21)
    send_due(now=NOW)
    send_due(now=NOW + MINUTE)
    many(3, begin=21, now=NOW + 2 * MINUTE)
    assert send_due(now=NOW + 4 * MINUTE) == {}
    assert send_due(now=NOW + HOUR + 2 * MINUTE) == {"sent": 1}
    assert texts(sink)[-1].startswith("**3 more**\n")


def test_after_an_hour_they_are_sent_again(sink: Sink) -> None:
    many(20)
    send_due(now=NOW)
    many(1, begin=20, now=NOW + HOUR - MINUTE)
    assert send_due(now=NOW + HOUR - MINUTE) == {}
    many(1, begin=21, now=NOW + HOUR + MINUTE)
    send_due(now=NOW + HOUR + MINUTE)
    assert any("Title kind-21" in text for text in texts(sink))


def test_each_channel_has_its_own_twenty(sink: Sink) -> None:
    many(20)
    many(20, channel=AlertChannel.PRODUCT, begin=100)
    assert send_due(now=NOW) == {"sent": 40}


def test_tries_of_one_alert_are_no_more_of_them(sink: Sink) -> None:
    sink.answer = Answer(503)
    many(20)
    for minute in range(5):
        send_due(now=NOW + minute * MINUTE)
    assert states() == [AlertState.WAITING] * 20


def test_several_clocks_let_no_more_in(sink: Sink) -> None:
    many(60)
    together = threading.Barrier(4)

    def clock() -> None:
        together.wait(30)
        admit(now=NOW)
        connection.close()

    clocks = [threading.Thread(target=clock) for _ in range(4)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join(60)
    assert OperatorAlert.objects.filter(admitted_at__isnull=False).count() == PER_HOUR
    assert OperatorAlert.objects.filter(state=AlertState.HELD_BACK).count() == 40


def test_who_sends_one_again_is_not_held_back(sink: Sink) -> None:
    many(21)
    send_due(now=NOW)
    held = OperatorAlert.objects.get(state=AlertState.HELD_BACK)
    assert resend(held, now=NOW)
    assert send_due(now=NOW) == {"sent": 1}
    assert held.title in texts(sink)[-1]
