"""The command with the queue: a real Redis, a registered worker, the engine somewhere else."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings
from django.db import connections
from pytest_django.fixtures import Settings
from redis import Redis
from rq import Queue, Worker

from executor.jobs import run_execution
from executor.models import GraphExecution
from tests.console.graphs import echo
from tests.console.running import ada, rungraph

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 20


@pytest.fixture
def queue(redis_url: str) -> Iterator[Queue]:
    with Redis.from_url(redis_url) as connection:
        yield Queue(settings.EXECUTION_QUEUE, connection=connection, serializer="rq.serializers.JSONSerializer")


def test_without_redis_it_offers_inline_and_launches_nothing(tmp_path: Path, settings: Settings) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    ada()
    answer = rungraph(echo(tmp_path), "-i", "word=hello")
    assert (answer.code, answer.out) == (1, "")
    assert "Redis does not answer" in answer.told
    assert "--inline" in answer.told
    assert not GraphExecution.objects.exists()


@pytest.mark.usefixtures("redis_url")
def test_without_a_worker_it_offers_inline_and_launches_nothing(tmp_path: Path) -> None:
    ada()
    answer = rungraph(echo(tmp_path), "-i", "word=hello")
    assert answer.code == 1
    assert "No worker is running" in answer.told
    assert "--inline" in answer.told
    assert not GraphExecution.objects.exists()


def test_with_a_worker_it_launches_through_the_queue_and_follows(tmp_path: Path, queue: Queue) -> None:
    ada()
    Worker([queue], connection=queue.connection).register_birth()
    worker = Thread(target=work_once, args=(queue,))
    worker.start()
    answer = rungraph(echo(tmp_path), "-i", "word=hello", "--json")
    worker.join(PATIENCE_SECONDS)
    assert answer.code == 0, answer.told
    assert answer.objects[-1]["outputs"] == {"said": ["hello"]}


def work_once(queue: Queue) -> None:
    """Take one job off the queue and run it."""
    taken = Queue.dequeue_any([queue], PATIENCE_SECONDS, connection=queue.connection, serializer=queue.serializer)
    try:
        assert taken is not None
        asyncio.run(run_execution(*taken[0].args))
    finally:
        connections.close_all()
