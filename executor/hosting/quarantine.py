"""Executions whose last owner may have died of them: each runs in a process of its own, few of them at once."""

import asyncio
import contextlib
import logging

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from executor.dispatch.claim import Claim, cancelled, hand_back, renew
from executor.dispatch.ring import ring
from executor.errors import LeaseLost
from executor.hosting.apart import DATABASE_AWAY, Work, run_apart
from executor.hosting.threads import DatabaseThread
from executor.hosting.workplace import Workplace
from executor.journal.journal import CANCEL_POLL_SECONDS
from executor.stopping.cancel import stop_claimed

logger = logging.getLogger(__name__)


class _StopRequested(Exception):
    """Somebody has asked a suspect to stop while nothing of it runs."""


async def run_suspect(work: Work, mine: Claim, here: Workplace) -> None:
    """Run what was claimed by `work(mine)`, apart from this process; if it ends that one, too, ring again.

    Whatever else goes wrong is not the execution's fault: it is handed back, and its process does not exist any more.
    Who has no database there is left to the sweeper, so that it is not tried in vain again and again.
    """
    try:
        code = await _run_with_lease(work, mine, here)
    except BaseException:
        await asyncio.shield(here.database.run(hand_back, mine, is_orderly=True))
        raise
    if code == DATABASE_AWAY:
        await here.database.run(hand_back, mine, is_orderly=True)
    elif code:
        extra = {"action": "process_ended", "execution": str(mine.execution_id), "code": code}
        logger.error("An execution has ended its process", extra=extra)
        await here.database.run(hand_back, mine)
        await here.bells.run(ring, mine.execution_id)


async def _run_with_lease(work: Work, mine: Claim, here: Workplace) -> int:
    """The exit code of the process, 0 also if the lease was lost or it was stopped before anything of it ran.

    The process keeps the lease and hears of stops once it has begun.
    """
    code = 0
    try:
        async with asyncio.TaskGroup() as group:
            minding = group.create_task(_mind(mine, here.database))
            async with here.places_apart:
                code = await run_apart(work, mine, has_begun=minding.cancel)
    except* LeaseLost:
        logger.warning("The lease was lost", extra={"action": "lease_lost", "execution": str(mine.execution_id)})
    except* _StopRequested:
        await here.database.run(stop_claimed, mine)
    return code


async def _mind(mine: Claim, database: DatabaseThread) -> None:
    """Keep the lease and look for a stop until cancelled. Raises LeaseLost and _StopRequested, in a group."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep_lease(mine, database))
        group.create_task(_look_for_stop(mine, database))


async def _keep_lease(mine: Claim, database: DatabaseThread) -> None:
    while True:
        await asyncio.sleep(settings.LEASE_RENEW_SECONDS)
        if not await database.run(renew, mine):
            raise LeaseLost


async def _look_for_stop(mine: Claim, database: DatabaseThread) -> None:
    """A database that does not answer now is asked again at the next look."""
    while True:
        await asyncio.sleep(CANCEL_POLL_SECONDS)
        with contextlib.suppress(DatabaseError, InterfaceError):
            if await database.run(cancelled, [mine.execution_id]):
                raise _StopRequested
