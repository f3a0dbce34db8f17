"""How much money is on its way in, and for how long: read from the database at each scrape."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import Error
from django.db.models import Count, Min
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from credits.payments.models import Payment, PaymentStatus
from reliability.figures import Asked


class PaymentFigures(Collector):
    def collect(self) -> Iterator[Metric]:
        found = Payment.objects.filter(status=PaymentStatus.PENDING).aggregate(n=Count("id"), oldest=Min("created_at"))
        yield GaugeMetricFamily("sluice_payments_pending", "Payments that are neither paid nor given up.", found["n"])
        begun = found["oldest"]
        age = max(0, (datetime.now(UTC) - begun).total_seconds()) if begun else 0
        yield GaugeMetricFamily("sluice_payments_pending_oldest_seconds", "How old the oldest of them is.", age)


def add_figures() -> None:
    """Put them on the site's /metrics."""
    REGISTRY.register(Asked(PaymentFigures(), away=(Error,)))
