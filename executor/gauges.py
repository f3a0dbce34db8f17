"""How many executions there are, for Prometheus: read from the database, so that every web server says the same."""

from collections.abc import Iterable

from django.db import Error
from prometheus_client.core import REGISTRY, GaugeMetricFamily
from prometheus_client.registry import Collector

from executor.models import GraphExecution
from executor.statuses import Status
from reliability.figures import Asked

#: Those that somebody works on, or that wait for it.
COUNTED = (Status.QUEUED, Status.RUNNING)


class ExecutionGauges(Collector):
    """Asks at each scrape. Executions inside others do not count."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        gauge = _gauge()
        for status in COUNTED:
            gauge.add_metric([status.value], GraphExecution.objects.roots().filter(status=status).count())
        return [gauge]


def add_gauges() -> None:
    """Put them on the site's /metrics."""
    REGISTRY.register(Asked(ExecutionGauges(), away=(Error,)))


def _gauge() -> GaugeMetricFamily:
    return GaugeMetricFamily("sluice_executions", "Executions that run, or wait for it.", labels=["status"])
