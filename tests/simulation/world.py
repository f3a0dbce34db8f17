"""One execution in a simulated world: processes take it up, die, stop and come back, until it has ended."""

import asyncio
from collections.abc import Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random
from uuid import UUID

from executor.dispatch.claim import Claim
from executor.engine.state import GraphRun
from executor.errors import LeaseLost
from executor.jobs import run_loaded
from executor.journal import statements
from executor.journal.batch import Row
from executor.journal.journal import Journal
from executor.launching.seeds import seeds
from executor.statuses import Status
from reliability.ids import uuid7
from reliability.sql import adapters
from tests.simulation.checks import Checks
from tests.simulation.faults import Fault, Kind, Moment
from tests.simulation.graphs import Case, Family
from tests.simulation.ledger import Ledger
from tests.simulation.loop import VirtualLoop
from tests.simulation.process import PROCESS, Process
from tests.simulation.reading import load, status_of
from tests.simulation.store import Store
from tests.simulation.traces import Traces
from tests.simulation.worker import SimulatedDatabase, SimulatedWriter

SWEEP_SECONDS = 2.0
#: How wrong clocks may be: more than a lease, so that a later owner may believe to be an earlier one.
SKEW_SECONDS = 60.0
#: The beginning of simulated time.
BEGINNING = datetime(2100, 1, 1, tzinfo=UTC)
#: Seconds in which everything must have ended.
PATIENCE_SECONDS = 100_000.0
#: How the blocks of one world take their time.
PACES: tuple[tuple[float, ...], ...] = ((0.0,), (0.0, 0.0, 0.01), (0.0, 0.005, 1.0), (0.0, 0.0, 0.0, 0.0, 40.0))


@dataclass
class World:
    """cancel_after: seconds after which somebody asks to stop the execution."""

    case: Case
    chance: Random
    faults: Sequence[Fault] = ()
    is_calm: bool = False
    cancel_after: float | None = None
    processes: list[Process] = field(default_factory=list)
    loop: VirtualLoop = field(init=False)
    store: Store = field(init=False)
    traces: Traces = field(init=False)

    def __post_init__(self) -> None:
        """A calm world is always the same; in others things happen in any order."""
        calm, chance = self.is_calm, self.chance
        self.loop = VirtualLoop(
            chance,
            shuffles=not calm and chance.random() < 0.8,
            slowest=0.0 if calm else chance.choice((0.0, 0.002, 0.02, 4.0)),
        )
        self.store = launched(self.case)
        self.traces = Traces(
            chance=chance,
            paces=PACES[0] if calm else chance.choice(PACES),
            status_of=lambda id: status_of(self.store, id),
            is_owner=lambda process: process.fence == self.store.fence,
        )

    def run(self) -> None:
        self.loop.run(self._sweep())

    @cached_property
    def ended(self) -> tuple[GraphRun, list[GraphRun]]:
        """The root and its sub-graphs, as the rows say at the end."""
        loaded = load(self.store, self.case)
        return loaded.root, list(loaded.children.values())

    def wall_time(self) -> datetime:
        """What the clock of the machine says on which this runs."""
        process = PROCESS.get(None)
        return BEGINNING + timedelta(seconds=self.loop.time() + (process.skew if process else 0.0))

    async def _sweep(self) -> None:
        """Start a process whenever nobody holds the lease; at the end let those that were paused find out."""
        if self.cancel_after is not None:
            self.loop.call_later(self.cancel_after, self._request_cancel)
        while not self.store.has_ended:
            self._start_one()
            await asyncio.sleep(SWEEP_SECONDS)
            if self.loop.time() > PATIENCE_SECONDS:
                raise RuntimeError("The execution does not end.")
        for process in self.processes:
            assert process.main is not None
            await asyncio.wait([process.main])

    def _request_cancel(self) -> None:
        self.store.cancel_requested = True

    def _start_one(self) -> None:
        mine = self.store.claim(self.loop.time(), owner=str(len(self.processes)))
        if mine is None:
            return
        number = len(self.processes)
        fault = self.faults[number] if number < len(self.faults) else None
        skew = 0.0 if self.is_calm else self.chance.uniform(-SKEW_SECONDS, SKEW_SECONDS)
        process = Process(number, self.traces, mine.fence, skew)
        self.processes.append(process)
        context = copy_context()
        context.run(PROCESS.set, process)
        process.main = self.loop.create_task(self._live(process, mine, fault), context=context)
        if fault is not None and fault.moment is Moment.SECONDS:
            self.loop.call_later(fault.at, self._meet, process, fault)

    async def _live(self, process: Process, mine: Claim, fault: Fault | None) -> None:
        """The life of one process."""
        writer = SimulatedWriter(process, self.store, fault, self.loop.time, self._pause)
        try:
            loaded = load(self.store, self.case)
            async with Journal(SimulatedDatabase(self.store), writer) as journal:  # type: ignore[arg-type]
                await run_loaded(mine, loaded, journal)
        except LeaseLost:
            if not process.is_dead and process.fence == self.store.fence:
                self.store.checks.faults.append("an owner was told that it has lost its lease")
        except asyncio.CancelledError:
            if not process.is_dead:
                raise

    def _meet(self, process: Process, fault: Fault) -> None:
        if process.main is None or process.main.done():
            return
        if fault.kind is Kind.KILL:
            process.kill()
        else:
            self._pause(process, fault.seconds)

    def _pause(self, process: Process, seconds: float) -> None:
        process.is_paused = True
        copy_context().run(self._wake_later, process, seconds)

    def _wake_later(self, process: Process, seconds: float) -> None:
        PROCESS.set(self._nobody())
        self.loop.call_later(seconds, self._wake, process)

    def _nobody(self) -> Process:
        return Process(-1, self.traces, 0)

    def _wake(self, process: Process) -> None:
        process.is_paused = False
        self.loop.unpark(process.parked)


def launched(case: Case) -> Store:
    """What `executor.launching.launch.launch` writes."""
    adapt, id, now = adapters("sqlite"), uuid7(), BEGINNING
    found = seeds(case.plan, case.inputs, case.input_masks)
    runs: dict[UUID, Row] = {}
    for number, seed in enumerate(found, start=1):
        run_id = uuid7()
        columns = dict.fromkeys(statements._RUN, None) | {
            "id": adapt.uuid(run_id),
            "execution_id": adapt.uuid(id),
            "node_id": adapt.uuid(seed.node.row_id),
            "number": number,
            "status": Status.QUEUED.value,
            "inputs": adapt.json(seed.ready.inputs),
            "attempt": 0,
            "cost": 0,
            "stats": "{}",
            "error": "",
            "seq": 0,
            "added_at": adapt.moment(now),
            "queued_at": adapt.moment(now),
        }
        runs[run_id] = tuple(columns.values())
    checks = Checks(may_be_short=case.family is Family.POOR)
    checks.statuses = dict.fromkeys(runs, Status.QUEUED)
    root = {
        "status": Status.QUEUED.value,
        "trigger": "API",
        "inputs": adapt.json(case.inputs),
        "input_masks": adapt.json(case.input_masks),
        "skipped_nodes": case.skipped_nodes,
        "seq": 0,
        "cost": 0,
        "fees": 0,
        "counted": 0,
        "stats": "{}",
        "error_code": "",
        "error": "",
        "started_at": adapt.moment(now),
        "ended_at": None,
    }
    return Store(
        execution_id=id, root=root, runs=runs, ledger=Ledger.with_credits(case.user_id, case.credits), checks=checks
    )
