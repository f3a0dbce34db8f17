"""Processes that die at a chosen moment, so that nothing after it is written; and connections that break."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import OperationalError
from django.test import override_settings

from accounts.models import User
from executor.dispatch.claim import claim
from executor.errors import JournalFailed, LeaseLost
from executor.hosting.loading import load
from executor.hosting.threads import DatabaseThread
from executor.jobs import run_loaded
from executor.journal.batch import Batch, Written
from executor.journal.journal import Journal
from executor.journal.writer import Writer
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from tests.executor.running import started


class DyingWriter(Writer):
    """Commits `commits` times and then never again."""

    def __init__(self, commits: int) -> None:
        super().__init__()
        self.left = commits

    def write(self, batches: Sequence[Batch]) -> list[Written]:
        if self.left == 0:
            return [Written(error=JournalFailed("The process died."))] * len(batches)
        self.left -= 1
        return super().write(batches)


async def _run_and_die(execution: GraphExecution, commits: int) -> bool:
    async with DatabaseThread() as database:
        mine = await database.run(claim, execution.id, owner="dying")
        assert mine is not None
        loaded = await database.run(load, execution.id)
        async with Journal(database, DyingWriter(commits)) as journal:
            try:
                await run_loaded(mine, loaded, journal)
            except (JournalFailed, LeaseLost):
                return True
    return False


def run_and_die(execution: GraphExecution, *, commits: int) -> bool:
    """Run until that many commits are through, then die; the lease runs out. False if it ended before."""
    with override_settings(LEASE_RENEW_SECONDS=1):  # who waits without writing notices soon
        died = asyncio.run(_run_and_die(execution, commits))
    past = datetime.now(UTC) - timedelta(seconds=1)
    GraphExecution.objects.filter(id=execution.id, status=Status.RUNNING).update(lease_until=past, claims=0)
    return died


def started_and_dead(user: User, document: GraphDocument) -> GraphExecution:
    """A worker has died while the first node ran."""
    execution = started(user, document)
    for commits in range(1, 10):
        assert run_and_die(execution, commits=commits)
        if NodeExecution.objects.filter(execution=execution, status=Status.RUNNING).exists():
            return execution
    raise AssertionError("no node was running")


class FlakyWriter(Writer):
    """Commits, then loses the connection before anybody hears of it: the batch is written again."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0

    def _apply(self, batches: Sequence[Batch], *, again: bool = False) -> list[Written]:
        written = super()._apply(batches, again=again)
        self.commits += 1
        if self.commits % 2:
            raise OperationalError("the connection broke after the commit")
        return written


async def run_with(writer: Writer, execution: GraphExecution) -> None:
    async with DatabaseThread() as database, Journal(database, writer) as journal:
        mine = await database.run(claim, execution.id, owner="flaky")
        assert mine is not None
        await run_loaded(mine, await database.run(load, execution.id), journal)
