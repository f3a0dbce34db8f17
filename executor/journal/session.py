"""One execution's side of the journal: the engine says what happened, and asks when it is safe."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from credits.orders import Order
from credits.outcomes import Refused
from executor.dispatch.claim import Claim
from executor.engine.bills import Bill
from executor.engine.state import GraphRun, NodeRun
from executor.errors import JournalFailed, LeaseLost
from executor.journal.changes import Change, Pending
from executor.journal.withdrawn import Withdrawn
from executor.statuses import Status
from reliability.errors import SluiceError

#: An enumeration takes its time to find a member.
_RUNNING, _COMPLETED = Status.RUNNING, Status.COMPLETED


class Session:
    """Gathers the changes of one root execution and everything inside it.

    Each change takes the next seq of its graph execution at once; rows are written in their newest state when the
    journal next commits, and live clients hear of the change after that.
    """

    def __init__(self, claim: Claim, root: GraphRun, *, wake: Callable[["Session"], None]) -> None:
        self.claim = claim
        self.root = root
        self.pending = Pending()
        #: Why nothing can be written any more; None while all is well.
        self.error: LeaseLost | JournalFailed | None = None
        #: Called once, in the loop, when somebody has asked to stop this execution.
        self.on_cancel: Callable[[], None] = lambda: None
        #: Called once, in the loop, when nothing can be written any more.
        self.on_lost: Callable[[], None] = lambda: None
        #: Called, in the loop, with each bill that the ledger has decided about, and whether it was refused.
        self.on_decided: Callable[[NodeRun, Bill, bool], None] = lambda run, bill, is_refused: None
        #: Called, in the loop, with why an execution fee that is due could not be charged.
        self.on_unpaid: Callable[[SluiceError], None] = lambda error: None
        #: Called, in the loop, with the credits of a node's true cost that nobody could pay.
        self.on_uncovered: Callable[[NodeRun, int], None] = lambda run, credits: None
        self.cancel_seen = False
        #: A node has finished under this claim, so the execution is getting on.
        self.progressed = False
        self._wake = wake
        self._is_woken = False
        self._waiters: list[asyncio.Future[None]] = []
        self._refused: dict[UUID, Refused] = {}

    @property
    def lost(self) -> bool:
        """Nothing can be written any more."""
        return self.error is not None

    @property
    def is_urgent(self) -> bool:
        """Somebody waits for the next commit."""
        return bool(self._waiters)

    def graph_changed(self, graph: GraphRun, at: datetime) -> None:
        graph.seq += 1
        self.pending.graphs[graph] = None
        self.pending.changes.append(Change(graph.seq, graph, None, graph.status, at))
        self._wake_once()

    def run_changed(self, run: NodeRun, at: datetime) -> None:
        graph, status, pending = run.graph, run.status, self.pending
        graph.seq = run.seq = seq = graph.seq + 1
        pending.runs[run] = pending.graphs[graph] = None
        if status is _COMPLETED:
            self.progressed = True
        pending.changes.append(Change(seq, graph, run, status, at))
        if not self._is_woken:
            self._wake_once()

    def received(self, run: NodeRun) -> None:
        """A node execution that still gathers inputs has got one: written, but no news to anybody."""
        self.pending.runs[run] = None
        self._wake_once()

    def emitted(self, run: NodeRun, index: int, name: str, data: str, at: datetime) -> None:
        """data: JSON text."""
        graph, pending = run.graph, self.pending
        graph.seq = seq = graph.seq + 1
        pending.outputs.append((run.id, index, name, data, seq, at))
        pending.graphs[graph] = None
        pending.changes.append(Change(seq, graph, run, _RUNNING, at, index))
        if not self._is_woken:
            self._wake_once()

    def asked(self, run: NodeRun) -> None:
        """A node execution asks a person, to be committed together with its move to REVIEW."""
        self.pending.asked.append(run)

    def review_withdrawn(self, run: NodeRun) -> None:
        """It ends before a person has decided; its review ends in the same transaction."""
        self.pending.unreviewed.append(run)

    def close_bill(self, run: NodeRun, order: Order) -> None:
        """What ends the bill of a node execution, to be committed together with its end."""
        self.pending.closings[run.id] = (run, order)

    async def bill(self, run: NodeRun, bill: Bill) -> "Refused | Withdrawn | None":
        """Commit the start of a node execution together with its bill. None: it is paid for and has started.

        Whoever waits here may be cancelled. A bill that is not on its way to the database is then withdrawn; of one
        that is, the outcome is awaited all the same, so that nobody has to guess. It is for the caller to be cancelled.
        Raises LeaseLost and JournalFailed.
        """
        self.pending.bills[run.id] = (run, bill)
        committed = self._next_commit()
        while not committed.done():
            try:
                await asyncio.shield(committed)
            except asyncio.CancelledError:
                if self.pending.bills.pop(run.id, None) is not None:
                    committed.cancel()
                    return Withdrawn()
        committed.result()
        return self._refused.pop(run.id, None)

    async def commit(self) -> None:
        """Wait until everything so far is in the database. Raises LeaseLost and JournalFailed."""
        await self._next_commit()

    # --- for the journal

    def take(self) -> tuple[Pending, list[asyncio.Future[None]]]:
        """Everything gathered so far, and who waits for it."""
        pending, self.pending, self._is_woken = self.pending, Pending(), False
        waiters, self._waiters = self._waiters, []
        return pending, waiters

    def settle(self, waiters: list[asyncio.Future[None]], refused: dict[UUID, Refused]) -> None:
        """The batch is committed."""
        self._refused.update(refused)
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def fail(self, waiters: list[asyncio.Future[None]], error: LeaseLost | JournalFailed) -> None:
        """The batch was not written, and nothing will be."""
        first, self.error = not self.lost, self.error or error
        for waiter in (*waiters, *self._waiters):
            if not waiter.done():
                waiter.set_exception(error)
        self._waiters = []
        if first:
            self.on_lost()

    def cancel_requested(self) -> None:
        if not self.cancel_seen:
            self.cancel_seen = True
            self.on_cancel()

    def _next_commit(self) -> asyncio.Future[None]:
        if self.error is not None:
            raise self.error
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._wake(self)
        return waiter

    def _wake_once(self) -> None:
        """One call is enough for all that gathers before the journal takes it."""
        if not self._is_woken:
            self._is_woken = True
            self._wake(self)
