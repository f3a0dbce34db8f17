"""Giving back what an execution without a living owner has not used: nobody is left who could say what was."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, Sum

from credits.batch import charge_many
from credits.models import Hold, HoldStatus
from credits.orders import Order, Release, Reverse
from executor.engine.bills import OUR_FAULT, UNCHARGED, charge_key_of
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status


def unbill(root: GraphExecution, *, now: datetime) -> None:
    """Release all holds of a root execution that ends now, and reverse the charges of nodes that were running.

    Called inside the transaction that ends it. The costs on its rows, and on those inside it, follow.
    """
    holds = Hold.objects.filter(execution_id=root.id, status=HoldStatus.OPEN)
    orders: list[Order] = [Release(hold_key=key) for key in holds.values_list("key", flat=True)]
    interrupted = list(NodeExecution.objects.filter(_inside(root), status=Status.RUNNING))
    paid = [run for run in interrupted if run.cost]
    orders += [Reverse(of_key=charge_key_of(run.id), reason=OUR_FAULT) for run in paid]
    if not orders:
        return
    charge_many(root.user_id, orders, now=now)
    _note(interrupted)
    if paid:
        add_up(root)


def _inside(root: GraphExecution) -> Q:
    return Q(execution=root) | Q(execution__root=root)


def _note(interrupted: Sequence[NodeExecution]) -> None:
    for run in interrupted:
        run.cost, run.stats = 0, run.stats | {UNCHARGED: OUR_FAULT}
    NodeExecution.objects.bulk_update(interrupted, ["cost", "stats"], batch_size=500)


def add_up(root: GraphExecution) -> None:
    """Work the costs of a root and of all executions inside it out anew, innermost first."""
    graphs = list(GraphExecution.objects.filter(Q(id=root.id) | Q(root=root)).order_by("-depth"))
    costs = _costs(graph.id for graph in graphs)
    for graph in graphs:
        graph.cost = costs[graph.id] + graph.fees
        if graph.parent_id:
            costs[graph.parent_id] += costs[graph.id]
    GraphExecution.objects.bulk_update(graphs, ["cost"], batch_size=500)


def _costs(graph_ids: Iterable[UUID]) -> dict[UUID, int]:
    """What each graph execution's own node executions cost."""
    found = NodeExecution.objects.filter(execution__in=list(graph_ids)).values_list("execution")
    return defaultdict(int, found.annotate(Sum("cost")).order_by())
