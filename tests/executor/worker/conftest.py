"""One worker process for several tests, and the queue that it listens to."""

from collections.abc import Iterator

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from tests.executor.worker.cast import Notes


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue("executions", connection=redis, serializer=JSONSerializer, default_timeout=-1)


@pytest.fixture
def notes(redis: Redis) -> Notes:
    return Notes(redis)
