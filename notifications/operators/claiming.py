"""Taking alerts on, one process each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from notifications.operators.models import OperatorAlert

#: A mail is several words with a server, each of which may take its time.
LONGEST_TRY = 4
#: How much longer than a try a claim lasts, at least.
MARGIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Claimed:
    alert_id: UUID
    fence: int


def claim_due(places: int, *, now: datetime | None = None) -> list[Claimed]:
    """Claim as many as there are places, the longest due first. now: instead of the database's clock."""
    due = OperatorAlert.objects.due(now).order_by("next_at", "created_at", "id").values_list("id", "fence")
    found = [Claimed(alert_id, fence) for alert_id, fence in due[:places]]
    return [Claimed(one.alert_id, one.fence + 1) for one in found if _claim(one, now)]


def _claim(found: Claimed, now: datetime | None) -> bool:
    """False if another process was faster."""
    longest = max(settings.ALERT_TIMEOUT_SECONDS, settings.EMAIL_TIMEOUT)
    until = (now or Now()) + LONGEST_TRY * timedelta(seconds=longest) + MARGIN
    mine = OperatorAlert.objects.due(now).filter(id=found.alert_id, fence=found.fence)
    return bool(mine.update(claimed_until=until, fence=F("fence") + 1))
