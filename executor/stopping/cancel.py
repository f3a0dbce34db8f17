"""Stopping an execution, in whatever state it is."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from executor.dispatch.claim import Claim
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.statuses import Status
from executor.stopping.ending import end

CODE = "stopped"
MESSAGE = "Stopped on request."
#: Executions that one request stops itself; the sweeper ends the others that nobody runs.
AT_ONCE = 100


def request_cancel(execution: GraphExecution) -> GraphExecution:
    """Ask an execution to stop, and return it as it then is.

    One that nobody runs is TERMINATED at once. A running one is told by its owner's next look at the row, within a
    second. Asking again, or asking one that has ended, changes nothing. A sub-graph stops with its root.
    """
    root_id = execution.root_id or execution.id
    ask(GraphExecution.objects.filter(id=root_id))
    stop_without_owner(root_id)
    return GraphExecution.objects.get(id=execution.id)


def request_cancel_all(executions: GraphExecutionQuerySet) -> int:
    """Ask all root executions among these to stop. How many were asked. From now on no worker takes one of them up."""
    asked = ask(executions.roots())
    found = executions.active().values("id")
    waiting = without_owner().active().filter(cancel_requested_at__isnull=False, id__in=found)
    for execution_id in list(waiting.order_by("id").values_list("id", flat=True)[:AT_ONCE]):
        stop_without_owner(execution_id)
    return asked


def ask(executions: GraphExecutionQuerySet) -> int:
    """Note that these are to stop; the sweeper ends those that nobody runs. How many had not been asked yet.

    They are locked in the order in which the journal locks its executions.
    """
    unasked = executions.active().filter(cancel_requested_at=None).order_by("id")
    with transaction.atomic():
        ids = list(unasked.select_for_update(of=("self",)).values_list("id", flat=True))
        return GraphExecution.objects.filter(id__in=ids).update(cancel_requested_at=Now())


def stop_without_owner(execution_id: UUID) -> bool:
    """End an execution TERMINATED, unless somebody works on it or it has ended."""
    return end(without_owner(), execution_id=execution_id, status=Status.TERMINATED, code=CODE, message=MESSAGE)


def stop_claimed(claim: Claim) -> bool:
    """End TERMINATED what was claimed and does not run. False if it has an owner with a newer claim, or has ended."""
    mine = GraphExecution.objects.filter(fence=claim.fence, status=Status.RUNNING)
    return end(mine, execution_id=claim.execution_id, status=Status.TERMINATED, code=CODE, message=MESSAGE)


def without_owner() -> GraphExecutionQuerySet:
    """Unfinished executions that nobody works on at this moment."""
    waiting = Q(status__in=(Status.INCOMPLETE, Status.QUEUED, Status.REVIEW))
    return GraphExecution.objects.filter(waiting | Q(status=Status.RUNNING, lease_until__lt=Now()), parent=None)
