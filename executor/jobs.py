"""What RQ runs. A job carries only an execution's id; running it when there is nothing to do is harmless."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from uuid import UUID

import sentry_sdk
from django.conf import settings
from redis import Redis
from rq.job import Job
from structlog.contextvars import bound_contextvars

from executor.dispatch.claim import Claim, claim, hand_back
from executor.dispatch.dispatching import put_back
from executor.dispatch.figures import queue_wait
from executor.engine.execution import Execution
from executor.engine.limits import EXECUTION_HARD_SECONDS, Limits
from executor.engine.state import GraphRun
from executor.engine.surroundings import Surroundings
from executor.errors import JournalFailed, LeaseLost, StateUnreadable
from executor.events import ExecutionFinished, publish, show_texts
from executor.hosting.credentials import UserCredentials
from executor.hosting.loading import Loaded, load
from executor.hosting.moderation import moderation_for
from executor.hosting.quarantine import run_suspect
from executor.hosting.services import blocking_threads, door, services_for
from executor.hosting.workplace import Workplace, workplace
from executor.journal.journal import Journal
from executor.large.files import StoredFiles
from executor.models import GraphExecution
from executor.statuses import TERMINAL
from executor.stopping.cancel import request_cancel
from executor.stopping.failing import POISON, fail_claimed, poison_message
from graphs.availability import refused_blocks

logger = logging.getLogger(__name__)

#: From so many claims on, without a node finishing in between, an execution runs in a process of its own.
SUSPECT_CLAIMS = 2


async def run_execution(execution_id: str) -> None:
    """Claim the execution and run it until it ends or waits for a person; do nothing if there is nothing to claim."""
    async with workplace() as here:
        with bound_contextvars(execution_id=execution_id):
            has_run = await _run_if_free(UUID(execution_id), here)
        if has_run:
            await here.ringing.ring()  # for others, so that what is logged of them does not name this one


def stop_execution(job: Job, connection: Redis) -> None:
    """RQ calls this when somebody has stopped the job: that means the execution."""
    if execution := GraphExecution.objects.filter(id=job.args[0]).first():
        request_cancel(execution)


async def _run_if_free(execution_id: UUID, here: Workplace) -> bool:
    """Whether it could be claimed."""
    mine = await _claimed(execution_id, here)
    if mine is None:
        await here.bells.run(put_back, execution_id)
        return False
    if here.is_shared and SUSPECT_CLAIMS <= mine.claims <= settings.MAX_CLAIMS:
        await run_suspect(run_alone, mine, here)
    else:
        await run_claimed(mine, here)
    return True


async def _claimed(execution_id: UUID, here: Workplace) -> Claim | None:
    """Whoever is cancelled here leaves no claim behind."""
    claiming = asyncio.ensure_future(here.database.run(claim, execution_id, owner=here.owner))
    try:
        return await asyncio.shield(claiming)
    except asyncio.CancelledError:
        if mine := await claiming:
            await here.database.run(hand_back, mine, is_orderly=True)
        raise


async def run_alone(mine: Claim) -> None:
    """Run a claimed execution in this process, which runs no other."""
    async with workplace() as here:
        with bound_contextvars(execution_id=str(mine.execution_id)):
            await run_claimed(mine, here)


async def run_claimed(mine: Claim, here: Workplace) -> None:
    """Run a claimed execution. One that cannot go on here ends FAILED with the reason, or is left to others."""
    if mine.claims > settings.MAX_CLAIMS:
        await here.database.run(fail_claimed, mine, code=POISON, message=poison_message())
        return
    try:
        loaded = await here.database.run(load, mine.execution_id)
        with bound_contextvars(user_id=str(loaded.root.user_id)):
            await run_loaded(mine, loaded, here.journal)
            if loaded.root.status in TERMINAL:
                await here.bells.run(publish, _finished(loaded.root))
    except StateUnreadable as error:
        await here.database.run(fail_claimed, mine, code=error.code, message=str(error))
    except LeaseLost:
        logger.warning("The lease was lost", extra={"action": "lease_lost", "execution": str(mine.execution_id)})
    except JournalFailed as error:
        logger.exception("The journal failed", extra={"action": "journal_failed", "execution": str(mine.execution_id)})
        await here.database.run(fail_claimed, mine, code=error.code, message=str(error))
    except asyncio.CancelledError:
        await asyncio.shield(here.database.run(hand_back, mine, is_orderly=True))
        raise


async def run_loaded(mine: Claim, loaded: Loaded, journal: Journal) -> None:
    """Run what was read from the rows. Raises LeaseLost, JournalFailed and CancelledError, having written no end."""
    session = journal.open(mine, loaded.root)
    if mine.fence == 1 and loaded.root.started_at is not None:
        queue_wait.observe(max(0.0, (loaded.root.started_at - loaded.root.created_at).total_seconds()))
    surroundings = Surroundings(
        plans=loaded.plans,
        services=services_for(loaded.root.user_id, journal.database, loaded.root.id),
        prices=loaded.prices,
        limits=limits(),
        timezone=loaded.timezone,
        threads=blocking_threads(),
        moderation=moderation_for(mine, journal.database),
        files=StoredFiles(),
        credentials=UserCredentials(loaded.root.user_id, loaded.system_credentials, journal.database, door()),
        refused=refused_blocks(is_admin=loaded.is_admin),
        show_texts=show_texts if settings.LIVE_TEXTS_ENABLED else None,
    )
    execution = Execution(loaded.root, session=session, surroundings=surroundings, children=loaded.children)
    try:
        with named_in_reports(loaded.root):
            await execution.run()
    except asyncio.CancelledError:
        with contextlib.suppress(LeaseLost, JournalFailed):
            await asyncio.shield(session.commit())  # what has happened, so that it need not happen again elsewhere
        raise
    finally:
        journal.close(session)


@contextlib.contextmanager
def named_in_reports(root: GraphRun) -> Iterator[None]:
    """Errors are reported with these while inside. The names of nodes come with what is logged of them."""
    with sentry_sdk.new_scope() as scope:
        scope.set_user({"id": str(root.user_id)})
        scope.set_tags({"execution": str(root.id), "graph": root.plan.graph_id})
        yield


def limits() -> Limits:
    """From the settings."""
    return Limits(
        nodes_in_flight=settings.NODES_IN_FLIGHT,
        node_executions=settings.NODE_EXECUTIONS_MAX,
        output_bytes=settings.NODE_OUTPUT_MAX_BYTES,
        inline_bytes=settings.NODE_OUTPUT_INLINE_BYTES,
        input_bytes=settings.NODE_INPUT_MAX_BYTES,
        depth=settings.SUBGRAPH_MAX_DEPTH,
        seconds=min(settings.EXECUTION_MAX_SECONDS, EXECUTION_HARD_SECONDS),
        loops=settings.NODE_LOOPS_MAX,
        outputs=settings.NODE_OUTPUTS_MAX,
        state_bytes=settings.EXECUTION_STATE_MAX_BYTES,
        children=settings.SUBGRAPH_MAX_CHILDREN,
        review_seconds=settings.REVIEW_EXPIRES_SECONDS,
        expired_approves=settings.REVIEW_EXPIRED_APPROVES,
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
