"""Taking deliveries on, one process each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from notifications.models import Delivery

#: Of one endpoint at a time: one that is slow does not keep the others waiting.
PER_ENDPOINT = 4
#: A mail is several words with a server, each of which may take its time.
LONGEST_TRY = 4
#: How much longer than a try a claim lasts, at least.
MARGIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Claimed:
    delivery_id: UUID
    endpoint_id: UUID | None
    fence: int


def claim_due(places: int, in_flight: Mapping[UUID | None, int], *, now: datetime | None = None) -> list[Claimed]:
    """Claim as many as there are places, the longest due first.

    in_flight: how many of each endpoint this process tries at the moment; None: of those to mail and chats.
    now: instead of the database's clock.
    """
    busy, claimed = dict(in_flight), list[Claimed]()
    while len(claimed) < places:
        full = {endpoint for endpoint, count in busy.items() if count >= PER_ENDPOINT}
        due = Delivery.objects.due(now).exclude(endpoint__in=full - {None}).order_by("next_at")
        if None in full:
            due = due.exclude(endpoint=None)
        found = due.values_list("id", "endpoint_id", "fence")[: places - len(claimed)]
        before = len(claimed)
        for delivery_id, endpoint_id, fence in list(found):
            if busy.get(endpoint_id, 0) < PER_ENDPOINT and _claim(delivery_id, fence, now):
                busy[endpoint_id] = busy.get(endpoint_id, 0) + 1
                claimed.append(Claimed(delivery_id, endpoint_id, fence + 1))
        if len(claimed) == before:
            break
    return claimed


def _claim(delivery_id: UUID, fence: int, now: datetime | None) -> bool:
    """False if another process was faster."""
    longest = max(settings.ENDPOINT_TIMEOUT_SECONDS, settings.EMAIL_TIMEOUT)
    until = (now or Now()) + LONGEST_TRY * timedelta(seconds=longest) + MARGIN
    mine = Delivery.objects.due(now).filter(id=delivery_id, fence=fence)
    return bool(mine.update(claimed_until=until, fence=F("fence") + 1))
