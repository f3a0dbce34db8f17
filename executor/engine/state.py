"""A running execution in memory. One asyncio task owns it; the rows are its shadow, written by the journal."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from blocks.base import Pins
from blocks.prices import Usage
from credits.pricing.book import Quote
from executor.large.references import LargeValues
from executor.reviews.questions import Answer, Question
from executor.statuses import TERMINAL, Status
from graphs.plan import Plan, PlanNode
from reliability.ids import uuid7

Output = tuple[str, Any]

#: Where the stats of a node execution that a model has called say which answer of it did.
CALLED_BY = "called_by"


class Clock:
    """Tells the time of one execution, which never goes back: rows made later are later, whoever made them."""

    #: Where all of them read the time; a simulation puts its own here.
    read: ClassVar[Callable[[], datetime]] = partial(datetime.now, UTC)

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        now = Clock.read()
        if now <= self._last:
            now = self._last + timedelta(microseconds=1)
        self._last = now
        return now

    def seen(self, *moments: datetime | None) -> None:
        """Moments that earlier owners wrote down."""
        self._last = max(self._last, *(moment for moment in moments if moment), self._last)


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class NodeRun:
    """One node execution."""

    graph: "GraphRun"
    node: PlanNode
    number: int
    added_at: datetime
    id: UUID = field(default_factory=uuid7)
    status: Status = Status.INCOMPLETE
    #: What links have delivered so far: `{pin: value}`.
    received: dict[str, Any] = field(default_factory=dict)
    #: From QUEUED on: the merged inputs, and the block's own model of them.
    inputs: dict[str, Any] = field(default_factory=dict)
    parsed: Pins | None = None
    #: The inputs as JSON, as their row has them; empty once that is written.
    inputs_text: str = ""
    attempt: int = 0
    cost: int = 0
    #: Credits set aside for it at this moment, the price they are settled by, and what the block has used.
    hold: int = 0
    quote: Quote | None = None
    usage: Usage | None = None
    stats: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    seq: int = 0
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    #: Everything emitted, in order.
    outputs: list[Output] = field(default_factory=list)
    #: How many of them have been delivered.
    released: int = 0
    #: It has a row, or one is on its way.
    stored: bool = False
    #: Its block cannot go on before a person has decided: when the block ends, the node is parked in REVIEW.
    waits: bool = False
    #: What it asks, and what its review said when the execution was taken up.
    question: Question | None = None
    answer: Answer | None = None

    #: Who called it has ended.
    is_orphaned: bool = False

    @property
    def is_finished(self) -> bool:
        return self.status in TERMINAL

    @property
    def is_called(self) -> bool:
        """Whether a model has called it, so that its outputs go there and not along its links."""
        return CALLED_BY in self.stats


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class GraphRun:
    """One graph execution: the root, or a sub-graph inside it."""

    id: UUID
    plan: Plan
    user_id: UUID
    version_id: UUID
    status: Status
    inputs: dict[str, Any]
    input_masks: Mapping[str, Mapping[str, Any]]
    skipped_nodes: frozenset[str]
    created_at: datetime
    trigger: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    parent: NodeRun | None = None
    depth: int = 0
    seq: int = 0
    #: Credits, without the execution fee; a sub-graph's are counted in its parent too.
    cost: int = 0
    max_cost: int | None = None
    #: Credits that no execution may pass (EXECUTION_MAX_COST).
    general_max_cost: int | None = None
    #: Of a root: credits set aside, execution fees charged, node executions started and those of them counted for it.
    held: int = 0
    fees: int = 0
    starts: int = 0
    counted: int = 0
    api_key_id: UUID | None = None
    preset_id: UUID | None = None
    #: Of a root, and for everything inside it: see the columns of the same names.
    max_seconds: int | None = None
    is_dry_run: bool = False
    human_review: bool = True
    sensitive_review: bool = False
    error_code: str = ""
    error: str = ""
    node_count: int = 0
    node_error_count: int = 0
    #: All node executions, in the order of their numbers.
    runs: list[NodeRun] = field(default_factory=list)
    #: Per node, those still gathering inputs, oldest first.
    incomplete: dict[str, list[NodeRun]] = field(default_factory=lambda: defaultdict(list))
    #: Per node, those queued or later whose outputs are not all delivered, in the order in which they were queued.
    unreleased: dict[str, deque[NodeRun]] = field(default_factory=lambda: defaultdict(deque))
    #: Per node, the one queued last: static pins keep its values.
    latest: dict[str, NodeRun] = field(default_factory=dict)
    #: Per node, how many node executions it has.
    made: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    #: How many are QUEUED or RUNNING.
    active: int = 0
    #: How many are in REVIEW.
    parked: int = 0
    #: Ids of nodes whose later executions are approved unasked.
    approved_nodes: set[str] = field(default_factory=set)
    #: Of a root: seconds in which it had asked and had not yet gone on with the answer.
    review_seconds: float = 0
    #: Values in it that are in files; one for the root and everything inside it.
    large: LargeValues = field(default_factory=LargeValues)
    #: How it ends, once it was decided that it ends early.
    closing: tuple[Status, str] | None = None

    @property
    def total_cost(self) -> int:
        """Credits, with the execution fee."""
        return self.cost + self.fees

    @property
    def root(self) -> "GraphRun":
        graph = self
        while graph.parent is not None:
            graph = graph.parent.graph
        return graph

    def stats(self) -> dict[str, Any]:
        """What ends on the execution's row."""
        found: dict[str, Any] = {"node_count": self.node_count, "node_error_count": self.node_error_count}
        if self.root.is_dry_run:
            found["is_dry_run"] = True
        if self.large and self.parent is None:
            found["large_values"] = len(self.large)
        return found

    def outputs(self) -> dict[str, list[Any]]:
        """`{output name: [values]}` of the output nodes that have run, in the order in which they were queued."""
        ran = sorted(
            (run for run in self.runs if run.node.is_output and run.queued_at is not None),
            key=lambda run: (run.queued_at, run.number),
        )
        found: dict[str, list[Any]] = defaultdict(list)
        for run in ran:
            found[str(run.inputs.get("name", ""))].append(run.inputs.get("value"))
        return dict(found)
