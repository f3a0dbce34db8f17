"""What the events of an execution add up to: one line a node execution, in the order of their first event. No I/O."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from executor.statuses import TERMINAL, Status

Event = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLine:
    """A node execution as its newest event shows it. cost: credits."""

    name: str
    status: Status
    started_at: datetime | None
    ended_at: datetime | None
    cost: int
    error: str

    @property
    def is_finished(self) -> bool:
        return self.status in TERMINAL

    def seconds(self, now: datetime) -> float | None:
        """From the start to the end, or until now; None if it has not started."""
        return _seconds(self.started_at, self.ended_at, now)


class Progress:
    """An execution as far as its events have told."""

    def __init__(self) -> None:
        self.status = Status.QUEUED
        self.started_at: datetime | None = None
        self.ended_at: datetime | None = None
        self._cost = 0
        self._nodes: dict[str, NodeLine] = {}

    def take(self, event: Event) -> None:
        if event["event_type"] == "node_execution_update":
            self._take_node(event["node_exec_id"], node_line(event))
        elif event["event_type"] == "graph_execution_update":
            self.status = Status(event["status"])
            self.started_at, self.ended_at = moment(event["started_at"]), moment(event["ended_at"])
            self._cost = event["stats"].get("cost") or 0

    def _take_node(self, key: str, node: NodeLine) -> None:
        """A node that has started says that the execution has, too: that may be told nowhere else."""
        self._nodes[key] = node
        if node.started_at is not None and self.status is Status.QUEUED:
            self.status, self.started_at = Status.RUNNING, node.started_at

    @property
    def nodes(self) -> tuple[NodeLine, ...]:
        """A copy: a screen may be drawn from another thread."""
        return tuple(self._nodes.values())

    @property
    def cost(self) -> int:
        """Credits: the execution's own count, or what its nodes have told since."""
        return max(self._cost, sum(node.cost for node in self.nodes))

    def seconds(self, now: datetime) -> float | None:
        return _seconds(self.started_at, self.ended_at, now)


def node_line(event: Event) -> NodeLine:
    return NodeLine(
        name=event["node_name"],
        status=Status(event["status"]),
        started_at=moment(event["start_time"]),
        ended_at=moment(event["end_time"]),
        cost=event["cost"],
        error=event["error"] or "",
    )


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _seconds(started_at: datetime | None, ended_at: datetime | None, now: datetime) -> float | None:
    if started_at is None:
        return None
    return max(0.0, ((ended_at or now) - started_at).total_seconds())
