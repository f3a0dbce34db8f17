"""Ordering a summary when an execution has ended, if the settings ask for summaries."""

import logging
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError

from executor.dispatch.ring import queue
from executor.events import ExecutionFinished
from executor.summary.job import SUMMARISED

logger = logging.getLogger(__name__)

SUMMARISE = "executor.summary.job.summarise_execution"
#: A job that a worker gave up, and one that nobody took.
FAILURE_TTL_SECONDS = 3600
WAITS_SECONDS = 3600
TIMEOUT_SECONDS = 120


def order_summary(event: object, **kwargs: Any) -> None:
    """Listens to `executor.events.execution_events`. Without Redis there is no summary."""
    if not (settings.ACTIVITY_SUMMARY and settings.ACTIVITY_SUMMARY_MODEL):
        return
    if not isinstance(event, ExecutionFinished) or event.status not in SUMMARISED:
        return
    try:
        queue().enqueue(
            SUMMARISE,
            event.execution_id,
            job_id=f"summary-{event.execution_id}",
            job_timeout=TIMEOUT_SECONDS,
            ttl=WAITS_SECONDS,
            result_ttl=0,
            failure_ttl=FAILURE_TTL_SECONDS,
        )
    except (RedisError, OSError) as error:
        logger.warning("A summary could not be ordered", extra={"action": "summary_lost", "reason": str(error)})
