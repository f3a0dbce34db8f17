"""`manage.py rqworker`, as a process: what it listens to, and what is left when it is killed."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from config.embedded_redis import EmbeddedRedis
from tests.house.processes import ROOT, environment, is_alive, manage, wait_until

LONG_SECONDS = 600


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sluice-worker-") as path:
        yield Path(path)


@pytest.fixture
def queue(home: Path) -> Iterator[Queue]:
    with EmbeddedRedis(home / "redis") as redis, Redis.from_url(redis.url) as client:
        yield Queue("executions", connection=client, serializer=JSONSerializer)


def test_without_flags_it_runs_the_jobs_of_executions(home: Path, queue: Queue) -> None:
    job = queue.enqueue("operator.add", 1, 2)
    with _worker(home):
        wait_until(lambda: job.get_status() == "finished")
    assert job.return_value() == 3


def test_it_listens_to_that_queue_alone_and_ends_at_sigterm(home: Path, queue: Queue) -> None:
    with _worker(home) as worker:
        wait_until(lambda: [one.get_state() for one in Worker.all(connection=queue.connection)] == ["idle"])
        assert Worker.all(connection=queue.connection)[0].queue_names() == ["executions"]
    assert worker.returncode == 0


def test_a_killed_worker_takes_its_execution_with_it(home: Path, queue: Queue) -> None:
    queue.enqueue("time.sleep", LONG_SECONDS, job_timeout=-1)
    with _worker(home) as worker:
        wait_until(lambda: _children(worker.pid))
        [horse] = _children(worker.pid)
        worker.kill()
        worker.wait()
        wait_until(lambda: not is_alive(horse))


def test_several_queues_are_refused(home: Path) -> None:
    done = manage("rqworker", "executions", "other", home=home)
    assert done.returncode == 1
    assert "A worker listens to one queue, not to 2" in done.stderr


@contextmanager
def _worker(home: Path) -> "Iterator[subprocess.Popen[bytes]]":
    log = (home / "worker.log").open("wb")
    worker = subprocess.Popen(
        [sys.executable, ROOT / "manage.py", "rqworker"], env=environment(home), stdout=log, stderr=log
    )
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait(20)
        log.close()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
