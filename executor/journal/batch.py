"""What one commit writes for one execution: plain rows, made in the loop at one moment, so that they fit together."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from credits.orders import Order, Spender
from credits.outcomes import Refused
from credits.standing import Ceiling
from executor.claim import Claim
from executor.engine.bills import Bill, expected, is_raise, spender
from executor.engine.state import GraphRun, NodeRun
from executor.engine.values import encode
from executor.journal.changes import Change, Pending
from executor.statuses import TERMINAL, Status
from reliability.sql import Adapters, storable_text

Row = tuple[Any, ...]

#: What people know the ceiling of an execution by.
CEILING = "cost limit of the execution (max_cost)"
#: Started node executions that are counted even if nothing is charged.
COUNT_AT_LEAST = 25


@dataclass(slots=True, kw_only=True)
class Batch:
    """One execution's part of a commit."""

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
    #: What the rows of node executions become when their charge is refused: not started.
    unstarted: dict[UUID, Row]


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
    new = {run.id for run in pending.runs.values() if not run.stored}
    for run in pending.runs.values():
        run.stored = True
    bills = {run_id: bill for run_id, (_, bill) in pending.bills.items()}
    starting = {run_id: run for run_id, (run, bill) in pending.bills.items() if not is_raise(bill)}
    uncounted = _uncounted(root, len(starting))
    return Batch(
        claim=claim,
        user_id=root.user_id,
        root_status=root.status,
        root=_root_row(root, uncounted, progressed, adapt),
        children=[_child_row(graph, adapt) for graph in pending.graphs.values() if graph is not root],
        new=new,
        runs={run.id: _run_row(run, adapt) for run in pending.runs.values()},
        outputs=[
            (adapt.uuid(row.node_execution_id), row.index, row.name, row.data, row.seq, adapt.moment(row.created_at))
            for row in pending.outputs
        ],
        bills=bills,
        closings={run_id: order for run_id, (_, order) in pending.closings.items()},
        uncounted=uncounted,
        counted=root.counted + uncounted,
        ceiling=Ceiling(CEILING, root.max_cost, root.cost + root.held - sum(expected(bill) for bill in bills.values())),
        reference={"execution": str(root.id), "graph": root.plan.graph_id},
        spender=spender(root),
        changes=pending.changes,
        unstarted={run_id: _run_row(run, adapt, unstarted=True) for run_id, run in starting.items()},
    )


def _uncounted(root: GraphRun, billed: int) -> int:
    """Node executions to count now. Counting locks the account, so it waits until there is another reason to."""
    committed = root.starts - billed - root.counted
    due = billed or root.status in TERMINAL or committed >= COUNT_AT_LEAST
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
        root.status in TERMINAL,
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
        adapt.json(graph.inputs),
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


def _run_row(run: NodeRun, adapt: Adapters, *, unstarted: bool = False) -> Row:
    gathering = run.status is Status.INCOMPLETE
    return (
        adapt.uuid(run.id),
        adapt.uuid(run.graph.id),
        adapt.uuid(run.node.row_id),
        run.number,
        Status.QUEUED.value if unstarted else run.status.value,
        encode(run.received if gathering else run.inputs),
        run.attempt - 1 if unstarted else run.attempt,
        0 if unstarted else run.cost,
        adapt.json(run.stats) if run.stats else "{}",
        storable_text(run.error),
        run.seq,
        adapt.moment(run.added_at),
        adapt.moment(run.queued_at),
        None if unstarted else adapt.moment(run.started_at),
        adapt.moment(run.ended_at),
    )
