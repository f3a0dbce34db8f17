"""Sending something by one of a user's channels, to see whether it arrives."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.wishes import NotificationChannel
from notifications.errors import ContactMissing
from notifications.kinds import Kind
from notifications.messages.placing import deliveries_of
from notifications.models import Delivery, Notice
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def send_test_to(user: "User", channel: NotificationChannel) -> Delivery:
    """On its way like all others, but whatever the preferences say. Raises ContactMissing."""
    now = datetime.now(UTC)
    notice = Notice.objects.create(user=user, kind=Kind.TEST, key=f"test:{uuid7()}", happened_at=now, spread_at=now)
    made = deliveries_of(notice, (channel,), user, due_at=now)
    if not made:
        raise ContactMissing
    made[0].save()
    return made[0]
