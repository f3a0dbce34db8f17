"""What `/metrics` says of waiting and running executions, and of repairs. Read from the database at each scrape."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import connection
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from executor.dispatch.database import one
from executor.dispatch.models import RepairCount
from executor.dispatch.statements import statements
from executor.models import GraphExecution
from executor.statuses import Status

#: Told before there were any: leases that have ended, and rings that were repeated.
ALWAYS_TOLD = ("taken_over", "rung_again")


class DispatchMetrics(Collector):
    """The same, whichever process is asked."""

    def collect(self) -> Iterator[Metric]:
        row = one(statements(connection.vendor).standing, {})
        assert row is not None
        queued = GraphExecution.objects.filter(status=Status.QUEUED)
        yield GaugeMetricFamily("sluice_running_executions", "Executions that run.", row[0])
        yield GaugeMetricFamily("sluice_rung_executions", "Executions in the queue, on their way to a worker.", row[1])
        yield GaugeMetricFamily("sluice_queued_executions", "Executions that wait, those included.", queued.count())
        yield GaugeMetricFamily("sluice_oldest_queued_seconds", "How long the oldest of them has waited.", _oldest())
        repairs = CounterMetricFamily("sluice_repairs", "What the sweeper had to repair.", labels=["kind"])
        none = dict.fromkeys(ALWAYS_TOLD, 0)
        for kind, total in (none | dict(RepairCount.objects.values_list("kind", "total"))).items():
            repairs.add_metric([kind], total)
        yield repairs


def _oldest() -> float:
    queued = GraphExecution.objects.filter(status=Status.QUEUED, parent=None)
    begun = queued.order_by("created_at").values_list("created_at", flat=True).first()
    return max(0.0, (datetime.now(UTC) - begun).total_seconds()) if begun else 0.0
