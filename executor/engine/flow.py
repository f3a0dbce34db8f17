"""Values on their way: outputs are stored and delivered, and a node execution that has all it needs is queued."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from blocks.base import BlockType
from blocks.readiness import Ready
from executor.engine import stop
from executor.engine.delivery import carried, fill_static, oldest_without, readiness
from executor.engine.state import GraphRun, NodeRun
from executor.engine.values import Emitted, encode, normalise, size
from executor.statuses import Status
from graphs.plan import PlanLink, PlanNode

if TYPE_CHECKING:
    from executor.engine.execution import Execution

#: An enumeration takes its time to find a member.
_NOTE, _QUEUED = BlockType.NOTE, Status.QUEUED


def emit(execution: "Execution", run: NodeRun, name: str, value: Any) -> None:
    """Store one output that is not large, and deliver it as soon as the outputs before it are. Raises BlockError."""
    store(execution, run, normalise(name, value, execution.limits.output_bytes))


def store(execution: "Execution", run: NodeRun, emitted: Emitted, *, text: str = "") -> None:
    """The same for a prepared one. text: what its row has instead of the value."""
    store_quietly(execution, run, emitted, text=text)
    execution.pump()


def store_quietly(execution: "Execution", run: NodeRun, emitted: Emitted, *, text: str = "") -> None:
    """The same, but what is ready then does not start yet."""
    if run.is_finished:
        return
    name, value, own_text, bytes = emitted
    _keep(execution, bytes)
    index = len(run.outputs)
    run.outputs.append((name, value))
    execution.session.emitted(run, index, name, text or own_text, execution.clock.now())
    release(execution, run.graph, run.node.id)


def release(execution: "Execution", graph: GraphRun, node_id: str) -> None:
    """Deliver outputs of one node in the order in which its executions were queued, whichever is done first."""
    waiting = graph.unreleased[node_id]
    while waiting:
        head = waiting[0]
        outputs = head.outputs
        while head.released < len(outputs):
            name, value = outputs[head.released]
            head.released += 1
            for link, carried_value in carried(head, name, value):
                _receive(execution, graph, link, carried_value)
        if not head.is_finished:
            return
        waiting.popleft()


def add(execution: "Execution", graph: GraphRun, node: PlanNode, *, at: datetime | None = None) -> NodeRun:
    """A new node execution that gathers inputs. at: when, if not now."""
    execution.made += 1
    graph.made[node.id] += 1
    if execution.made > execution.limits.node_executions:
        execution.stop(stop.node_limit(execution.limits.node_executions))
    elif graph.made[node.id] > execution.limits.loops:
        execution.stop(stop.loop_limit(node.name, execution.limits.loops))
    run = NodeRun(graph=graph, node=node, number=len(graph.runs) + 1, added_at=at or execution.clock.now())
    graph.runs.append(run)
    graph.incomplete[node.id].append(run)
    return run


def queue(execution: "Execution", run: NodeRun, ready: Ready, *, at: datetime | None = None) -> None:
    """It has all it needs. at: when, if not now; no two of a graph are queued in the same moment."""
    graph = run.graph
    run.inputs, run.parsed = ready
    run.error = ""
    _refuse_too_large(execution, run)
    run.status, run.queued_at = _QUEUED, at or execution.clock.now()
    if not run.is_called:
        graph.unreleased[run.node.id].append(run)
        graph.latest[run.node.id] = run
    graph.active += 1
    execution.session.run_changed(run, run.queued_at)
    execution.ready.append(run)


def _keep(execution: "Execution", bytes: int) -> None:
    """Count one more value among what the execution keeps."""
    execution.kept += bytes
    if execution.kept > execution.limits.state_bytes and execution.stopped is None:
        execution.stop(stop.state_limit(execution.limits.state_bytes))


def _refuse_too_large(execution: "Execution", run: NodeRun) -> None:
    """Inputs that no row should hold are left out; the node then fails instead of running.

    Large values do not count: a row only refers to them.
    """
    run.inputs_text = encode(run.graph.large.referred(run.inputs))
    bytes, most = size(run.inputs_text), execution.limits.input_bytes
    if bytes > most:
        run.inputs, run.inputs_text = {}, "{}"
        run.error = f"The inputs have {bytes} bytes; the limit is {most} (NODE_INPUT_MAX_BYTES)."


def _receive(execution: "Execution", graph: GraphRun, link: PlanLink, value: Any) -> None:
    sink = graph.plan.nodes[link.sink_id]
    if sink.block.block_type is _NOTE:
        return
    now = execution.clock.now()
    target = oldest_without(graph, sink.id, link.sink_name) or add(execution, graph, sink, at=now)
    target.received[link.sink_name] = value
    fill_static(graph, target)
    _consider(execution, graph, target, now)
    if link.is_static:
        for other in list(graph.incomplete[sink.id]):
            if fill_static(graph, other):
                _consider(execution, graph, other, execution.clock.now())


def _consider(execution: "Execution", graph: GraphRun, run: NodeRun, now: datetime) -> None:
    """Queue it if it has all it needs; otherwise write down what it waits for."""
    answer = readiness(graph, run)
    if isinstance(answer, Ready):
        graph.incomplete[run.node.id].remove(run)
        queue(execution, run, answer, at=now)
    else:
        run.error = answer.reason
        execution.session.received(run)
