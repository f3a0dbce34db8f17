"""What RQ runs. A job carries only an execution's id; running it when there is nothing to do is harmless."""

import asyncio
import logging
import os
import socket
from uuid import UUID

from django.conf import settings

from executor.claim import Claim, claim, hand_back
from executor.engine.execution import Execution, Surroundings
from executor.engine.limits import Limits
from executor.engine.state import GraphRun
from executor.errors import JournalFailed, LeaseLost, StateUnreadable
from executor.events import ExecutionFinished, publish
from executor.failing import fail_claimed
from executor.journal.journal import Journal
from executor.loading import Loaded, load
from executor.services import services_for
from executor.threads import DatabaseThread

logger = logging.getLogger(__name__)


async def run_execution(execution_id: str) -> None:
    """Claim the execution and run it to its end; do nothing if it is not there to be claimed."""
    async with DatabaseThread() as database:
        mine = await database.run(claim, UUID(execution_id), owner=f"{socket.gethostname()}:{os.getpid()}")
        if mine is None:
            return
        async with Journal(database) as journal:
            await run_claimed(mine, journal)


async def run_claimed(mine: Claim, journal: Journal) -> None:
    """Run a claimed execution. One that cannot go on here ends FAILED with the reason, or is left to others."""
    if mine.claims > settings.MAX_CLAIMS:
        message = f"{settings.MAX_CLAIMS} workers in a row died or gave up before any node of it finished."
        await journal.database.run(fail_claimed, mine, code="poison", message=message)
        return
    try:
        loaded = await journal.database.run(load, mine.execution_id)
        await run_loaded(mine, loaded, journal)
    except StateUnreadable as error:
        await journal.database.run(fail_claimed, mine, code=error.code, message=str(error))
    except LeaseLost:
        logger.warning("The lease was lost", extra={"action": "lease_lost", "execution": str(mine.execution_id)})
    except JournalFailed as error:
        logger.exception("The journal failed", extra={"action": "journal_failed", "execution": str(mine.execution_id)})
        await journal.database.run(fail_claimed, mine, code=error.code, message=str(error))
    except asyncio.CancelledError:
        await asyncio.shield(journal.database.run(hand_back, mine))
        raise


async def run_loaded(mine: Claim, loaded: Loaded, journal: Journal) -> None:
    """Run what was read from the rows. Raises LeaseLost, JournalFailed and CancelledError, having written no end."""
    session = journal.open(mine, loaded.root)
    surroundings = Surroundings(
        plans=loaded.plans,
        services=services_for(loaded.root.user_id, journal.database),
        prices=loaded.prices,
        limits=limits(),
        timezone=loaded.timezone,
    )
    execution = Execution(loaded.root, session=session, surroundings=surroundings, children=loaded.children)
    try:
        await execution.run()
    finally:
        journal.close(session)
    await journal.database.run(publish, _finished(loaded.root))


def limits() -> Limits:
    """From the settings."""
    return Limits(
        nodes_in_flight=settings.NODES_IN_FLIGHT,
        node_executions=settings.NODE_EXECUTIONS_MAX,
        output_bytes=settings.NODE_OUTPUT_MAX_BYTES,
        depth=settings.SUBGRAPH_MAX_DEPTH,
        seconds=settings.EXECUTION_MAX_SECONDS,
    )


def _finished(root: GraphRun) -> ExecutionFinished:
    logger.info(
        "An execution ended",
        extra={"action": "execution_finished", "execution": str(root.id), "status": root.status.value},
    )
    return ExecutionFinished(
        execution_id=str(root.id),
        user_id=str(root.user_id),
        graph_id=root.plan.graph_id,
        status=root.status.value,
        cost=root.total_cost,
        error_code=root.error_code,
    )
