"""RUNNING executions whose owner is gone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Now
from redis.exceptions import RedisError

from executor.dispatch.bell import job_id, jobs_in_queue, put
from executor.each_in_turn import each
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.statuses import Status
from executor.stopping.ending import end
from executor.stopping.failing import POISON, poison_message


def taken_over() -> int:
    """Ring for those that another worker can go on with; each sweeper that tries marks it first, and one is first.

    One whose job still waits in the queue is not rung again: while workers are slow, the queue would fill with jobs
    that find nothing to do, and everything else would stand behind them.
    """
    return each(list(_unheard()), _ring)


def poisoned() -> int:
    """End those that so many workers in a row took up without finishing a node."""
    ids = abandoned().filter(claims__gte=settings.MAX_CLAIMS).order_by("lease_until").values_list("id", flat=True)
    return each(ids, _end_poisoned)


def leases_shortened() -> int:
    """A lease that ends too late can only come from a clock that was wrong: let it end when others do."""
    return too_long().update(lease_until=Now() + timedelta(seconds=settings.LEASE_SECONDS))


def abandoned() -> GraphExecutionQuerySet:
    """Those that a worker may take over."""
    return GraphExecution.objects.filter(status=Status.RUNNING, lease_until__lt=Now(), parent=None)


def too_long() -> GraphExecutionQuerySet:
    """Those whose lease ends later than any that was just renewed."""
    longest = Now() + timedelta(seconds=2 * settings.LEASE_SECONDS)
    return GraphExecution.objects.filter(status=Status.RUNNING, lease_until__gt=longest, parent=None)


def _untold() -> GraphExecutionQuerySet:
    """Those of them that nobody was told of since, or only long ago."""
    long_ago = datetime.now(UTC) - timedelta(seconds=settings.RING_AGAIN_SECONDS)
    untold = Q(dispatched_at=None) | Q(dispatched_at__lt=F("lease_until")) | Q(dispatched_at__lt=long_ago)
    return abandoned().filter(untold, claims__lt=settings.MAX_CLAIMS)


def _unheard() -> Iterator[UUID]:
    """Those of them whose job is gone from the queue; none while Redis is away."""
    rows = list(_untold().order_by("lease_until").values_list("id", "dispatched_at"))
    try:
        jobs = jobs_in_queue() if rows else set()
    except (RedisError, OSError):
        return
    for execution_id, dispatched_at in rows:
        if dispatched_at is None or job_id(execution_id, dispatched_at) not in jobs:
            yield execution_id


def _ring(execution_id: UUID) -> bool:
    now = datetime.now(UTC)
    return bool(_untold().filter(id=execution_id).update(dispatched_at=now)) and put([execution_id], now)


def _end_poisoned(execution_id: UUID) -> bool:
    which = abandoned().filter(claims__gte=settings.MAX_CLAIMS)
    return end(which, execution_id=execution_id, status=Status.FAILED, code=POISON, message=poison_message())
