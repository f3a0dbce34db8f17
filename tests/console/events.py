"""Events as the engine sends them, made by hand."""

from typing import Any

START = "2026-11-23T12:00:00+00:00"
GRAPH_STATS = {"cost": 0, "duration": None, "node_exec_count": 0, "node_error_count": 0, "error": None}


def graph_event(status: str, *, seq: int = 1, cost: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "event_type": "graph_execution_update",
        "seq": seq,
        "id": "the-execution",
        "status": status,
        "started_at": START,
        "ended_at": None,
        "stats": GRAPH_STATS | {"cost": cost},
        "inputs": {},
        "outputs": {},
    } | fields


def node_event(key: str, status: str, *, seq: int = 1, **fields: Any) -> dict[str, Any]:
    """key: tells node executions apart, and is also the node's name unless `node_name` is given."""
    return {
        "event_type": "node_execution_update",
        "seq": seq,
        "graph_exec_id": "the-execution",
        "node_exec_id": key,
        "node_name": key,
        "status": status,
        "input_data": {},
        "output_data": {},
        "cost": 0,
        "error": None,
        "add_time": START,
        "queue_time": START,
        "start_time": None if status in ("INCOMPLETE", "QUEUED") else START,
        "end_time": None,
    } | fields


def ended(key: str, status: str = "COMPLETED", *, seconds: float = 1, **fields: Any) -> dict[str, Any]:
    """seconds: below 60."""
    return node_event(key, status, end_time=f"2026-11-23T12:00:{seconds:09.6f}+00:00", **fields)
