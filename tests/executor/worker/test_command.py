"""`manage.py rqworker` without flags: what it listens to, and what it tells."""

import socket
from urllib.request import urlopen

import pytest
from django.core.management import CommandError, call_command
from prometheus_client import REGISTRY, generate_latest
from rq import Queue

from tests.executor.building import build
from tests.executor.running import started
from tests.executor.worker import jobs
from tests.executor.worker.cast import listening, worker
from tests.factories import make_user
from tests.house.processes import wait_until


@pytest.mark.parametrize("command", ["rqworker", "rqworker-pool"])
def test_several_queues_are_refused(command: str) -> None:
    with pytest.raises(CommandError, match="A worker listens to one queue, not to 2"):
        call_command(command, "executions", "other")


@pytest.mark.django_db(transaction=True)
def test_it_listens_to_executions_alone_and_tells_of_its_places_and_work(queue: Queue) -> None:
    port = _free_port()
    with worker(queue, WORKER_CONCURRENCY="4", WORKER_METRICS_PORT=str(port)):
        [seen] = listening(queue)
        assert seen.queue_names() == ["executions"]
        assert queue.connection.hget(seen.key, "places") == b"4"
        waiting = [queue.enqueue(jobs.nap, 2) for _ in range(5)]
        wait_until(lambda: _gauges(port)["execution_manager_active_runs"] == 4.0)
        assert _gauges(port)["execution_manager_pool_size"] == 4.0
        assert _gauges(port)["execution_manager_utilization_ratio"] == 1.0
        assert sum(job.is_queued for job in waiting) == 1
        wait_until(lambda: all(job.is_finished for job in waiting))


@pytest.mark.django_db
def test_the_site_tells_how_many_executions_there_are() -> None:
    started(make_user(), build({"e": ("Echo", {"value": 1})}))
    lines = generate_latest(REGISTRY).decode().splitlines()
    assert 'sluice_executions{status="QUEUED"} 1.0' in lines
    assert 'sluice_executions{status="RUNNING"} 0.0' in lines


def _gauges(port: int) -> dict[str, float]:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines if not line.startswith("#"))}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
