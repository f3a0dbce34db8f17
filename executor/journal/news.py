"""What the journal has committed becomes news: it is counted, and live clients are told."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from executor.events import announce
from executor.journal.batch import Batch, Written
from executor.journal.changes import Change
from executor.journal.figures import note
from executor.statuses import Status
from executor.telling.payloads import payloads

logger = logging.getLogger(__name__)

#: Who has waited for a commit goes on first: what it does next is on its way to the database when news are made of what
#: it did before. And what is committed shortly after one another is told together.
PAUSE_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit, whose answers are settled. seconds: how long it took."""

    batches: Sequence[Batch]
    answers: Sequence[Written]
    seconds: float

    @property
    def is_an_end(self) -> bool:
        """Whether nothing follows it in one of its executions."""
        return any(batch.root_status is not Status.RUNNING for batch in self.batches)

    def changes(self) -> Iterable[Change]:
        for batch, written in zip(self.batches, self.answers, strict=True):
            if written.error is None:
                yield from batch.changes


class News:
    """Commits that are not told yet, in their order."""

    def __init__(self) -> None:
        self._untold: asyncio.Queue[Commit] = asyncio.Queue()

    def add(self, commit: Commit) -> None:
        self._untold.put_nowait(commit)

    async def tell_for_ever(self) -> None:
        while True:
            first = await self._untold.get()
            if not first.is_an_end:
                await asyncio.sleep(PAUSE_SECONDS)
            commits = [first]
            while not self._untold.empty():
                commits.append(self._untold.get_nowait())
            try:
                await _tell(commits)
            except Exception:  # clients then find in the rows what they miss
                logger.exception("News cannot be told", extra={"action": "news_untold"})
            finally:
                for _ in commits:
                    self._untold.task_done()

    async def all_told(self, *, unless_ended: Iterable[asyncio.Task[None]]) -> None:
        """Wait until everything is told, or one of these tasks has ended, so that nobody may tell it any more."""
        told = asyncio.create_task(self._untold.join())
        try:
            await asyncio.wait([told, *unless_ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()


async def _tell(commits: Sequence[Commit]) -> None:
    for commit in commits:
        note(commit.batches, commit.answers, commit.seconds)
    await announce(payloads(change for commit in commits for change in commit.changes()))
