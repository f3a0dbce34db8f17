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


def payloads(changes: Sequence[Change]) -> list[CommittedBatch]:
    """The committed changes of one root execution, by graph execution, each in the order of its seq."""
    by_graph: dict[GraphRun, list[Payload]] = {}
    for change in changes:
        by_graph.setdefault(change.graph, []).append(_payload(change))
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
        "preset_id": None,
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


def _payload(change: Change) -> Payload:
    if change.run is None:
        return _of_graph(change, change.graph)
    return _of_node(change, change.graph, change.run)


def _of_graph(change: Change, graph: GraphRun) -> Payload:
    ended = change.status in TERMINAL
    return graph_payload(
        seq=change.seq,
        execution_id=graph.id,
        user_id=graph.user_id,
        graph_id=graph.plan.graph_id,
        graph_version=graph.plan.version,
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
        inputs=graph.inputs,
        outputs=graph.outputs() if ended else {},
    )


def _of_node(change: Change, graph: GraphRun, run: NodeRun) -> Payload:
    ended = change.status in TERMINAL
    started = change.status in _STARTED
    payload = node_payload(
        seq=change.seq,
        user_id=graph.user_id,
        graph_id=graph.plan.graph_id,
        graph_version=graph.plan.version,
        execution_id=graph.id,
        node_execution_id=run.id,
        node_id=run.node.id,
        block_id=run.node.block.id,
        node_name=run.node.name,
        status=change.status.value,
        inputs=run.inputs,
        outputs=_outputs(change, run, ended),
        cost=run.cost if started else 0,
        error=run.error if ended else "",
        times=(run.added_at, run.queued_at, run.started_at if started else None, run.ended_at if ended else None),
    )
    if change.index is not None:
        payload["output_index"] = change.index
    return payload


def _outputs(change: Change, run: NodeRun, ended: bool) -> dict[str, list[Any]]:
    if change.index is not None:
        name, value = run.outputs[change.index]
        return {name: [value]}
    return gathered(run.outputs) if ended else {}
