"""The clock's task: sends what operators are to be told. Any number of processes may do it."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime

from executor.hosting.threads import DatabaseThread
from notifications.operators.claiming import Claimed, claim_due
from notifications.operators.models import OperatorAlert
from notifications.operators.quota import admit
from notifications.operators.trying import attempt

#: Tries at the same time.
AT_ONCE = 8
#: After so long nothing more is begun; the next call goes on.
BUSY_SECONDS = 60

SENT, FAILED = "sent", "failed"


def send_due(*, now: datetime | None = None) -> dict[str, int]:
    """Try what is due until nothing is. Counts the tries by what came of them. now: instead of the clocks."""
    admit(now=now or datetime.now(UTC))
    return dict(asyncio.run(_send(now))) if OperatorAlert.objects.due(now).exists() else {}


async def _send(now: datetime | None) -> Counter[str]:
    counts, end = Counter[str](), time.monotonic() + BUSY_SECONDS
    async with DatabaseThread() as database:
        while time.monotonic() < end and (claimed := await database.run(claim_due, AT_ONCE, now=now)):
            counts.update(await _together(claimed, database, now))
    return counts


async def _together(claimed: list[Claimed], database: DatabaseThread, now: datetime | None) -> list[str]:
    taken = await asyncio.gather(*(attempt(one, database, now=now) for one in claimed))
    return [SENT if one else FAILED for one in taken]
