"""What a worker tells Prometheus about itself, from an address of its own."""

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from executor.worker.pooled import PooledWorker

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"


class WorkerGauges(Collector):
    """Read from the worker at each scrape."""

    def __init__(self, worker: "PooledWorker") -> None:
        self._worker = worker

    def collect(self) -> "Iterator[GaugeMetricFamily]":
        active, size = len(self._worker.running), self._worker.concurrency
        used = 1.0 if self._worker.closing.is_set() else active / size
        yield GaugeMetricFamily("sluice_active_executions", "Executions at work in this worker.", active)
        yield GaugeMetricFamily("sluice_worker_pool_size", "Executions that this worker runs at once.", size)
        yield GaugeMetricFamily(
            "sluice_worker_utilisation_ratio", "Used places; 1 once the worker has been asked to end.", used
        )


def serve_metrics(worker: "PooledWorker") -> None:
    """At WORKER_METRICS_PORT of the loopback, if there is one. Of several workers the first gets it."""
    if not settings.WORKER_METRICS_PORT:
        return
    registry = CollectorRegistry()
    registry.register(WorkerGauges(worker))
    try:
        start_http_server(settings.WORKER_METRICS_PORT, addr=HOST, registry=registry)
    except OSError as error:
        logger.warning("No metrics here", extra={"action": "metrics_failed", "reason": str(error)})
