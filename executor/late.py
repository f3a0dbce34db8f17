"""Executions that wait, or run, for longer than they should. The time in which a person was asked does not count.

Each comes with `began`: when it began to wait, or to run.
"""

from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

from executor.dispatch.models import Share
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.reviews.models import Review
from executor.statuses import Status


def waiting_since(before: datetime) -> GraphExecutionQuerySet:
    """QUEUED since before then, and nobody has paused them."""
    paused = Exists(Share.objects.filter(user=OuterRef("user"), is_paused=True))
    queued = GraphExecution.objects.roots().filter(~paused, status=Status.QUEUED, graph__is_paused=False)
    return _since(queued.filter(created_at__lt=before), before, began="created_at", asked_until="reviewed_at")


def running_since(before: datetime) -> GraphExecutionQuerySet:
    """RUNNING since before then."""
    running = GraphExecution.objects.roots().filter(status=Status.RUNNING)
    return _since(running.filter(started_at__lt=before), before, began="started_at", asked_until="resumed_at")


def _since(
    executions: GraphExecutionQuerySet, before: datetime, *, began: str, asked_until: str
) -> GraphExecutionQuerySet:
    asked = Review.objects.filter(root=OuterRef("pk")).order_by().values("root").annotate(at=Max(asked_until))
    moment = Greatest(began, Coalesce(Subquery(asked.values("at")), began))
    return executions.annotate(began=moment).filter(began__lt=before).order_by("began")
