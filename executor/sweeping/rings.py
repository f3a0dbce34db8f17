"""QUEUED executions whose ring was lost."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from redis.exceptions import RedisError

from executor.dispatch.bell import job_id, jobs_in_queue
from executor.each_in_turn import WINDOW
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.statuses import Status


def rung_again() -> int:
    """Let those wait again whose job is gone from the queue. A job that is still there waits for a worker.

    All that were rung are looked at; there are never many more than workers have places.
    """
    try:
        jobs = jobs_in_queue()
    except (RedisError, OSError):
        return 0
    lost = (row for row in _rung_long_ago() if job_id(*row) not in jobs)
    return sum(_take_back(*row) for row in islice(lost, WINDOW))


def _rung_long_ago() -> list[tuple[UUID, datetime]]:
    """What a clock that was wrong has written as the future is long ago, too."""
    now, patience = datetime.now(UTC), timedelta(seconds=settings.RING_AGAIN_SECONDS)
    long_ago = Q(dispatched_at__lt=now - patience) | Q(dispatched_at__gt=now + patience)
    rows = _rung().filter(long_ago).order_by("dispatched_at").values_list("id", "dispatched_at")
    return [(execution_id, dispatched_at) for execution_id, dispatched_at in rows if dispatched_at is not None]


def _take_back(execution_id: UUID, dispatched_at: datetime) -> bool:
    """Only what nobody has rung for since."""
    return bool(_rung().filter(id=execution_id, dispatched_at=dispatched_at).update(dispatched_at=None))


def _rung() -> GraphExecutionQuerySet:
    return GraphExecution.objects.filter(status=Status.QUEUED, parent=None, dispatched_at__isnull=False)
