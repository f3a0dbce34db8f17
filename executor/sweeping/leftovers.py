"""What an execution has left behind, or was never given."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from credits.holds import release_for
from credits.models import Hold, HoldStatus
from executor.each_in_turn import each
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.statuses import TERMINAL, Status
from executor.stopping.ending import end_orphan

#: What is being stored at this moment may still become complete.
GRACE = timedelta(seconds=60)


def orphans_ended() -> int:
    """End what is unfinished inside executions that have ended; the innermost first."""
    return each(left_inside().order_by("-depth").values_list("id", flat=True), end_orphan)


def released() -> int:
    """Release what is still set aside for executions that have ended."""
    held = Hold.objects.filter(status=HoldStatus.OPEN).exclude(execution_id=None).values("execution_id")
    ended = GraphExecution.objects.filter(id__in=held, status__in=TERMINAL)
    return each(ended.order_by("ended_at").values_list("id", flat=True), _release)


def queued() -> int:
    """Queue what was stored without being queued: whoever takes it up sees what it lacks."""
    return never_queued().update(status=Status.QUEUED, dispatched_at=None)


def _release(execution_id: UUID) -> int:
    return release_for(execution_id, now=datetime.now(UTC))


def left_inside() -> GraphExecutionQuerySet:
    """What is unfinished inside executions that have ended."""
    return GraphExecution.objects.active().filter(root__isnull=False, root__status__in=TERMINAL)


def never_queued() -> GraphExecutionQuerySet:
    """What was stored without being queued."""
    return GraphExecution.objects.filter(
        status=Status.INCOMPLETE, parent=None, cancel_requested_at=None, created_at__lt=datetime.now(UTC) - GRACE
    )
