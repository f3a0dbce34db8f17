"""What a user's executions have cost, in all and by graph, execution and day."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from executor.models import GraphExecution
from executor.statuses import Status

if TYPE_CHECKING:
    from accounts.models import User

#: The dearest of them.
GRAPHS_MAX = 50

_DURATION = F("ended_at") - F("started_at")


def cost_summary(user: "User", *, since: datetime, until: datetime, top_runs: int) -> dict[str, Any]:
    """Of executions that were made from `since` to `until`, dry runs aside. Costs are credits.

    Sub-graphs count with the execution that they ran in. Deleted executions have cost what they have cost: they are in
    all sums, and only not named.  Four queries.
    """
    window = Q(user=user, parent=None, is_dry_run=False, created_at__gte=since, created_at__lte=until)
    executions = GraphExecution.objects.filter(window).order_by()
    named = GraphExecution.objects.for_user(user).filter(window).defer("inputs", "input_masks", "skipped_nodes")
    return {
        "since": since,
        "until": until,
        **_totals(executions),
        "by_agent": _by_graph(executions),
        "top_runs": [
            _run(execution) for execution in named.filter(cost__gt=0).order_by("-cost", "-created_at")[:top_runs]
        ],
        "daily": _daily(executions),
    }


def _totals(executions: QuerySet[GraphExecution]) -> dict[str, Any]:
    sums = executions.aggregate(
        total_cents=Sum("cost", default=0),
        run_count=Count("pk"),
        billable_run_count=Count("pk", filter=Q(cost__gt=0)),
        failed_cost_cents=Sum("cost", filter=Q(status=Status.FAILED), default=0),
        success_run_count=Count("pk", filter=Q(status=Status.COMPLETED)),
        failed_run_count=Count("pk", filter=Q(status=Status.FAILED)),
        terminated_run_count=Count("pk", filter=Q(status=Status.TERMINATED)),
        review_run_count=Count("pk", filter=Q(status=Status.REVIEW)),
        duration_run_count=Count("pk", filter=Q(started_at__isnull=False, ended_at__isnull=False)),
        took=Sum(_DURATION),
    )
    took = sums.pop("took")
    return sums | {"total_duration_seconds": took.total_seconds() if took else 0.0}


def _by_graph(executions: QuerySet[GraphExecution]) -> list[dict[str, Any]]:
    rows = executions.values("graph_id", graph_name=F("graph__name")).annotate(
        cost_cents=Sum("cost"), run_count=Count("pk")
    )
    return [dict(row) for row in rows.order_by("-cost_cents", "graph_id")[:GRAPHS_MAX]]


def _daily(executions: QuerySet[GraphExecution]) -> list[dict[str, Any]]:
    """Days are UTC's; those without executions are left out."""
    days = executions.values(date=TruncDate("created_at", tzinfo=UTC))
    return [dict(day) for day in days.annotate(cost_cents=Sum("cost"), run_count=Count("pk")).order_by("date")]


def _run(execution: GraphExecution) -> dict[str, Any]:
    return {
        "execution_id": execution.id,
        "graph_id": execution.graph_id,
        "cost_cents": execution.cost,
        "started_at": execution.started_at or execution.created_at,
        "status": execution.status,
        "duration_seconds": execution.seconds or 0.0,
        "node_error_count": execution.stats.get("node_error_count", 0),
    }
