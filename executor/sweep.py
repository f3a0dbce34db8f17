"""The sweeper: finds executions that were lost, abandoned or cancelled, and repairs them.

Any number of sweepers may run: each repair is a conditional UPDATE, or a ring, which may be repeated.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Now
from redis.exceptions import RedisError

from credits.holds import release_for
from credits.models import Hold, HoldStatus
from executor.cancel import CODE, MESSAGE, without_owner
from executor.ending import end
from executor.models import GraphExecution
from executor.ring import is_waiting, ring
from executor.statuses import TERMINAL, Status

#: Executions that one sweep looks at, per kind of trouble.
WINDOW = 100
#: A fresh execution's own ring is on its way for this long.
GRACE = timedelta(seconds=2)


def sweep() -> dict[str, int]:
    """Repair what can be found now, and count the repairs by kind."""
    return {
        "cancelled": sum(_cancel(id_) for id_ in _cancelled_without_owner()),
        "rung": sum(_ring_again(*row) for row in _lost()),
        "taken_over": sum(ring(id_) for id_ in _abandoned()),
        "released": sum(release_for(id_, now=datetime.now(UTC)) for id_ in _ended_with_holds()),
    }


def _cancelled_without_owner() -> list[UUID]:
    return list(without_owner().filter(cancel_requested_at__isnull=False).values_list("id", flat=True)[:WINDOW])


def _cancel(execution_id: UUID) -> bool:
    return end(without_owner(), execution_id=execution_id, status=Status.TERMINATED, code=CODE, message=MESSAGE)


def _lost() -> Iterable[tuple[UUID, datetime | None]]:
    """QUEUED executions whose ring was never sent, or is old."""
    now = datetime.now(UTC)
    never = Q(dispatched_at=None, created_at__lt=now - GRACE)
    long_ago = Q(dispatched_at__lt=now - timedelta(seconds=settings.RING_AGAIN_SECONDS))
    waiting = GraphExecution.objects.filter(never | long_ago, status=Status.QUEUED, parent=None)
    return waiting.order_by("created_at").values_list("id", "dispatched_at")[:WINDOW]


def _ring_again(execution_id: UUID, dispatched_at: datetime | None) -> bool:
    """A job that is still in the queue is not lost: it waits for its turn."""
    try:
        if dispatched_at is not None and is_waiting(execution_id, dispatched_at):
            return False
    except (RedisError, OSError):
        return False
    return ring(execution_id)


def _ended_with_holds() -> list[UUID]:
    """Executions that have ended although something is still set aside for them."""
    held = Hold.objects.filter(status=HoldStatus.OPEN).exclude(execution_id=None).values("execution_id")
    return list(GraphExecution.objects.filter(id__in=held, status__in=TERMINAL).values_list("id", flat=True)[:WINDOW])


def _abandoned() -> Iterable[UUID]:
    """RUNNING executions whose lease has ended and that nobody was told of since, or only long ago."""
    long_ago = datetime.now(UTC) - timedelta(seconds=settings.RING_AGAIN_SECONDS)
    untold = Q(dispatched_at=None) | Q(dispatched_at__lt=F("lease_until")) | Q(dispatched_at__lt=long_ago)
    abandoned = GraphExecution.objects.filter(untold, status=Status.RUNNING, lease_until__lt=Now(), parent=None)
    return abandoned.order_by("lease_until").values_list("id", flat=True)[:WINDOW]
