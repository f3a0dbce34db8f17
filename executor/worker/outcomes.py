"""The thread that writes down in Redis what became of jobs, many at a time."""

import contextlib
import logging
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from redis.client import Pipeline
from redis.exceptions import RedisError, WatchError
from rq.callbacks import execute_stopped_callback
from rq.exceptions import InvalidJobOperation
from rq.job import JobStatus
from rq.utils import now

from executor.worker.running import RunningJob, Why

if TYPE_CHECKING:
    from executor.worker.pooled import PooledWorker

logger = logging.getLogger(__name__)

BATCH = 64
#: Jobs with callbacks and failures, at the same time: they must not delay the others.
SLOW = 8
#: Tries while Redis does not answer, and the pause between them. After that RQ's own record of the job expires.
TRIES = 60
PAUSE_SECONDS = 0.5


class Outcomes:
    """Takes ended jobs from the loop. Each leaves the worker when RQ knows what became of it."""

    def __init__(self, worker: "PooledWorker") -> None:
        self._worker = worker
        self._ended: queue.SimpleQueue[RunningJob | None] = queue.SimpleQueue()
        self._slow = ThreadPoolExecutor(SLOW, "outcomes")
        self._stopped_here = threading.local()

    def put(self, ended: RunningJob) -> None:
        self._ended.put(ended)

    def close(self) -> None:
        """Nothing more will come; the thread ends when everything is written down."""
        self._ended.put(None)

    @property
    def stopped_job_id(self) -> str | None:
        """The job that this thread writes down as stopped: RQ asks for it while it does so."""
        return getattr(self._stopped_here, "job_id", None)

    @stopped_job_id.setter
    def stopped_job_id(self, job_id: str | None) -> None:
        self._stopped_here.job_id = job_id

    def run(self) -> None:
        """The thread."""
        is_open = True
        while is_open:
            ended = self._next()
            is_open = None not in ended
            jobs = [job for job in ended if job is not None]
            plain = self._write_plain(jobs)
            for job in jobs:
                if job in plain:
                    self._worker.release(job)
                else:
                    self._slow.submit(self._write_one, job)
        self._slow.shutdown(wait=True)

    def _next(self) -> list[RunningJob | None]:
        """Wait for one, and take all others that are there."""
        ended = [self._ended.get()]
        with contextlib.suppress(queue.Empty):
            while len(ended) < BATCH and ended[-1] is not None:
                ended.append(self._ended.get_nowait())
        return ended

    # --- what RQ does for a job that returned and has no dependents, for many in one transaction

    def _write_plain(self, jobs: list[RunningJob]) -> list[RunningJob]:
        """Those that are written. All others have to be written one by one, where each has its own faults."""
        try:
            plain = [job for job in jobs if job.ended_plainly]
            if plain:
                self._write_finished(plain)
        except (RedisError, OSError, InvalidJobOperation):  # also if one of them has got a dependent, or is gone
            return []
        except Exception:
            logger.exception("The ends of jobs have a fault", extra={"action": "outcomes_failed"})
            return []
        return plain

    def _write_finished(self, jobs: list[RunningJob]) -> None:
        worker = self._worker
        with worker.connection.pipeline() as pipeline:
            dependents = [running.job.dependents_key for running in jobs]
            pipeline.watch(*dependents)
            if pipeline.exists(*dependents):
                raise WatchError
            pipeline.multi()
            seconds = sum(_finish(running, worker, pipeline) for running in jobs)
            pipeline.hincrby(worker.key, "successful_job_count", len(jobs))
            pipeline.hincrbyfloat(worker.key, "total_working_time", seconds)
            pipeline.execute()

    # --- all others, one by one, as RQ does it

    def _write_one(self, running: RunningJob) -> None:
        """Redis may be away for a while. What cannot be written then is taken for lost by RQ, which is harmless."""
        try:
            for _ in range(TRIES):
                try:
                    return self._write(running)
                except (RedisError, OSError):
                    if self._worker.closing.wait(PAUSE_SECONDS):
                        break
            logger.error("A job's end could not be written", extra={"action": "outcome_lost", "job": running.job.id})
        except InvalidJobOperation:
            logger.warning("Redis has forgotten a job", extra={"action": "job_forgotten", "job": running.job.id})
        except Exception:
            logger.exception("A job's end has a fault", extra={"action": "outcome_failed", "job": running.job.id})
        finally:
            self._worker.release(running)

    def _write(self, running: RunningJob) -> None:
        worker, job = self._worker, running.job
        if running.error[0] is None:
            worker._finalize_success(job, running.queue, running.execution, running.result)
        elif running.why is Why.STOP:
            self._write_stopped(running)
        elif running.why is Why.SHUTDOWN:
            self._put_back(running)
        else:
            worker._finalize_failure(job, running.queue, running.execution, running.error)

    def _write_stopped(self, running: RunningJob) -> None:
        worker, job = self._worker, running.job
        job.ended_at, self.stopped_job_id = now(), job.id
        try:
            execute_stopped_callback(job, worker.death_penalty_class)
        except Exception:
            logger.exception("A stopped callback failed", extra={"action": "callback_failed", "job": job.id})
        try:
            worker.handle_job_failure(
                job, running.queue, exc_string="Job stopped by user.", execution=running.execution
            )
        finally:
            self.stopped_job_id = None

    def _put_back(self, running: RunningJob) -> None:
        """At the front of the queue, without counting as a try: this is how other workers hear of it at once."""
        with self._worker.connection.pipeline() as pipeline:
            self._worker.cleanup_execution(running.job, pipeline=pipeline, execution=running.execution)
            running.queue._enqueue_job(running.job, pipeline=pipeline, at_front=True)
            pipeline.execute()


def _finish(running: RunningJob, worker: "PooledWorker", pipeline: Pipeline) -> float:
    """Seconds it has worked."""
    job, execution = running.job, running.execution
    job.ended_at, job._status = now(), JobStatus.FINISHED
    ttl = job.get_result_ttl(worker.default_result_ttl)
    if ttl != 0:
        job._handle_success(
            ttl,
            pipeline=pipeline,
            worker_name=worker.name,
            execution_id=execution.id,
            execution_started_at=execution.created_at,
            execution_ended_at=job.ended_at,
        )
    job.cleanup(ttl, pipeline=pipeline, remove_from_queue=False)
    execution.delete(job=job, pipeline=pipeline)
    return (job.ended_at - job.started_at).total_seconds() if job.started_at else 0.0
