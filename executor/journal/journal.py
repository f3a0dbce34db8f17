"""Group commit: what all executions of this process have to write goes to the database in few, large transactions."""

import asyncio
import itertools
import logging
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from executor.dispatch.claim import Claim, cancelled
from executor.engine.bills import Bill
from executor.engine.state import GraphRun, NodeRun
from executor.errors import JournalFailed, LeaseLost
from executor.events import announce
from executor.hosting.threads import DatabaseThread
from executor.journal.batch import Batch, Written, make_batch
from executor.journal.changes import Change
from executor.journal.session import Session
from executor.journal.thread import WriterThread
from executor.journal.writer import Writer
from executor.statuses import TERMINAL, Status
from executor.telling.payloads import payloads
from reliability.sql import adapters

logger = logging.getLogger(__name__)

CANCEL_POLL_SECONDS = 0.5
#: How long whoever leaves waits for a thread that is still with the database; it ends by itself then.
LEAVE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Part:
    """One execution's part of a commit. bills: of node executions that start; closed: those whose bills it ends."""

    session: Session
    batch: Batch
    waiting: list[asyncio.Future[None]]
    bills: list[tuple[NodeRun, Bill]]
    closed: dict[UUID, NodeRun]


class Journal:
    """The one writer of running executions in this process. An async context; leaving it commits and tells the rest."""

    def __init__(self, database: DatabaseThread, writer: Writer | None = None) -> None:
        self.database = database
        self._writer = writer or Writer()
        self._thread = WriterThread("journal")
        self._adapt = adapters(connection.vendor)
        self._sessions: set[Session] = set()
        self._dirty: dict[Session, None] = {}
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        #: Committed, and not yet told.
        self._news: asyncio.Queue[list[Change]] = asyncio.Queue()
        self._flushing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        #: Why nothing is committed any more.
        self._error: LeaseLost | JournalFailed | None = None

    async def __aenter__(self) -> Self:
        for work in (self._commit_for_ever, self._tell_for_ever, self._keep_leases, self._look_for_stops):
            task = asyncio.create_task(work(), name=f"journal{work.__name__}")
            task.add_done_callback(self._stopped)
            self._tasks.append(task)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._flush()
            await self._all_told()
        finally:
            for task in self._tasks:
                task.cancel()
            self._writer.give_up()
            closed = asyncio.get_running_loop().run_in_executor(self._thread, self._writer.close)
            self._thread.shutdown(wait=False)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.wait([closed], timeout=LEAVE_SECONDS)

    def open(self, claim: Claim, root: GraphRun) -> Session:
        """Begin to write one claimed execution. Raises LeaseLost and JournalFailed once nothing is written any more."""
        if self._error is not None:
            raise self._error
        session = Session(claim, root, wake=self._woken)
        self._sessions.add(session)
        return session

    def close(self, session: Session) -> None:
        """The execution has ended here, whatever became of it."""
        self._sessions.discard(session)
        self._dirty.pop(session, None)

    def _woken(self, session: Session) -> None:
        self._dirty[session] = None
        self._wake.set()
        if session.is_urgent:
            self._urgent.set()

    # --- committing

    async def _commit_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(0)  # whoever can run now, adds to this batch
            if not self._urgent.is_set():
                await self._linger()
            await self._flush()

    async def _linger(self) -> None:
        """Nobody waits: a few milliseconds make one large batch of many small ones."""
        try:
            await asyncio.wait_for(self._urgent.wait(), settings.JOURNAL_LINGER_MILLISECONDS / 1000)
        except TimeoutError:
            return

    async def _flush(self) -> None:
        async with self._flushing:
            await self._flush_now()

    async def _flush_now(self) -> None:
        self._wake.clear()
        self._urgent.clear()
        sessions, self._dirty = [session for session in self._dirty if not session.lost], {}
        if not sessions:
            return
        made = [part for session in sessions if (part := self._part_of(session)) is not None]
        batches = [part.batch for part in made]
        try:
            answers = await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.write, batches)
        except BaseException as error:  # nobody will hear the answer, so nobody may wait for it, or write more
            for part in made:
                part.session.fail(part.waiting, _as_end(error))
            raise
        for part, written in zip(made, answers, strict=True):
            self._settle(part, written)

    def _part_of(self, session: Session) -> "Part | None":
        """What one execution has to write. One whose changes cannot be written ends alone; the others do not notice."""
        pending, waiting = session.take()
        try:
            batch = make_batch(session.claim, session.root, pending, progressed=session.progressed, adapt=self._adapt)
        except Exception as error:
            logger.exception("Changes cannot be written", extra={"action": "batch_not_made"})
            session.fail(waiting, JournalFailed(f"The changes cannot be written: {error!r}"))
            return None
        closed = {run_id: run for run_id, (run, _) in pending.closings.items()}
        return Part(session, batch, waiting, list(pending.bills.values()), closed)

    def _settle(self, part: "Part", written: Written) -> None:
        session = part.session
        session.claim = part.batch.claim
        if isinstance(written.error, LeaseLost | JournalFailed):
            session.fail(part.waiting, written.error)
            return
        _take_back(part.batch, written)
        session.root.counted, session.root.fees = part.batch.counted, written.fees
        self._news.put_nowait(part.batch.changes)
        for run, bill in part.bills:
            session.on_decided(run, bill, run.id in written.refused)
        session.settle(part.waiting, written.refused)
        for run_id, credits in written.uncovered.items():
            session.on_uncovered(part.closed[run_id], credits)
        if written.owed is not None and session.root.status not in TERMINAL:
            session.on_unpaid(written.owed.error)
        if written.cancel_requested:
            session.cancel_requested()

    def _stopped(self, task: asyncio.Task[None]) -> None:
        """One of the journal's own tasks has ended, so nobody may wait for a commit any longer."""
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        assert error is not None  # they go on for ever
        if not task.cancelled():
            logger.error(
                "The journal has stopped", exc_info=error, extra={"action": "journal_stopped", "task": task.get_name()}
            )
        self._error = self._error or _as_end(error)
        for session in self._sessions:
            session.fail(session.take()[1], self._error)

    # --- telling

    async def _tell_for_ever(self) -> None:
        while True:
            news = [await self._news.get()]
            while not self._news.empty():
                news.append(self._news.get_nowait())
            try:
                await announce(payloads(itertools.chain.from_iterable(news)))
            except Exception:  # clients then find in the rows what they miss
                logger.exception("News cannot be told", extra={"action": "news_untold"})
            finally:
                for _ in news:
                    self._news.task_done()

    async def _all_told(self) -> None:
        """Wait until everything is told, or nobody tells it any more."""
        told = asyncio.create_task(self._news.join())
        try:
            await asyncio.wait([told, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()

    # --- leases and cancels of executions that have nothing to write

    async def _keep_leases(self) -> None:
        """Renew in good time. That waits for nothing but the writer."""
        while True:
            await asyncio.sleep(settings.LEASE_RENEW_SECONDS)
            for session in self._sessions:
                if not session.lost:
                    self._woken(session)

    async def _look_for_stops(self) -> None:
        """Requests to stop must not wait for the next write."""
        while True:
            await asyncio.sleep(CANCEL_POLL_SECONDS)
            sessions = {session.claim.execution_id: session for session in self._sessions if not session.lost}
            for execution_id in await self._cancelled(list(sessions)) if sessions else ():
                sessions[execution_id].cancel_requested()

    async def _cancelled(self, execution_ids: list[UUID]) -> set[UUID]:
        """A database that does not answer now is asked again at the next look."""
        try:
            return await self.database.run(cancelled, execution_ids)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The database was not asked", extra={"action": "poll_failed", "reason": str(error)})
            return set()


def _take_back(batch: Batch, written: Written) -> None:
    """A start that was refused is told as what its row says: still queued."""
    refused = written.refused.keys() & batch.starting
    for change in batch.changes:
        if change.run is not None and change.run.id in refused and change.status is Status.RUNNING:
            change.status = Status.QUEUED


def _as_end(error: BaseException) -> LeaseLost | JournalFailed:
    """What it means for executions here. If this process only leaves, others go on with them."""
    if isinstance(error, asyncio.CancelledError):
        return LeaseLost("This process commits nothing any more.")
    return JournalFailed(f"The journal has stopped: {error}")
