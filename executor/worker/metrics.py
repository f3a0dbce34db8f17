"""What a worker tells Prometheus about itself, from an address of its own."""

from typing import TYPE_CHECKING

from django.conf import settings
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from reliability.figures import PROCESS, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from executor.worker.pooled import PooledWorker


class WorkerGauges(Collector):
    """Read from the worker at each scrape."""

    def __init__(self, worker: "PooledWorker") -> None:
        self._worker = worker

    def collect(self) -> "Iterator[GaugeMetricFamily]":
        active, size = len(self._worker.running), self._worker.concurrency
        used = 1.0 if self._worker.closing.is_set() else active / size
        yield GaugeMetricFamily("execution_manager_active_runs", "Executions at work in this worker.", active)
        yield GaugeMetricFamily("execution_manager_pool_size", "Executions that this worker runs at once.", size)
        yield GaugeMetricFamily(
            "execution_manager_utilization_ratio", "Used places; 1 once the worker has been asked to end.", used
        )


def serve_metrics(worker: "PooledWorker") -> None:
    """From WORKER_METRICS_PORT on, if it is set: of several workers on a machine each takes the next free port."""
    if not settings.WORKER_METRICS_PORT:
        return
    registry = CollectorRegistry()
    registry.register(WorkerGauges(worker))
    registry.register(PROCESS)
    serve(registry, first_port=settings.WORKER_METRICS_PORT)
