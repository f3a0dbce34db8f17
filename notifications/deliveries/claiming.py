"""Taking deliveries on, one process each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from notifications.models import Delivery

#: Of one endpoint at a time: one that is slow does not keep the others waiting.
PER_ENDPOINT = 4
#: How much longer than a try a claim lasts, at least.
MARGIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Claimed:
    delivery_id: UUID
    endpoint_id: UUID | None
    fence: int


def claim_due(places: int, in_flight: Mapping[UUID | None, int]) -> list[Claimed]:
    """Claim as many as there are places, the longest due first.

    in_flight: how many of each endpoint this process tries at the moment.
    """
    busy, claimed = dict(in_flight), list[Claimed]()
    while len(claimed) < places:
        full = [endpoint for endpoint, count in busy.items() if count >= PER_ENDPOINT]
        due = Delivery.objects.due().exclude(endpoint__in=full).order_by("next_at")
        found = due.values_list("id", "endpoint_id", "fence")[: places - len(claimed)]
        before = len(claimed)
        for delivery_id, endpoint_id, fence in list(found):
            if busy.get(endpoint_id, 0) < PER_ENDPOINT and _claim(delivery_id, fence):
                busy[endpoint_id] = busy.get(endpoint_id, 0) + 1
                claimed.append(Claimed(delivery_id, endpoint_id, fence + 1))
        if len(claimed) == before:
            break
    return claimed


def _claim(delivery_id: UUID, fence: int) -> bool:
    """False if another process was faster."""
    until = Now() + 2 * timedelta(seconds=settings.ENDPOINT_TIMEOUT_SECONDS) + MARGIN
    mine = Delivery.objects.due().filter(id=delivery_id, fence=fence)
    return bool(mine.update(claimed_until=until, fence=F("fence") + 1))
