"""The doorbell: tells a worker that an execution waits. Losing a ring costs seconds; the sweeper rings again."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from executor.dispatch.bell import job_id, put, queue
from executor.dispatch.dispatching import ring_in_turn
from executor.models import GraphExecution

__all__ = ["job_id", "queue", "ring", "ring_on_commit"]


def ring_on_commit(execution_id: UUID) -> None:
    """Once the transaction that queued the execution has committed, ring for it, or let it wait for its turn."""
    transaction.on_commit(lambda: ring_in_turn(execution_id))


def ring(execution_id: UUID) -> bool:
    """Ring at once, for an execution that has its place already. False if Redis cannot be reached."""
    now = datetime.now(UTC)
    if not put([execution_id], now):
        return False
    GraphExecution.objects.filter(id=execution_id).update(dispatched_at=now)
    return True
