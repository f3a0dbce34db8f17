"""The clock's task: tells what is to be told. Any number of processes may do it."""

import asyncio
import time
from collections import Counter
from datetime import datetime
from uuid import UUID

from executor.hosting.services import door
from executor.hosting.threads import DatabaseThread
from notifications.deliveries.claiming import claim_due
from notifications.deliveries.trying import attempt
from notifications.models import Delivery, Notice
from notifications.spreading import spread

#: Tries at the same time.
AT_ONCE = 32
#: After so long nothing more is begun; the next call goes on.
BUSY_SECONDS = 60
#: How long new deliveries may wait for one that is slow.
LOOK_SECONDS = 1

TAKEN, FAILED = "taken", "failed"
Flights = dict["asyncio.Task[bool]", UUID | None]


def deliver_due(*, now: datetime | None = None) -> dict[str, int]:
    """Try what is due until nothing is. Counts the tries by what came of them. now: instead of the clocks."""
    return dict(asyncio.run(_deliver(now))) if _is_anything_due(now) else {}


def _is_anything_due(now: datetime | None) -> bool:
    return Notice.objects.filter(spread_at=None).exists() or Delivery.objects.due(now).exists()


async def _deliver(now: datetime | None) -> Counter[str]:
    flights, counts = Flights(), Counter[str]()
    end = time.monotonic() + BUSY_SECONDS
    async with DatabaseThread() as database:
        try:
            while await _begun(flights, database, now, is_late=time.monotonic() > end):
                if not flights:
                    continue
                done, _ = await asyncio.wait(flights, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                for flight in done:
                    del flights[flight]
                    counts[TAKEN if flight.result() else FAILED] += 1
        finally:
            await asyncio.gather(*flights, return_exceptions=True)
            await door().close()
    return counts


async def _begun(flights: Flights, database: DatabaseThread, now: datetime | None, *, is_late: bool) -> bool:
    """Begin what there is a place for. Whether anything is under way, or there may be more to begin."""
    places, dealt_with = AT_ONCE - len(flights), 0
    if places and not is_late:
        dealt_with = await database.run(spread, now=now)
        for claimed in await database.run(claim_due, places, Counter(flights.values()), now=now):
            flights[asyncio.create_task(attempt(claimed, database, now=now))] = claimed.endpoint_id
    return bool(flights or dealt_with)
