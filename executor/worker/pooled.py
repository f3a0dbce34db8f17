"""The worker: one process, one asyncio loop, many jobs at once.

The main thread is the loop, and nothing else: jobs run there. What RQ promises for each job is kept by threads beside
it: `admission` takes jobs from the queue, `heartbeat` keeps the records of running ones alive, `outcomes` writes down
what became of them, and RQ's own thread hears commands. Nothing of it decides about executions: the database does.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from redis.client import PubSub
from redis.exceptions import RedisError
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import now
from rq.worker.base import BaseWorker, WorkerStatus

from executor.hosting.workplace import shared_workplace
from executor.worker.admission import Admission
from executor.worker.calling import ThreadDeathPenalty, call
from executor.worker.errors import OneQueue
from executor.worker.heartbeat import Heartbeat
from executor.worker.metrics import serve_metrics
from executor.worker.outcomes import Outcomes
from executor.worker.refusing import CheckedJob
from executor.worker.running import RunningJob, Why
from executor.worker.watchdog import watched
from reliability.garbage import collect_seldom

logger = logging.getLogger(__name__)

#: How long cancelled jobs may take to hand back what they had.
HAND_BACK_SECONDS = 10
#: A second signal that comes sooner is the first one, told twice: by Ctrl-C in a terminal, and by the parent.
SAME_SIGNAL_SECONDS = 1.0
#: After that, so long until the process ends, whatever still holds it up.
EXIT_SECONDS = 15


class PooledWorker(BaseWorker):
    """Runs up to WORKER_CONCURRENCY jobs of one queue at once, and only those that are allowed."""

    death_penalty_class = ThreadDeathPenalty
    job_class = CheckedJob

    def __init__(self, queues: Any, *args: Any, **options: Any) -> None:
        options["job_monitoring_interval"] = settings.LEASE_RENEW_SECONDS
        options["maintenance_interval"] = settings.LEASE_SECONDS
        options["job_class"], options["serializer"] = CheckedJob, JSONSerializer
        self.running: dict[str, RunningJob] = {}  # by the id of RQ's execution
        self.concurrency: int = settings.WORKER_CONCURRENCY
        self.drain_seconds: float = settings.WORKER_DRAIN_SECONDS
        #: How long RQ's records of a job last without a heartbeat.
        self.lease_ttl = settings.LEASE_SECONDS + settings.LEASE_RENEW_SECONDS
        self.closing = threading.Event()
        self.ended = threading.Event()
        self.outcomes = Outcomes(self)
        super().__init__(queues, *args, **options)

    @property
    def queue(self) -> Any:
        return self.queues[0]

    @property
    def free_places(self) -> int:
        return self.concurrency - len(self.running)

    # --- what RQ asks a worker for

    @property
    def dequeue_timeout(self) -> int:
        """No command to Redis waits for long, so that a Redis that does not answer is noticed."""
        return 1

    @property
    def _stopped_job_id(self) -> str | None:
        return self.outcomes.stopped_job_id

    @_stopped_job_id.setter
    def _stopped_job_id(self, job_id: str | None) -> None:
        self.outcomes.stopped_job_id = job_id

    def validate_queues(self) -> None:
        """RQ takes from several queues by BLPOP, and what a dying worker had just taken is gone."""
        super().validate_queues()
        if len(self.queues) > 1:
            raise OneQueue(len(self.queues))

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        return self.lease_ttl

    def serialize(self) -> Any:
        """places: how many executions may be rung for this worker."""
        return super().serialize() | {"places": self.concurrency}

    def handle_payload(self, message: dict[str, Any]) -> None:
        """A command from Redis, in RQ's thread. There is no horse that could be killed."""
        payload = json.loads(message["data"])
        command = payload.get("command")
        if command == "shutdown":
            os.kill(os.getpid(), signal.SIGINT)
        elif command in ("stop-job", "stop-execution"):
            for id, job in list(self.running.items()):
                if id == payload.get("execution_id") or (command == "stop-job" and job.job.id == payload.get("job_id")):
                    self._loop.call_soon_threadsafe(job.cancel, Why.STOP)

    def _pubsub_exception_handler(self, error: Exception, pubsub: PubSub, thread: Any) -> None:
        """Whatever it is, commands are heard again once Redis is back."""
        logger.warning("Commands are not heard", extra={"action": "commands_unheard", "reason": str(error)})
        self.closing.wait(1)

    # --- the life of the worker

    def work(
        self,
        burst: bool = False,
        logging_level: str | None = None,
        *args: Any,
        max_jobs: int | None = None,
        max_idle_time: int | None = None,
        with_scheduler: bool = False,
        **options: Any,
    ) -> bool:
        """Work until asked to end, or, with `burst`, until nothing is left to do. Whether a job has ended well."""
        self.bootstrap(logging_level)
        if with_scheduler:
            self._start_scheduler(burst, logging_level)
        collect_seldom()
        self._admission = Admission(self, is_burst=burst, max_jobs=max_jobs, max_idle_seconds=max_idle_time)
        serve_metrics(self)
        self._last_resort = threading.Timer(EXIT_SECONDS, os._exit, (1,))
        self._last_resort.daemon = True
        try:
            asyncio.run(self._work())
        finally:
            self._leave()
            self._last_resort.cancel()
        return self._has_worked

    async def _work(self) -> None:
        """Steps: begin; run what comes until no more is taken; let it end, or cancel it; write everything down."""
        self._loop, self._no_more, self._has_worked = asyncio.get_running_loop(), asyncio.Event(), False
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._asked_to_end)
        writing = _thread(self.outcomes.run, "outcomes")
        async with shared_workplace(), watched():
            _thread(Heartbeat(self).run, "heartbeat")
            _thread(self._admission.run, "admission")
            await self._no_more.wait()
            await self._drain()
            self._last_resort.start()
            self.outcomes.close()
            await asyncio.to_thread(writing.join, HAND_BACK_SECONDS)

    async def _drain(self) -> None:
        tasks = [job.task for job in self.running.values() if job.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=self.drain_seconds)
            self._cancel_all()
            await asyncio.wait(tasks, timeout=HAND_BACK_SECONDS)

    def _asked_to_end(self) -> None:
        """A signal. The second one does not wait for running jobs."""
        asked = self._shutdown_requested_date
        if asked is None:
            self._shutdown_requested_date = now()
            self.handle_warm_shutdown_request()
            self.closing.set()
            self._admission.room.set()
        elif (now() - asked).total_seconds() > SAME_SIGNAL_SECONDS:
            self._cancel_all()

    def _cancel_all(self) -> None:
        for job in list(self.running.values()):
            job.cancel(Why.SHUTDOWN)

    def _leave(self) -> None:
        self.closing.set()
        self.ended.set()
        try:
            self.teardown()
        except (RedisError, OSError) as error:
            logger.warning("Redis was not told of the end", extra={"action": "teardown_failed", "reason": str(error)})

    # --- jobs: the loop, and the threads beside it

    def admit(self, jobs: Sequence[RunningJob]) -> None:
        """From the admission thread: they are written down as running here."""
        for job in jobs:
            self.running[job.execution.id] = job
            self.executions[job.execution.id] = job.execution
        self._loop.call_soon_threadsafe(self._begin, jobs)

    def admission_is_over(self) -> None:
        self._loop.call_soon_threadsafe(self._no_more.set)

    def release(self, job: RunningJob) -> None:
        """From the outcomes thread: RQ knows what became of it."""
        self.running.pop(job.execution.id, None)
        self.executions.pop(job.execution.id, None)
        self._has_worked |= job.error[0] is None
        self._admission.room.set()
        if not self.running and not self.closing.is_set():
            self._now_idle()

    def _now_idle(self) -> None:
        try:
            self.set_state(WorkerStatus.IDLE)
        except (RedisError, OSError):
            logger.warning("Redis was not told of a state", extra={"action": "state_untold"})

    def _begin(self, jobs: Sequence[RunningJob]) -> None:
        for job in jobs:
            job.task = asyncio.create_task(self._run(job), name=job.job.id)

    async def _run(self, job: RunningJob) -> None:
        """Whatever happens in a job is its outcome."""
        try:
            job.begin()
            job.result = await call(job.job)
        except (Exception, asyncio.CancelledError):
            job.error = sys.exc_info()
        finally:
            self.outcomes.put(job)


def _thread(work: Callable[[], None], name: str) -> threading.Thread:
    thread = threading.Thread(target=_or_end, args=(work,), name=name, daemon=True)
    thread.start()
    return thread


def _or_end(work: Callable[[], None]) -> None:
    """Without one of its threads a worker would only seem to work: it ends, and others take over what it has."""
    try:
        work()
    except BaseException:
        logger.critical("A thread of the worker has failed", exc_info=True, extra={"action": "worker_failed"})
        os._exit(1)
