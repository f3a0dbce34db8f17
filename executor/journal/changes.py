"""What the engine tells the journal: records of changes, in order, each with the number it took."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from credits.orders import Order
from executor.engine.bills import Bill
from executor.engine.state import GraphRun, NodeRun
from executor.statuses import Status


@dataclass(slots=True)
class Change:
    """One thing that happened, as live clients will hear of it. index: of the output, when one was emitted."""

    seq: int
    graph: GraphRun
    run: NodeRun | None
    status: Status
    at: datetime
    index: int | None = None


#: An emitted value on its way to its row: node execution, index, name, JSON text, seq, time. One is made per output.
OutputRow = tuple[UUID, int, str, str, int, datetime]


@dataclass(slots=True)
class Pending:
    """Everything of one execution that is not committed yet. The rows are written in their newest state."""

    graphs: dict[GraphRun, None] = field(default_factory=dict)
    runs: dict[NodeRun, None] = field(default_factory=dict)
    outputs: list[OutputRow] = field(default_factory=list)
    #: What node executions cost that start, and what ends the bills of those that end.
    bills: dict[UUID, tuple[NodeRun, Bill]] = field(default_factory=dict)
    closings: dict[UUID, tuple[NodeRun, Order]] = field(default_factory=dict)
    #: Node executions that ask for a review, and those that end without one.
    asked: list[NodeRun] = field(default_factory=list)
    unreviewed: list[NodeRun] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.graphs or self.runs or self.outputs or self.bills or self.closings)


@dataclass(frozen=True, slots=True)
class GraphRow:
    """The columns of a graph execution that the engine changes."""

    id: UUID
    status: Status
    seq: int
    cost: int
    stats: dict[str, Any]
    error_code: str
    error: str
    started_at: datetime | None
    ended_at: datetime | None
