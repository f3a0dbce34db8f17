"""How much there is still to be told, and how long it has waited: read from the database at each scrape."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import Error
from django.db.models import Count, Min
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from notifications.models import Delivery, DeliveryStatus, Notice
from reliability.figures import Asked


class OutboxFigures(Collector):
    def collect(self) -> Iterator[Metric]:
        now = datetime.now(UTC)
        notices = Notice.objects.filter(spread_at=None).aggregate(number=Count("id"), oldest=Min("happened_at"))
        waiting = Delivery.objects.filter(status=DeliveryStatus.WAITING, next_at__isnull=False)
        due = waiting.filter(next_at__lte=now).aggregate(oldest=Min("next_at"))
        depth = GaugeMetricFamily("sluice_outbox_depth", "What is still to be told.", labels=["stage"])
        depth.add_metric(["notice"], notices["number"])
        depth.add_metric(["delivery"], waiting.count())
        yield depth
        age = GaugeMetricFamily("sluice_outbox_oldest_seconds", "How late the oldest of it is.", labels=["stage"])
        age.add_metric(["notice"], _seconds(notices["oldest"], now))
        age.add_metric(["delivery"], _seconds(due["oldest"], now))
        yield age


def add_figures() -> None:
    """Put them on the site's /metrics."""
    REGISTRY.register(Asked(OutboxFigures(), away=(Error,)))


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
