"""How a worker ends, and what becomes of the executions that it had."""

import signal
import time
from pathlib import Path

import pytest
from rq import Queue
from rq.command import send_stop_job_command

from accounts.models import User
from executor.models import GraphExecution
from executor.statuses import TERMINAL, Status
from tests.executor.building import build, result
from tests.executor.processes import kill, process
from tests.executor.running import fresh, outputs, started
from tests.executor.worker import jobs
from tests.executor.worker.cast import Notes, listening, worker
from tests.factories import make_user
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

#: So long that only a hand-over at once, not the end of a lease, lets another worker go on in the time of a test.
LONG_LEASE = {"LEASE_SECONDS": "600", "LEASE_RENEW_SECONDS": "1"}


@pytest.fixture
def ada() -> User:
    return make_user()


def pausing(user: User, seconds: float, log: Path) -> GraphExecution:
    nodes = {"p": ("Pause", {"value": 1, "seconds": seconds, "log": str(log)}), "out": result("out")}
    return started(user, build(nodes, ["p.value -> out.value"]))


def begun(log: Path, count: int) -> bool:
    return log.exists() and log.read_text().count("start") >= count


def test_sigterm_lets_running_executions_end_and_takes_no_more(
    ada: User, queue: Queue, notes: Notes, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with worker(queue) as one:
        running = [pausing(ada, 2, log) for _ in range(5)]
        wait_until(lambda: begun(log, 5))
        one.send_signal(signal.SIGTERM)
        wait_until(lambda: listening(queue)[0].shutdown_requested_date)
        late = queue.enqueue(jobs.nap, 0)
        assert one.wait(20) == 0
    assert [fresh(execution).status for execution in running] == [Status.COMPLETED] * 5
    assert late.is_queued
    assert listening(queue) == []


def test_what_has_not_ended_in_time_is_handed_to_another_worker_at_once(
    ada: User, queue: Queue, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with worker(queue, WORKER_DRAIN_SECONDS="0.5", **LONG_LEASE) as one:
        execution = pausing(ada, 3, log)
        wait_until(lambda: begun(log, 1))
        one.send_signal(signal.SIGTERM)
        assert one.wait(20) == 0
        handed = fresh(execution)
        assert (handed.status, handed.claims) == (Status.RUNNING, 0)
        with worker(queue, **LONG_LEASE):
            wait_until(lambda: fresh(execution).status in TERMINAL)
    assert (fresh(execution).status, outputs(execution), fresh(execution).fence) == (Status.COMPLETED, {"out": [2]}, 2)


def test_a_second_signal_ends_it_at_once_and_hands_over(ada: User, queue: Queue, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with worker(queue, WORKER_DRAIN_SECONDS="600", **LONG_LEASE) as one:
        execution = pausing(ada, 600, log)
        wait_until(lambda: begun(log, 1))
        one.send_signal(signal.SIGINT)
        one.send_signal(signal.SIGTERM)  # too soon: Ctrl-C reaches a worker twice when it has a parent
        asked = time.monotonic()
        wait_until(lambda: time.monotonic() - asked > 1.1)
        assert one.poll() is None
        one.send_signal(signal.SIGTERM)
        assert one.wait(20) == 0
    assert fresh(execution).status == Status.RUNNING
    assert queue.get_job_ids() != []


def test_stopping_the_job_stops_the_execution(ada: User, queue: Queue, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with worker(queue):
        execution, other = pausing(ada, 600, log), pausing(ada, 1, log)
        wait_until(lambda: begun(log, 2))
        [id] = [id for id in queue.started_job_registry.get_job_ids(cleanup=False) if str(execution.id) in id]
        send_stop_job_command(queue.connection, id, serializer=queue.serializer)
        wait_until(lambda: fresh(execution).status in TERMINAL and fresh(other).status in TERMINAL)
    assert (fresh(execution).status, fresh(execution).error_code) == (Status.TERMINATED, "stopped")
    assert fresh(other).status == Status.COMPLETED


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["executor.worker.PooledWorker", "rq.Worker"])
def test_each_kind_of_worker_runs_executions(ada: User, queue: Queue, tmp_path: Path, kind: str) -> None:
    executions = [pausing(ada, 0.1, tmp_path / "log") for _ in range(3)]
    with worker(queue, "--worker-class", kind):
        wait_until(lambda: all(fresh(execution).status == Status.COMPLETED for execution in executions))


@pytest.mark.slow
def test_a_pool_runs_two_workers_and_ends_with_them(ada: User, queue: Queue, tmp_path: Path) -> None:
    with process("rqworker-pool", "--num-workers", "2", WORKER_DRAIN_SECONDS="5") as pool:
        wait_until(lambda: len(listening(queue)) == 2)
        executions = [pausing(ada, 1, tmp_path / "log") for _ in range(6)]
        wait_until(lambda: all(fresh(execution).status == Status.COMPLETED for execution in executions))
        pool.send_signal(signal.SIGTERM)
        pool.wait(20)
    assert listening(queue) == []
    kill(pool)


def test_a_worker_with_a_dead_thread_ends_instead_of_seeming_to_work(redis_url: str) -> None:
    with process("rqworker", BLOCK_MODULES="tests.executor.worker.broken_threads") as broken:
        assert broken.wait(20) == 1
