"""What one commit writes for one execution: plain rows, made in the loop at one moment, so that they fit together."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from credits.orders import Order, Spender
from credits.outcomes import Refused
from credits.standing import Ceiling
from executor.dispatch.claim import Claim
from executor.engine.bills import Bill, expected, is_raise, spender
from executor.engine.state import GraphRun, NodeRun
from executor.engine.values import encode
from executor.journal.changes import Change, OutputRow, Pending
from executor.journal.review_rows import rejection_row, review_row
from executor.launching.ceilings import lowest
from executor.statuses import Status
from reliability.sql import Adapters, storable_text

Row = tuple[Any, ...]

#: What people know the ceilings of an execution by: its own, and that of all.
OWN_CEILING = "cost limit of the execution (max_cost)"
GENERAL_CEILING = "cost limit of every execution (EXECUTION_MAX_COST)"
#: An enumeration takes its time to tell a value.
_TEXT = {status: status.value for status in Status}
_QUEUED = _TEXT[Status.QUEUED]
#: Started node executions that are counted even if nothing is charged: as many as one fee is for, unless set otherwise.
COUNT_AT_LEAST = 100


@dataclass(slots=True, kw_only=True)
class Batch:
    """One execution's part of a commit."""

    #: Under its owner's newest name, once the batch is written.
    claim: Claim
    user_id: UUID
    root_status: Status
    #: The columns of `statements.FENCE`, without the fence's own condition.
    root: Row
    children: list[Row]
    #: By the id of their node execution.
    runs: dict[UUID, Row]
    #: Those of them that have no row yet.
    new: set[UUID]
    outputs: list[Row]
    #: Reviews that are asked for, and those that nobody can decide any more.
    reviews: list[Row]
    unreviewed: list[Row]
    #: By the id of their node execution: what starts cost, and what ends the bills of those that end.
    bills: dict[UUID, Bill]
    closings: dict[UUID, Order]
    #: Node executions to be counted for the execution fee, and how many are counted then.
    uncounted: int
    counted: int
    #: The execution's own ceiling, and what counts against it before this batch, fees aside.
    ceiling: Ceiling
    #: Whom a fee is for.
    reference: dict[str, str]
    spender: Spender
    changes: list[Change]
    #: Node executions that start with a bill; one whose bill is refused has not started.
    starting: frozenset[UUID]

    @property
    def asks_the_ledger(self) -> bool:
        return bool(self.bills or self.closings or self.uncounted)


@dataclass(slots=True)
class Written:
    """What became of a batch. error: nothing was written."""

    refused: dict[UUID, Refused] = field(default_factory=dict)
    #: Credits of true costs that nobody could pay, by node execution.
    uncovered: dict[UUID, int] = field(default_factory=dict)
    #: Execution fees charged so far.
    fees: int = 0
    #: Those of them that this commit has charged.
    new_fees: int = 0
    #: Why a fee that is due was not charged.
    owed: Refused | None = None
    cancel_requested: bool = False
    error: Exception | None = None


def make_batch(claim: Claim, root: GraphRun, pending: Pending, *, progressed: bool, adapt: Adapters) -> Batch:
    """Turn what is pending into rows. From now on its node executions count as stored."""
    new = {run.id for run in pending.runs if not run.stored}
    for run in pending.runs:
        run.stored = True
    bills = {run_id: bill for run_id, (_, bill) in pending.bills.items()}
    starting = frozenset(run_id for run_id, bill in bills.items() if not is_raise(bill))
    uncounted = _uncounted(root, len(starting))
    batch = Batch(
        claim=claim,
        user_id=root.user_id,
        root_status=root.status,
        root=_root_row(root, uncounted, progressed, adapt),
        children=[_child_row(graph, adapt) for graph in pending.graphs if graph is not root],
        new=new,
        runs={run.id: _run_row(run, adapt) for run in pending.runs},
        outputs=_output_rows(pending.outputs, adapt),
        reviews=[review_row(run, adapt) for run in pending.asked],
        unreviewed=[rejection_row(run, adapt) for run in pending.unreviewed],
        bills=bills,
        closings={run_id: order for run_id, (_, order) in pending.closings.items()},
        uncounted=uncounted,
        counted=root.counted + uncounted,
        ceiling=_ceiling(root, root.cost + root.held - sum(expected(bill) for bill in bills.values())),
        reference={"execution": str(root.id), "graph": root.plan.graph_id},
        spender=spender(root),
        changes=pending.changes,
        starting=starting,
    )
    for run in pending.runs:
        if run.is_finished:
            run.inputs_text = ""
    return batch


