"""Executions whose last owner may have died of them: each runs in a process of its own, few of them at once."""

import asyncio
import logging

from django.conf import settings

from executor.dispatch.claim import Claim, hand_back, renew
from executor.dispatch.ring import ring
from executor.errors import LeaseLost
from executor.hosting.apart import Work, run_apart
from executor.hosting.threads import DatabaseThread
from executor.hosting.workplace import Workplace

logger = logging.getLogger(__name__)


async def run_suspect(work: Work, mine: Claim, here: Workplace) -> None:
    """Run what was claimed by `work(mine)`, apart from this process; if it ends that one, too, ring again.

    Whatever else goes wrong is not the execution's fault: it is handed back, and its process does not exist any more.
    """
    try:
        code = await _run_with_lease(work, mine, here)
    except BaseException:
        await asyncio.shield(here.database.run(hand_back, mine, is_orderly=True))
        raise
    if code:
        extra = {"action": "process_ended", "execution": str(mine.execution_id), "code": code}
        logger.error("An execution has ended its process", extra=extra)
        await here.database.run(hand_back, mine)
        await here.database.run(ring, mine.execution_id)


async def _run_with_lease(work: Work, mine: Claim, here: Workplace) -> int:
    """The exit code of the process, 0 also if the lease was lost. The process keeps the lease once it has begun."""
    code = 0
    try:
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(_keep_lease(mine, here.database))
            async with here.places_apart:
                code = await run_apart(work, mine, has_begun=keeping.cancel)
    except* LeaseLost:
        logger.warning("The lease was lost", extra={"action": "lease_lost", "execution": str(mine.execution_id)})
    return code


async def _keep_lease(mine: Claim, database: DatabaseThread) -> None:
    """Renew it until cancelled. Raises LeaseLost."""
    while True:
        await asyncio.sleep(settings.LEASE_RENEW_SECONDS)
        if not await database.run(renew, mine):
            raise LeaseLost
