"""What RQ promises for a job holds for each of many that run at once in one process."""

import pytest
from rq import Callback, Queue, Retry
from rq.command import send_stop_job_command
from rq.job import Job

from tests.executor.worker import jobs
from tests.executor.worker.cast import Notes, has_ended, listening, worker
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 16


def test_one_process_runs_many_jobs_and_keeps_the_promises_of_rq(queue: Queue, notes: Notes) -> None:
    with worker(queue) as started:
        _many_run_at_once(queue, started.pid)
        _one_is_stopped(queue, notes)
        _time_limits_hold(queue)
        _failures_are_tried_again(queue, notes)
        _dependents_follow(queue, notes)
        _plain_functions_run_too(queue)


def _many_run_at_once(queue: Queue, pid: int) -> None:
    made = [queue.enqueue(jobs.nap, 1.0, result_ttl=60) for _ in range(MANY)]
    wait_until(lambda: queue.started_job_registry.get_job_count(cleanup=False) == MANY)
    [seen] = listening(queue)
    assert (seen.get_state(), seen.current_execution_count) == ("busy", MANY)
    wait_until(lambda: all(job.is_finished for job in made))
    assert {job.return_value() for job in made} == {pid}
    wait_until(lambda: queue.started_job_registry.get_job_count(cleanup=False) == 0)
    wait_until(lambda: [one.get_state() for one in listening(queue)] == ["idle"])


def _one_is_stopped(queue: Queue, notes: Notes) -> None:
    long = queue.enqueue(jobs.nap, 600, on_stopped=Callback(jobs.stopped))
    other = queue.enqueue(jobs.nap, 0.5)
    wait_until(lambda: long.is_started and other.is_started)
    send_stop_job_command(queue.connection, long.id, serializer=queue.serializer)
    wait_until(lambda: long.is_stopped and other.is_finished)
    assert notes.count("stopped") == 1
    assert long.id in queue.failed_job_registry.get_job_ids(cleanup=False)


def _time_limits_hold(queue: Queue) -> None:
    late, spinning = queue.enqueue(jobs.nap, 600, job_timeout=1), queue.enqueue(jobs.plain, 600, job_timeout=1)
    wait_until(lambda: late.is_failed and spinning.is_failed)
    assert "exceeded maximum timeout value (1 seconds)" in _why(late)
    assert "exceeded maximum timeout value (1 seconds)" in _why(spinning)


def _failures_are_tried_again(queue: Queue, notes: Notes) -> None:
    failing = queue.enqueue(jobs.fail, retry=Retry(max=2), on_failure=Callback(jobs.badly))
    wait_until(lambda: failing.is_failed)
    assert (notes.count("fail"), notes.count("badly ValueError")) == (3, 3)
    assert "as wanted" in _why(failing)


def _dependents_follow(queue: Queue, notes: Notes) -> None:
    first = queue.enqueue(jobs.nap, 0.2, on_success=Callback(jobs.well))
    second = queue.enqueue(jobs.nap, 0, depends_on=first)
    wait_until(lambda: second.is_finished)
    assert notes.count("well") == 1


def _plain_functions_run_too(queue: Queue) -> None:
    job = queue.enqueue(jobs.plain)
    wait_until(lambda: has_ended(job))
    assert job.return_value() == "plain"


def _why(job: Job) -> str:
    result = job.latest_result()
    assert result is not None
    return str(result.exc_string)
