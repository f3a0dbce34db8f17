"""Telling together what was gathered: notices of one kind in one message."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.wishes import NotificationType
from notifications.messages.placing import deliveries_of, wishes_about
from notifications.messages.times import quiet_until
from notifications.models import Delivery, Notice
from notifications.singly import singly

#: Users and kinds that one call looks at, and notices that one message tells of; the rest goes with the next.
AT_ONCE, TOGETHER = 100, 50


def gather_due(*, now: datetime) -> int:
    """Make messages of what has gathered long enough. How many. May be done by several at once."""
    due = Notice.objects.filter(gathers_until__lte=now).order_by("user_id", "kind")
    found = list(due.values_list("user_id", "kind").distinct()[:AT_ONCE])
    return singly(found, lambda what: _gather(*what, now=now))


@transaction.atomic
def _gather(user_id: UUID, kind: str, *, now: datetime) -> bool:
    due = Notice.objects.filter(user_id=user_id, kind=kind, gathers_until__lte=now).order_by("id")
    gathered = [notice.pk for notice in due.select_for_update()[:TOGETHER]]
    if not gathered:
        return False  # somebody was faster
    members = Notice.objects.filter(pk__in=gathered)
    user, type = User.objects.get(pk=user_id), NotificationType(kind)
    wishes = wishes_about(user, type)
    if not (wishes.is_wanted and wishes.channels):
        members.update(gathers_until=None)
        return False
    digest = Notice.objects.create(
        user=user, kind=kind, key=f"digest:{kind}:{gathered[0]}", happened_at=now, spread_at=now
    )
    members.update(gathers_until=None, digest=digest)
    due_at = quiet_until(wishes.zone, wishes.quiet, now) or now
    Delivery.objects.bulk_create(deliveries_of(digest, tuple(sorted(wishes.channels)), user, due_at=due_at))
    return True
