"""The state of an execution that takes over finished nodes of an earlier one, worked out by the engine's own rules.

What the earlier execution emitted is delivered again, in the old order, as far as it was emitted by nodes that are
taken over. So the values that nodes wait with, their pairs and their order are what they were, and what depends on a
node that will run again is not there yet.
"""

import json
import sys
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from executor.engine.bills import COPIED, UNCHARGED
from executor.engine.flow import add, queue, release
from executor.engine.judging import CLEARED_OUTPUTS
from executor.engine.state import Clock, GraphRun, NodeRun
from executor.engine.values import encode
from executor.launching.seeds import Seed
from executor.models import NodeExecution, NodeOutput
from executor.reviews.questions import digest
from executor.statuses import Status

if TYPE_CHECKING:
    from executor.engine.execution import Execution

#: In the stats of a node execution: the id of the one whose outputs it has.
COPIED_FROM = "copied_from"


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """A node execution of the earlier execution. outputs: in the order of emission."""

    row: NodeExecution
    outputs: Sequence[NodeOutput]

    @property
    def began(self) -> int:
        """The seq of the first that was heard of what it did."""
        return self.outputs[0].seq if self.outputs else self.row.seq


@dataclass(slots=True)
class Events:
    """Outputs and ends of earlier node executions, by their seq."""

    found: dict[int, tuple[Earlier, NodeOutput | None]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[int, Earlier, NodeOutput | None]]:
        return ((seq, *self.found[seq]) for seq in sorted(self.found))


class _Silence:
    """Stands for the journal's session: nothing is written while an earlier execution is replayed."""

    def run_changed(self, run: NodeRun, at: datetime) -> None:
        return None

    def received(self, run: NodeRun) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """Only how large inputs may be; the engine minds its other limits when the execution goes on."""

    node_executions: int = sys.maxsize
    loops: int = sys.maxsize
    input_bytes: int


class Replay:
    """Fills a new graph execution. It stands for the engine's `Execution` towards `executor.engine.flow`."""

    def __init__(self, graph: GraphRun, earlier: Iterable[Earlier], *, again: Set[str], input_bytes: int) -> None:
        """again: ids of nodes that run again although they have finished. input_bytes: of one node execution."""
        self.graph = graph
        self.clock = Clock()
        self.ready: deque[NodeRun] = deque()
        self.made = 0
        self.limits = _Limits(input_bytes=input_bytes)
        self.session = _Silence()
        #: Rows of the outputs that are taken over.
        self.outputs: list[NodeOutput] = []
        self._again = again
        self._events = Events()
        #: By node and inputs, in the order in which they were queued.
        self._waiting: dict[tuple[str, str], deque[Earlier]] = defaultdict(deque)
        self._copies: dict[UUID, NodeRun] = {}
        for each in sorted(earlier, key=lambda each: (each.row.queued_at, each.row.number)):
            self._waiting[_key(str(each.row.node_id), json.dumps(each.row.inputs))].append(each)
            self._events.found |= {output.seq: (each, output) for output in each.outputs}
            self._events.found[each.row.seq] = (each, None)

    def run(self, seeds: Iterable[Seed]) -> None:
        """Begin as the earlier execution began, and follow it as far as possible."""
        for seed in seeds:
            run = add(self._engine, self.graph, seed.node)
            self.graph.incomplete[seed.node.id].remove(run)
            queue(self._engine, run, seed.ready)
        self._match(after=0)
        for seq, each, output in self._events:
            copy = self._copies.get(each.row.id)
            if copy is not None:
                self._emit(copy, output) if output is not None else self._end(copy, each)
                self._match(after=seq)

    @property
    def queued(self) -> list[NodeRun]:
        """What is left to run."""
        return [run for run in self.graph.runs if run.status is Status.QUEUED]

    @property
    def _engine(self) -> "Execution":
        return cast("Execution", self)

    def _match(self, *, after: int) -> None:
        """Find the earlier one of each node execution that was just queued; only a finished one is taken over.

        One that was heard of before does not fit: the order has changed, so it runs again.
        """
        while self.ready:
            run = self.ready.popleft()
            waiting = self._waiting.get(_key(run.node.id, encode(run.inputs)))
            each = waiting.popleft() if waiting else None
            if each is not None and self._is_kept(each) and each.began > after:
                self._copies[each.row.id] = run

    def _is_kept(self, each: Earlier) -> bool:
        """Values that were withheld cannot be taken over."""
        is_whole = each.row.status == Status.COMPLETED and CLEARED_OUTPUTS not in each.row.stats
        return is_whole and str(each.row.node_id) not in self._again

    def _emit(self, run: NodeRun, output: NodeOutput) -> None:
        self.graph.seq += 1
        self.outputs.append(
            NodeOutput(
                node_execution_id=run.id,
                index=len(run.outputs),
                name=output.name,
                data=self.graph.large.referred(output.data),
                seq=self.graph.seq,
                created_at=self.clock.now(),
            )
        )
        run.outputs.append((output.name, output.data))
        release(self._engine, self.graph, run.node.id)

    def _end(self, run: NodeRun, each: Earlier) -> None:
        self.graph.seq += 1
        run.status, run.seq = Status.COMPLETED, self.graph.seq
        run.started_at = run.ended_at = self.clock.now()
        run.stats = {COPIED_FROM: each.row.stats.get(COPIED_FROM, str(each.row.id)), UNCHARGED: COPIED}
        self.graph.active -= 1
        release(self._engine, self.graph, run.node.id)


def _key(node_id: str, inputs: str) -> tuple[str, str]:
    """inputs: JSON text."""
    return node_id, digest(inputs)
