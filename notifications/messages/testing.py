"""Sending something by one of a user's channels, to see whether it arrives."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.wishes import NotificationChannel
from api.buckets import take
from api.errors import TooManyRequests
from notifications.errors import ContactMissing
from notifications.kinds import Kind
from notifications.messages.placing import deliveries_of
from notifications.models import Delivery, Notice
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User

#: Of one user in a minute: enough to set up a chat, and too few to flood one, or a mail service.
TESTS_MAX = 5


def send_test_to(user: "User", channel: NotificationChannel) -> Delivery:
    """On its way like all others, but whatever the preferences say. Raises TooManyRequests and ContactMissing."""
    _require_few(user)
    return _send(user, channel)


def _require_few(user: "User") -> None:
    allowance = take(f"notification-tests:{user.pk}", TESTS_MAX)
    if not allowance.is_free:
        seconds = max(allowance.reset, 1)
        message = f"At most {TESTS_MAX} tests a minute are sent. Try again in {seconds} seconds."
        raise TooManyRequests(message, maximum=TESTS_MAX, retry_after=seconds)


@transaction.atomic
def _send(user: "User", channel: NotificationChannel) -> Delivery:
    now = datetime.now(UTC)
    notice = Notice.objects.create(user=user, kind=Kind.TEST, key=f"test:{uuid7()}", happened_at=now, spread_at=now)
    made = deliveries_of(notice, (channel,), user, due_at=now)
    if not made:
        raise ContactMissing
    made[0].save()
    return made[0]
