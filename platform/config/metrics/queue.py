"""What RQ says of its queue and workers."""

from collections.abc import Iterator

from django_rq.contrib.prometheus import RQCollector
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from config.health.heartbeats import client

ANSWER_SECONDS = 1.0


class QueueFigures(Collector):
    """django-rq's collector, which would wait for ever for a Redis that does not answer. Raises RedisError."""

    def collect(self) -> Iterator[Metric]:
        with client(seconds=ANSWER_SECONDS) as redis:
            redis.ping()
        yield from RQCollector().collect()
