"""What became of a job is written down whatever happens, and its place in the worker is free again."""

import asyncio
import json
from collections.abc import Callable
from threading import Thread

import pytest
from django.conf import LazySettings
from rq import Queue
from rq.executions import Execution as JobExecution
from rq.job import Job

from executor.worker.pooled import PooledWorker
from executor.worker.refusing import CheckedJob
from executor.worker.running import RunningJob, Why
from tests.executor.worker import jobs

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_SECONDS = 20


@pytest.fixture
def worker(queue: Queue) -> PooledWorker:
    return PooledWorker([queue], connection=queue.connection)


def taken(job: Job, worker: PooledWorker) -> RunningJob:
    """Written down as running in this worker, which has not begun it."""
    read = CheckedJob.fetch(job.id, connection=worker.connection)
    with worker.connection.pipeline() as pipeline:
        execution = JobExecution.create(read, 60, pipeline=pipeline, worker_name=worker.name)
        read.prepare_for_execution(worker.name, pipeline=pipeline)
        pipeline.execute()
    return RunningJob(read, worker.queue, execution)


def write_all(worker: PooledWorker, *ended: RunningJob) -> None:
    for running in ended:
        worker.outcomes.put(running)
    worker.outcomes.close()
    writing = Thread(target=worker.outcomes.run, daemon=True)
    writing.start()
    writing.join(WAIT_SECONDS)
    assert not writing.is_alive()


def test_an_outcome_with_a_fault_frees_its_place_and_its_neighbours_are_written(
    queue: Queue, worker: PooledWorker
) -> None:
    odd, good = (taken(queue.enqueue(jobs.nap, 0, result_ttl=60), worker) for _ in range(2))
    worker.running = {running.execution.id: running for running in (odd, good)}
    odd.job.started_at = "no time"
    write_all(worker, odd, good)
    assert worker.running == {}
    assert good.job.get_status(refresh=True) == "finished"


def by_command(worker: PooledWorker, running: RunningJob) -> None:
    worker.handle_payload({"data": json.dumps({"command": "stop-job", "job_id": running.job.id})})


def at_once(worker: PooledWorker, running: RunningJob) -> None:
    running.cancel(Why.STOP)


@pytest.mark.parametrize("stop", [by_command, at_once])
def test_a_job_that_is_stopped_before_it_begins_is_stopped(
    queue: Queue, worker: PooledWorker, settings: LazySettings, stop: Callable[[PooledWorker, RunningJob], None]
) -> None:
    settings.RQ_ALLOWED_JOBS = jobs.ALLOWED.split(",")
    running = taken(queue.enqueue(jobs.nap, 600), worker)

    async def scene() -> None:
        worker._loop = asyncio.get_running_loop()
        worker.admit([running])
        stop(worker, running)
        await asyncio.to_thread(write_all_from_loop)

    def write_all_from_loop() -> None:
        ended = worker.outcomes._ended.get(timeout=WAIT_SECONDS)
        assert ended is running
        write_all(worker, running)

    asyncio.run(scene())
    assert running.job.get_status(refresh=True) == "stopped"
    assert worker.running == {}
