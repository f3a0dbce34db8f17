"""Redis is killed, with all it knew, under a worker that is at work: the worker stays, and is found again."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Queue
from rq.command import send_stop_job_command
from rq.serializers import JSONSerializer

from config.embedded_redis import EmbeddedRedis
from executor.statuses import Status
from tests.executor.building import build, result
from tests.executor.running import fresh, outputs, started
from tests.executor.worker import jobs
from tests.executor.worker.cast import listening, worker
from tests.factories import make_user
from tests.house.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def own_redis() -> Iterator[EmbeddedRedis]:
    with tempfile.TemporaryDirectory(prefix="sluice-lost-") as folder, EmbeddedRedis(Path(folder) / "redis") as redis:
        yield redis


def test_a_worker_survives_a_redis_that_is_killed_and_comes_back_empty(
    own_redis: EmbeddedRedis, tmp_path: Path
) -> None:
    ada, log = make_user(), tmp_path / "log"
    graph = {"p": ("Pause", {"value": 1, "seconds": 3, "log": str(log)}), "out": result("out")}
    executions = [started(ada, build(graph, ["p.value -> out.value"])) for _ in range(8)]
    with Redis.from_url(own_redis.url) as client:
        queue = Queue("executions", connection=client, serializer=JSONSerializer, default_timeout=-1)
        for execution in executions:
            queue.enqueue("executor.jobs.run_execution", str(execution.id))
        with worker(queue, REDIS_URL=own_redis.url) as only:
            wait_until(lambda: log.exists() and log.read_text().count("start") == 8)
            _lose(own_redis)
            wait_until(lambda: all(fresh(execution).status == Status.COMPLETED for execution in executions))
            assert [outputs(execution) for execution in executions] == [{"out": [2]}] * 8
            wait_until(lambda: [one.pid for one in _seen(queue)] == [only.pid])
            _it_works_and_hears_commands(queue)


def _lose(redis: EmbeddedRedis) -> None:
    assert redis.process is not None
    redis.process.kill()
    redis.process.wait()
    shutil.rmtree(redis.folder)
    redis.start()


def _seen(queue: Queue) -> list[object]:
    try:
        return list(listening(queue))
    except RedisConnectionError:
        return []


def _it_works_and_hears_commands(queue: Queue) -> None:
    job = queue.enqueue(jobs.nap, 600)
    wait_until(lambda: job.is_started)
    wait_until(lambda: queue.connection.pubsub_numsub(f"rq:pubsub:{listening(queue)[0].name}")[0][1] == 1)
    send_stop_job_command(queue.connection, job.id, serializer=queue.serializer)
    wait_until(lambda: job.is_stopped)
