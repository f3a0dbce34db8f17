"""The doorbell: tells a worker that an execution waits. Losing a ring costs seconds; the sweeper rings again."""

import logging
from datetime import UTC, datetime
from uuid import UUID

import django_rq
from django.conf import settings
from django.db import transaction
from redis.exceptions import RedisError
from rq import Queue

from executor.models import GraphExecution

logger = logging.getLogger(__name__)

RUN = "executor.jobs.run_execution"
FAILURE_TTL_SECONDS = 24 * 3600


def ring_on_commit(execution_id: UUID) -> None:
    """Ring once the transaction that made the execution has committed."""
    transaction.on_commit(lambda: ring(execution_id))


def ring(execution_id: UUID) -> bool:
    """Put a job for the execution on the queue. False if Redis cannot be reached; the execution keeps waiting."""
    now = datetime.now(UTC)
    try:
        queue().enqueue(
            RUN,
            str(execution_id),
            job_id=job_id(execution_id, now),
            job_timeout=-1,
            result_ttl=0,
            failure_ttl=FAILURE_TTL_SECONDS,
        )
    except (RedisError, OSError) as error:
        logger.warning("The queue cannot be reached", extra={"action": "ring_failed", "reason": str(error)})
        return False
    GraphExecution.objects.filter(id=execution_id).update(dispatched_at=now)
    return True


def is_waiting(execution_id: UUID, dispatched_at: datetime) -> bool:
    """Whether the job of that ring is still in the queue. Raises RedisError."""
    return queue().get_job_position(job_id(execution_id, dispatched_at)) is not None


def queue() -> Queue:
    return django_rq.get_queue(settings.EXECUTION_QUEUE)


def job_id(execution_id: UUID, dispatched_at: datetime) -> str:
    """Each ring is a job of its own: RQ keeps the hash of one that died with its worker."""
    return f"execution-{execution_id}-{int(dispatched_at.timestamp() * 1000)}"
