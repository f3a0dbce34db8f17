"""What live clients are told of changes, shaped as the AutoGPT Platform's events, with our `seq`.

Ids and times are left to orjson, which writes them as text; that is much faster than doing it here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from executor.engine.state import GraphRun, NodeRun
from executor.events import CommittedBatch
from executor.journal.changes import Change
from executor.statuses import TERMINAL, Status

Payload = dict[str, Any]

_STARTED = frozenset({Status.RUNNING, Status.REVIEW, *TERMINAL})
#: An enumeration takes its time to tell a value.
_TEXT = {status: status.value for status in Status}


def payloads(changes: Iterable[Change]) -> list[CommittedBatch]:
    """Committed changes, by graph execution, each in the order of its seq."""
    by_graph: dict[GraphRun, list[Payload]] = {}
    queued: dict[NodeRun, Payload] = {}
    for change in changes:
        by_graph.setdefault(change.graph, []).append(_payload(change, queued))
    return [
        CommittedBatch(
            execution_id=str(graph.id), graph_id=graph.plan.graph_id, user_id=str(graph.user_id), events=events
        )
        for graph, events in by_graph.items()
    ]


def graph_payload(
    *,
    seq: int,
    execution_id: UUID,
    user_id: UUID,
    graph_id: str,
    graph_version: int,
    preset_id: UUID | None,
    status: str,
    started_at: datetime | None,
    ended_at: datetime | None,
    stats: dict[str, Any],
    inputs: dict[str, Any],
    outputs: dict[str, list[Any]],
) -> Payload:
    """One change of a graph execution. outputs: only when it has ended."""
    return {
        "event_type": "graph_execution_update",
        "seq": seq,
        "id": execution_id,
        "user_id": user_id,
        "graph_id": graph_id,
        "graph_version": graph_version,
        "preset_id": preset_id,
        "status": status,
        "started_at": started_at,
        "ended_at": ended_at,
        "stats": stats,
        "inputs": inputs,
        "outputs": outputs,
    }


def graph_stats(
    *,
    cost: int,
    stats: dict[str, Any],
    error: str,
    error_code: str,
    started_at: datetime | None,
    ended_at: datetime | None,
) -> dict[str, Any]:
    """cost: credits. duration: seconds, None while it runs."""
    duration = (ended_at - started_at).total_seconds() if started_at and ended_at else None
    return {
        "cost": cost,
        "duration": duration,
        "node_exec_count": stats.get("node_count", 0),
        "node_error_count": stats.get("node_error_count", 0),
        "error": error or None,
        "error_code": error_code or None,
        "activity_status": stats.get("activity_status"),
        "correctness_score": stats.get("correctness_score"),
        "is_dry_run": stats.get("is_dry_run", False),
    }


def node_payload(
    *,
    seq: int,
    user_id: UUID,
    graph_id: str,
    graph_version: int,
    execution_id: UUID,
    node_execution_id: UUID,
    node_id: str,
    block_id: str,
    node_name: str,
    status: str,
    inputs: dict[str, Any],
    outputs: dict[str, list[Any]],
    cost: int,
    error: str,
    times: Sequence[datetime | None],
) -> Payload:
    """One change of a node execution. times: added, queued, started, ended."""
    added_at, queued_at, started_at, ended_at = times
    return {
        "event_type": "node_execution_update",
        "seq": seq,
        "user_id": user_id,
        "graph_id": graph_id,
        "graph_version": graph_version,
        "graph_exec_id": execution_id,
        "node_exec_id": node_execution_id,
        "node_id": node_id,
        "block_id": block_id,
        "node_name": node_name,
        "status": status,
        "input_data": inputs,
        "output_data": outputs,
        "cost": cost,
        "error": error or None,
        "add_time": added_at,
        "queue_time": queued_at,
        "start_time": started_at,
        "end_time": ended_at,
    }


def gathered(outputs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """`{name: [values]}` in the order of emission."""
    found: dict[str, list[Any]] = {}
    for name, value in outputs:
        found.setdefault(name, []).append(value)
    return found


def _payload(change: Change, queued: dict[NodeRun, Payload]) -> Payload:
    """queued: what was made here before of the same node executions, to make their next payloads from."""
    graph, run = change.graph, change.run
    if run is None:
        return _of_graph(change, graph)
    known = queued.get(run)
    if known is None:
        known = queued[run] = _as_queued(graph, run)
    return _of_node(change, run, known)


def _of_graph(change: Change, graph: GraphRun) -> Payload:
    ended = change.status in TERMINAL
    return graph_payload(
        seq=change.seq,
        execution_id=graph.id,
        user_id=graph.user_id,
        graph_id=graph.plan.graph_id,
        graph_version=graph.plan.version,
        preset_id=graph.preset_id,
        status=change.status.value,
        started_at=graph.started_at,
        ended_at=graph.ended_at if ended else None,
        stats=graph_stats(
            cost=graph.total_cost,
            stats=graph.stats(),
            error=graph.error if ended else "",
            error_code=graph.error_code if ended else "",
            started_at=graph.started_at,
            ended_at=graph.ended_at if ended else None,
        ),
        inputs=graph.large.referred(graph.inputs),
        outputs=graph.large.referred(graph.outputs()) if ended else {},
    )


def _as_queued(graph: GraphRun, run: NodeRun) -> Payload:
    """What stays the same in all payloads of a node execution."""
    return node_payload(
        seq=run.seq,
        user_id=graph.user_id,
        graph_id=graph.plan.graph_id,
        graph_version=graph.plan.version,
        execution_id=graph.id,
        node_execution_id=run.id,
        node_id=run.node.id,
        block_id=run.node.block.id,
        node_name=run.node.name,
        status=Status.QUEUED.value,
        inputs=graph.large.referred(run.inputs),
        outputs={},
        cost=0,
        error="",
        times=(run.added_at, run.queued_at, None, None),
    )


def _of_node(change: Change, run: NodeRun, queued: Payload) -> Payload:
    """queued: its payload before it has started."""
    payload = queued | {"seq": change.seq, "status": _TEXT[change.status]}
    if change.status in _STARTED:
        payload["cost"], payload["start_time"] = run.cost, run.started_at
    if change.index is not None:
        name, value = run.outputs[change.index]
        payload["output_data"], payload["output_index"] = {name: [run.graph.large.referred(value)]}, change.index
    elif change.status in TERMINAL:
        payload["output_data"] = run.graph.large.referred(gathered(run.outputs))
    if change.status in TERMINAL:
        payload["error"], payload["end_time"] = run.error or None, run.ended_at
    return payload
