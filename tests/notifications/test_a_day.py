"""A day of a user in Berlin, with a clock that is moved: what is told when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from accounts.models import NotificationWishes, User
from accounts.wishes import QuietHours, set_wishes
from executor.launching.launch import launch
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.models import GraphVersion
from notifications.deliveries.delivering import deliver_due
from notifications.messages.digests import gather_due
from notifications.messages.summaries import summarise
from notifications.models import Notice
from tests.executor.running import store
from tests.notifications.telling import echo
from tests.notifications.test_messages import low

pytestmark = pytest.mark.django_db(transaction=True)

BERLIN = ZoneInfo("Europe/Berlin")
#: A Monday that is the first of a month.
DAY = datetime(2027, 2, 1, tzinfo=BERLIN)


@pytest.fixture
def hedy(grace: User) -> User:
    User.objects.filter(pk=grace.pk).update(timezone="Europe/Berlin")
    quiet = QuietHours((DAY + timedelta(hours=22)).time(), (DAY + timedelta(hours=7)).time())
    set_wishes(grace, quiet=quiet, daily_limit=7)
    return User.objects.get(pk=grace.pk)


def test_a_day(hedy: User) -> None:
    graph = store(hedy, echo())
    for hours in (-200, -30, -20, -10, -5):  # last month, last week, the day before
        ended(hedy, graph, Status.COMPLETED, DAY + timedelta(hours=hours))
    ended(hedy, graph, Status.FAILED, DAY - timedelta(hours=4))
    heard: dict[str, list[str]] = {}
    for minutes in range(0, 24 * 60, 10):
        moment = DAY + timedelta(minutes=minutes)
        if minutes in (60, 23 * 60):  # in quiet hours
            low(hedy, f"at {minutes}")
        if minutes in (600, 610, 700):
            ended(hedy, graph, Status.TERMINATED, moment)
        if minutes in range(900, 960, 10):
            low(hedy, f"at {minutes}")
        new = tick(moment)
        if new:
            heard[f"{moment:%H:%M}"] = new

    assert heard == {
        "07:00": ["Out of credits: at 60 has stopped", "test has failed"],
        "08:00": [
            "5 executions have finished",
            "Your day in Sluice: 31 January 2027",
            "Your month in Sluice: 2027-01",
            "Your week in Sluice: 25 January to 31 January 2027",
        ],
        "11:00": ["2 executions were stopped"],
    }
    assert NotificationWishes.objects.get(user=hedy).emails_sent == 7, "the limit of the day"
    assert Notice.objects.filter(user=hedy, is_listed=True).count() == 20

    assert tick(DAY + timedelta(days=1, hours=3)) == [], "quiet hours"
    assert "Out of credits: at 1380 has stopped" in tick(DAY + timedelta(days=1, hours=7))


def tick(moment: datetime) -> list[str]:
    """What the clock does then, and the subjects of the mails that were sent."""
    now, before = moment.astimezone(UTC), len(mail.outbox)
    summarise(now=now)
    deliver_due(now=now)
    gather_due(now=now)
    deliver_due(now=now)
    return sorted(str(message.subject) for message in mail.outbox[before:])


def ended(user: User, graph: GraphVersion, status: Status, moment: datetime) -> None:
    execution = launch(user, graph, inputs={})
    GraphExecution.objects.filter(id=execution.id).update(
        status=status, created_at=moment, started_at=moment - timedelta(seconds=2), ended_at=moment
    )
