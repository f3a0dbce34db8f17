"""Entries of the queue that are no jobs, whoever has put them there: they are removed, and the worker lives on."""

import logging
from collections.abc import Iterable
from typing import cast

from rq.job import JOB_ID_PATTERN
from rq.queue import Queue

logger = logging.getLogger(__name__)


def is_job_id(entry: bytes) -> bool:
    """Whether RQ would have made it: it may be anything, and not even text."""
    return JOB_ID_PATTERN.fullmatch(entry.decode("ascii", "replace")) is not None


def remove(queue: Queue, entries: Iterable[bytes], *, reason: str) -> None:
    """Take them out of the queue and of the list of those that were just taken, however often they are there."""
    for entry in entries:
        logger.warning(
            "An odd entry was removed", extra={"action": "odd_entry", "entry": repr(entry[:100]), "reason": reason}
        )
        for key in (queue.key, queue.intermediate_queue_key):
            queue.connection.lrem(key, 0, entry)  # type: ignore[arg-type]


def remove_forgotten(queue: Queue) -> None:
    """Those that a worker had just taken when it was killed. RQ, which cleans up there, could not read them."""
    taken = cast(list[bytes], queue.connection.lrange(queue.intermediate_queue_key, 0, -1))
    remove(queue, [entry for entry in taken if not is_job_id(entry)], reason="It is no job's id.")
