"""A simulated worker process: the real journal and the real engine, with the store where their database would be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from executor.dispatch import claim
from executor.errors import LeaseLost
from executor.events import publish
from executor.journal.batch import Batch, Written
from tests.simulation.faults import Fault, Kind, Moment
from tests.simulation.process import Process
from tests.simulation.store import Store


@dataclass(slots=True)
class SimulatedWriter:
    """In the place of `executor.journal.writer.Writer`. pause: stops the process for so many seconds."""

    process: Process
    store: Store
    fault: Fault | None
    now: Callable[[], float]
    pause: Callable[[Process, float], None]

    def write(self, batches: Sequence[Batch]) -> list[Written]:
        """The dead write nothing."""
        self.process.commits += 1
        self._meet(Moment.BEFORE)
        if self.process.is_dead:
            return [Written(error=LeaseLost("The process is dead.")) for _ in batches]
        answers = self.store.write(batches, self.now())
        if self._is_due(Moment.AFTER, Kind.REPEAT):
            answers = self.store.write(batches, self.now(), again=True)
        self._meet(Moment.AFTER)
        return answers

    def close(self) -> None:
        """There is no connection."""

    def give_up(self) -> None:
        """There is nothing to repeat."""

    def _meet(self, moment: Moment) -> None:
        if self._is_due(moment, Kind.KILL):
            self.process.kill()
        elif self._is_due(moment, Kind.PAUSE) and self.fault is not None:
            self.pause(self.process, self.fault.seconds)

    def _is_due(self, moment: Moment, kind: Kind) -> bool:
        fault = self.fault
        return fault is not None and (fault.moment, fault.kind, fault.at) == (moment, kind, self.process.commits)


@dataclass(frozen=True, slots=True)
class SimulatedDatabase:
    """In the place of `executor.hosting.threads.DatabaseThread`: the few questions that a running execution asks."""

    store: Store

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        if work is claim.cancelled:
            return {self.store.execution_id} if self.store.cancel_requested else set()
        if work is publish:
            return None
        raise AssertionError(f"The simulation does not know {work!r}.")
