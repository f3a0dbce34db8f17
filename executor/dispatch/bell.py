"""The queue itself: jobs that tell workers of executions. Redis may lose or repeat them without harm."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Callback, Queue
from rq.serializers import JSONSerializer

logger = logging.getLogger(__name__)

RUN = "executor.jobs.run_execution"
STOPPED = "executor.jobs.stop_execution"
FAILURE_TTL_SECONDS = 24 * 3600
#: A start must not wait for a Redis that does not answer: the execution is stored, and is rung later.
PATIENCE_SECONDS = 2.0


def put(execution_ids: Sequence[UUID], now: datetime) -> bool:
    """Put a job for each of them on the queue, in order. False if Redis cannot be reached."""
    jobs = [
        Queue.prepare_data(
            RUN,
            (str(execution_id),),
            job_id=job_id(execution_id, now),
            timeout=-1,
            result_ttl=0,
            failure_ttl=FAILURE_TTL_SECONDS,
            on_stopped=Callback(STOPPED),
        )
        for execution_id in execution_ids
    ]
    try:
        queue().enqueue_many(jobs)
    except (RedisError, OSError) as error:
        logger.warning("The queue cannot be reached", extra={"action": "ring_failed", "reason": str(error)})
        return False
    return True


def jobs_in_queue() -> set[str]:
    """The ids of all jobs that no worker has taken yet. Raises RedisError."""
    return set(queue().get_job_ids())


def queue() -> Queue:
    """The queue of executions, whose client asks once and waits a little."""
    url = settings.RQ_QUEUES[settings.EXECUTION_QUEUE]["URL"]
    return Queue(settings.EXECUTION_QUEUE, connection=_client(url), serializer=JSONSerializer, default_timeout=-1)


def job_id(execution_id: UUID, dispatched_at: datetime) -> str:
    """Each ring is a job of its own: RQ keeps the hash of one that died with its worker."""
    return f"execution-{execution_id}-{int(dispatched_at.timestamp() * 1000)}"


@cache
def _client(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