def _ceiling(root: GraphRun, spent: int) -> Ceiling:
    """The lower of the two."""
    limit = lowest(root.max_cost, root.general_max_cost)
    return Ceiling(OWN_CEILING if limit == root.max_cost else GENERAL_CEILING, limit, spent)


def _uncounted(root: GraphRun, billed: int) -> int:
    """Node executions to count now. Counting locks the account, so it waits until there is another reason to."""
    committed = root.starts - billed - root.counted
    due = billed or root.status is not Status.RUNNING or committed >= COUNT_AT_LEAST
    return max(0, committed) if due else 0


def _root_row(root: GraphRun, uncounted: int, progressed: bool, adapt: Adapters) -> Row:
    return (
        root.status.value,
        root.seq,
        root.cost,
        root.counted + uncounted,
        adapt.json(root.stats()),
        root.error_code,
        storable_text(root.error),
        adapt.moment(root.ended_at),
        progressed,
        root.status is not Status.RUNNING,
    )


def _child_row(graph: GraphRun, adapt: Adapters) -> Row:
    parent, root = graph.parent, graph.root
    assert parent is not None
    return (
        adapt.uuid(graph.id),
        adapt.uuid(graph.user_id),
        adapt.uuid(UUID(graph.plan.graph_id)),
        adapt.uuid(graph.version_id),
        graph.status.value,
        graph.trigger,
        adapt.json(graph.large.referred(graph.inputs)),
        adapt.json(graph.input_masks),
        adapt.json(sorted(graph.skipped_nodes)),
        adapt.uuid(parent.graph.id),
        adapt.uuid(root.id),
        adapt.uuid(parent.id),
        graph.depth,
        graph.cost,
        adapt.json(graph.stats()),
        graph.error_code,
        storable_text(graph.error),
        graph.seq,
        adapt.moment(graph.created_at),
        adapt.moment(graph.started_at),
        adapt.moment(graph.ended_at),
        root.is_dry_run,
        root.human_review,
        root.sensitive_review,
    )


def unstarted(row: Row) -> Row:
    """What the row of a node execution becomes when its bill is refused."""
    *before, _, inputs, attempt, _, stats, error, seq, added_at, queued_at, _, ended_at = row
    return (*before, _QUEUED, inputs, attempt - 1, 0, stats, error, seq, added_at, queued_at, None, ended_at)


def _run_row(run: NodeRun, adapt: Adapters) -> Row:
    uuid, moment = adapt.uuid, adapt.moment
    return (
        uuid(run.id),
        uuid(run.graph.id),
        uuid(run.node.row_id),
        run.number,
        _TEXT[run.status],
        _inputs_text(run),
        run.attempt,
        run.cost,
        adapt.json(run.stats) if run.stats else "{}",
        storable_text(run.error) if run.error else "",
        run.seq,
        moment(run.added_at),
        moment(run.queued_at),
        moment(run.started_at),
        moment(run.ended_at),
    )


def _inputs_text(run: NodeRun) -> str:
    if run.status is Status.INCOMPLETE:
        return encode(run.graph.large.referred(run.received))
    return run.inputs_text or encode(run.graph.large.referred(run.inputs))


def _output_rows(outputs: list[OutputRow], adapt: Adapters) -> list[Row]:
    uuid, moment = adapt.uuid, adapt.moment
    return [(uuid(run_id), index, name, data, seq, moment(at)) for run_id, index, name, data, seq, at in outputs]
