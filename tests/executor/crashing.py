"""A process that dies at a chosen moment: everything committed before stays, nothing after it is written."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from executor.claim import claim
from executor.errors import JournalFailed, LeaseLost
from executor.jobs import run_loaded
from executor.journal.batch import Batch, Written
from executor.journal.journal import Journal
from executor.journal.writer import Writer
from executor.loading import load
from executor.models import GraphExecution
from executor.statuses import Status
from executor.threads import DatabaseThread


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
    died = asyncio.run(_run_and_die(execution, commits))
    past = datetime.now(UTC) - timedelta(seconds=1)
    GraphExecution.objects.filter(id=execution.id, status=Status.RUNNING).update(lease_until=past, claims=0)
    return died
