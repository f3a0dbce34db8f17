"""How many schedules there are, and how late the next one is: read from the database at each scrape."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import Error
from django.db.models import Count, Min, Q
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from executor.schedules.models import Schedule
from reliability.figures import Asked


class ScheduleFigures(Collector):
    def collect(self) -> Iterator[Metric]:
        runs = Q(is_paused=False, next_at__isnull=False)
        found = Schedule.objects.aggregate(
            active=Count("id", filter=runs),
            paused=Count("id", filter=Q(is_paused=True)),
            due=Min("next_at", filter=runs),
        )
        number = GaugeMetricFamily("sluice_schedules", "Schedules that have not ended.", labels=["status"])
        number.add_metric(["active"], found["active"])
        number.add_metric(["paused"], found["paused"])
        yield number
        late = (datetime.now(UTC) - found["due"]).total_seconds() if found["due"] else 0.0
        yield GaugeMetricFamily("sluice_schedules_late_seconds", "How late the next of them is.", max(0.0, late))


def add_figures() -> None:
    """Put them on the site's /metrics."""
    REGISTRY.register(Asked(ScheduleFigures(), away=(Error,)))
