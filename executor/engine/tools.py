"""Nodes that a model calls: each call is a node execution of its own, beside those that links start.

What such a node execution emits goes to the model that called it, and not along its links. Beside it stands the answer
of the model that called it, so that whoever takes the execution up after a crash does not ask the model again what it
has decided already, and runs no tool twice.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blocks.errors import BlockError
from blocks.llm.chat import Message
from blocks.llm.conversation import messages_from
from blocks.llm.tool_nodes import NodeCall, NodeResult, Tokens, ToolNode, Turn
from blocks.readiness import NOTHING, Waiting
from executor.engine.delivery import gather_for, pins_of
from executor.engine.flow import add, queue
from executor.engine.node_life import ORPHANED, end
from executor.engine.state import CALLED_BY, GraphRun, NodeRun
from executor.engine.tool_nodes import tool_nodes
from executor.statuses import Status

if TYPE_CHECKING:
    from executor.engine.execution import Execution


class ToolCalls:
    """The node executions that models have called, in one root execution and everything inside it."""

    def __init__(self, execution: "Execution") -> None:
        self._execution = execution
        #: By the id of the node execution that called them.
        self._called: dict[str, list[NodeRun]] = defaultdict(list)
        self._awaited: dict[NodeRun, asyncio.Future[None]] = {}

    def door(self, run: NodeRun) -> "RunTools":
        """What this node execution's block gets."""
        return RunTools(self._execution, self, run)

    def take_up(self, graphs: Iterable[GraphRun]) -> None:
        """Those that an earlier owner of this execution has begun. Whose caller has ended end, too."""
        for graph in graphs:
            by_id = {str(run.id): run for run in graph.runs}
            for run in graph.runs:
                if run.is_called:
                    caller = run.stats[CALLED_BY]["caller"]
                    self._called[caller].append(run)
                    if by_id[caller].is_finished:
                        self._orphan(run)

    def of(self, caller: NodeRun) -> Sequence[NodeRun]:
        return self._called.get(str(caller.id), ())

    def begin(self, caller: NodeRun, turn: Turn, call: NodeCall) -> NodeRun | Waiting:
        """A node execution for the call; why not, if the node cannot run with what it was given."""
        execution, graph = self._execution, caller.graph
        node = graph.plan.nodes[call.node_id]
        received = _static_values(graph, call.node_id) | dict(call.pins)
        mask = graph.input_masks.get(node.id, NOTHING)
        ready = gather_for(node, received, mask, linked=frozenset(call.pins))
        if isinstance(ready, Waiting):
            return ready
        run = add(execution, graph, node)
        graph.incomplete[node.id].remove(run)
        run.stats[CALLED_BY] = _record(caller, turn, call)
        self._called[str(caller.id)].append(run)
        queue(execution, run, ready)
        return run

    async def over(self, run: NodeRun) -> None:
        """Wait until it has ended."""
        if not run.is_finished:
            ended = self._awaited[run] = asyncio.get_running_loop().create_future()
            try:
                await ended
            finally:
                del self._awaited[run]

    def ended(self, run: NodeRun) -> None:
        """A node execution has ended: who called it goes on, and what it called ends with it."""
        if not self._called:
            return
        ended = self._awaited.get(run)
        if ended is not None and not ended.done():
            ended.set_result(None)
        for called in self.of(run):
            self._orphan(called)

    def _orphan(self, run: NodeRun) -> None:
        """Nobody waits for it any more. One that has its task is interrupted, and ends itself."""
        if run.status not in (Status.QUEUED, Status.RUNNING):
            return
        if run in self._execution.tasks:
            run.is_orphaned = True
            self._execution.tasks.interrupt(run)
        else:
            end(self._execution, run, Status.TERMINATED, ORPHANED)


@dataclass(frozen=True, slots=True)
class RunTools:
    """Implements blocks.llm.tool_nodes.Tools for one node execution."""

    execution: "Execution"
    calls: ToolCalls
    run: NodeRun

    def offered(self) -> Sequence[ToolNode]:
        return tool_nodes(self.run, self.execution.surroundings.plans)

    def turns(self) -> Sequence[Turn]:
        found = {turn.number: turn for turn in (_turn(run) for run in self.calls.of(self.run))}
        return [found[number] for number in sorted(found)]

    async def call(self, turn: Turn, call: NodeCall) -> NodeResult:
        called = next((run for run in self.calls.of(self.run) if _is_for(run, turn, call)), None)
        if called is None:
            self._refuse_if_ending()
            begun = self.calls.begin(self.run, turn, call)
            if isinstance(begun, Waiting):
                return NodeResult(outputs=(), error=begun.reason)
            called = begun
            self.execution.pump()
        await self.calls.over(called)
        self._refuse_if_ending()
        outputs = [output for output in called.outputs if output[0] != "error"]
        return NodeResult(outputs=outputs, error=called.error)

    def _refuse_if_ending(self) -> None:
        """Nothing more is begun, so the model need not be asked what to do next."""
        if self.execution.stopped is not None:
            raise BlockError(self.execution.stopped.message)
        if self.run.graph.closing is not None:
            raise BlockError(self.run.graph.closing[1])


def _static_values(graph: GraphRun, node_id: str) -> dict[str, Any]:
    """What static links have brought to the node so far: they keep their last value for every execution of it."""
    found: dict[str, Any] = {}
    latest = graph.latest.get(node_id)
    sources = [*([latest] if latest else []), *graph.incomplete.get(node_id, ())]
    for run in sources:
        held = run.received or pins_of(run)
        found |= {pin: held[pin] for pin in run.node.static_linked if pin in held}
    return found


def _record(caller: NodeRun, turn: Turn, call: NodeCall) -> dict[str, Any]:
    """What stands beside a called node execution: plain JSON."""
    tokens = turn.tokens
    return {
        "caller": str(caller.id),
        "call": call.id,
        "turn": turn.number,
        "message": turn.message.as_dict(),
        "tokens": [tokens.input, tokens.cached_input, tokens.output],
    }


def _turn(run: NodeRun) -> Turn:
    record = run.stats[CALLED_BY]
    message: Message = messages_from([record["message"]], pin=CALLED_BY)[0]
    input, cached_input, output = record["tokens"]
    tokens = Tokens(input=input, cached_input=cached_input, output=output)
    return Turn(number=record["turn"], message=message, tokens=tokens)


def _is_for(run: NodeRun, turn: Turn, call: NodeCall) -> bool:
    record = run.stats[CALLED_BY]
    return bool(record["turn"] == turn.number and record["call"] == call.id)
