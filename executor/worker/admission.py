"""The thread that takes jobs from the queue while there is room for them."""

import logging
import threading
import time
from typing import TYPE_CHECKING

from redis.client import Pipeline
from redis.exceptions import RedisError
from rq.executions import Execution as JobExecution
from rq.queue import Queue
from rq.suspension import is_suspended
from rq.worker.base import WorkerStatus

from executor.worker import odd_entries
from executor.worker.refusing import CheckedJob
from executor.worker.running import RunningJob

if TYPE_CHECKING:
    from executor.worker.pooled import PooledWorker

logger = logging.getLogger(__name__)

#: Jobs that are taken in one go.
BATCH = 32
#: How long Redis is asked to wait for a job.
WAIT_SECONDS = 1
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


class Admission:
    """Takes jobs until the worker closes.

    is_burst: also ends when nothing is left to do.  max_jobs, max_idle_seconds: also after so many, after so long.
    """

    def __init__(
        self, worker: "PooledWorker", *, is_burst: bool, max_jobs: int | None, max_idle_seconds: float | None
    ) -> None:
        self._worker = worker
        self._is_burst = is_burst
        self._left = max_jobs
        self._max_idle_seconds = max_idle_seconds
        self._busy_at = time.monotonic()
        #: Somebody has left, so that there may be room.
        self.room = threading.Event()

    def run(self) -> None:
        """The thread. Redis may go and come back meanwhile."""
        pause = FIRST_PAUSE_SECONDS
        while not self._is_over():
            try:
                self._take()
                pause = FIRST_PAUSE_SECONDS
            except (RedisError, OSError) as error:
                logger.warning("The queue cannot be read", extra={"action": "queue_unreadable", "reason": str(error)})
                self._worker.closing.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        self._worker.admission_is_over()
        self._tell_of_the_end()

    def _tell_of_the_end(self) -> None:
        """For those who look at the worker in Redis: it was asked to end, and takes no more."""
        try:
            if self._worker.closing.is_set():
                self._worker.set_shutdown_requested_date()
        except (RedisError, OSError) as error:
            logger.warning("Redis was not told", extra={"action": "end_untold", "reason": str(error)})

    def _is_over(self) -> bool:
        if self._worker.closing.is_set() or self._left == 0:
            return True
        if self._worker.running:
            self._busy_at = time.monotonic()
            return False
        idle = time.monotonic() - self._busy_at
        return self._max_idle_seconds is not None and idle >= self._max_idle_seconds

    def _take(self) -> None:
        """Take what there is, as far as there is room; wait a little if there is nothing."""
        worker = self._worker
        self.room.clear()
        free = min(worker.free_places, BATCH, self._left if self._left is not None else BATCH)
        if free <= 0 or is_suspended(worker.connection, worker):
            self.room.wait(WAIT_SECONDS)
            return
        ids = self._pop(free)
        if ids and worker.closing.is_set():
            self._put_back(ids)
        elif ids:
            self._admit(ids)
        elif self._is_burst:
            self._left = 0 if not worker.running else self._left
            self.room.wait(WAIT_SECONDS)

    def _pop(self, most: int) -> list[bytes]:
        """Job ids, or what else is there, moved to RQ's intermediate list: from there RQ takes what gets lost."""
        redis, queue = self._worker.connection, self._worker.queue
        if self._is_burst:
            first = redis.lmove(queue.key, queue.intermediate_queue_key)
        else:
            first = redis.blmove(queue.key, queue.intermediate_queue_key, WAIT_SECONDS)
        if first is None:
            return []
        more = min(most - 1, redis.llen(queue.key))
        with redis.pipeline(transaction=False) as pipeline:
            for _ in range(more):
                pipeline.lmove(queue.key, queue.intermediate_queue_key)
            return [id for id in (first, *pipeline.execute()) if id is not None]

    def _put_back(self, ids: list[bytes]) -> None:
        """They came when this worker was about to end."""
        queue = self._worker.queue
        with self._worker.connection.pipeline() as pipeline:
            pipeline.lpush(queue.key, *reversed(ids))
            for id in ids:
                pipeline.lrem(queue.intermediate_queue_key, 1, id)  # type: ignore[arg-type]
            pipeline.execute()

    def _admit(self, ids: list[bytes]) -> None:
        """Let the loop run them. One that nobody could foresee must not hold up the others, nor end the worker."""
        try:
            admitted = self._start_all(self._read(ids))
        except (RedisError, OSError):
            raise
        except Exception as error:
            if len(ids) > 1:
                for id in ids:
                    self._admit([id])
                return
            logger.exception("A job cannot be taken", extra={"action": "job_untaken", "job": repr(ids[0])})
            odd_entries.remove(self._worker.queue, ids, reason=type(error).__name__)
            return
        if self._left is not None:
            self._left -= len(admitted)
        self._worker.admit(admitted)

    def _read(self, ids: list[bytes]) -> list[CheckedJob]:
        """Those that exist; all others leave the queue."""
        worker = self._worker
        named = [id for id in ids if odd_entries.is_job_id(id)]
        odd_entries.remove(worker.queue, set(ids) - set(named), reason="It is no job's id.")
        jobs = worker.job_class.fetch_many([id.decode() for id in named], worker.connection, worker.serializer)
        gone = [id for id, job in zip(named, jobs, strict=True) if job is None]
        odd_entries.remove(worker.queue, gone, reason="There is no job of this id.")
        return [job for job in jobs if job is not None]

    def _start_all(self, jobs: list[CheckedJob]) -> list[RunningJob]:
        """Write down in one transaction that they run here."""
        if not jobs:
            return []
        worker, queue = self._worker, self._worker.queue
        with worker.connection.pipeline() as pipeline:
            admitted = [self._start(job, queue, pipeline) for job in jobs]
            worker.set_state(WorkerStatus.BUSY, pipeline=pipeline)
            pipeline.execute()
        return admitted

    def _start(self, job: CheckedJob, queue: Queue, pipeline: Pipeline) -> RunningJob:
        worker = self._worker
        if job.refusal:
            job.overwrite(pipeline)
        job.redis_server_version = worker.get_redis_server_version()
        job.origin = queue.name
        execution = JobExecution.create(job, worker.lease_ttl, pipeline=pipeline, worker_name=worker.name)
        job.prepare_for_execution(worker.name, pipeline=pipeline)
        pipeline.persist(job.key)
        pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
        return RunningJob(job, queue, execution)
