"""Stopping an execution, in whatever state it is."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Now

from executor.ending import end
from executor.models import GraphExecution
from executor.statuses import Status

CODE = "stopped"
MESSAGE = "Stopped on request."


def request_cancel(execution: GraphExecution) -> GraphExecution:
    """Ask an execution to stop, and return it as it then is.

    One that nobody runs is TERMINATED at once. A running one is told by its owner's next look at the row, within a
    second or so. Asking again, or asking one that has ended, changes nothing. A sub-graph stops with its root.
    """
    root_id = execution.root_id or execution.id
    GraphExecution.objects.filter(id=root_id).active().update(
        cancel_requested_at=Coalesce("cancel_requested_at", Now())
    )
    end(without_owner(), execution_id=root_id, status=Status.TERMINATED, code=CODE, message=MESSAGE)
    return GraphExecution.objects.get(id=execution.id)


def without_owner() -> QuerySet[GraphExecution]:
    """Unfinished executions that nobody works on at this moment."""
    waiting = Q(status__in=(Status.INCOMPLETE, Status.QUEUED, Status.REVIEW))
    return GraphExecution.objects.filter(waiting | Q(status=Status.RUNNING, lease_until__lt=Now()), parent=None)
