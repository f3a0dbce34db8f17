"""Keeps the page small, whatever has been asked for since the start."""

import logging
from collections.abc import Iterable, Sequence

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)

#: Of django-prometheus, those with a series for each view, status, method and bucket. What they add up to is told.
LEFT_OUT = frozenset(
    {
        "django_http_requests_latency_seconds_by_view_method",
        "django_http_requests_total_by_view_transport_method",
        "django_http_responses_total_by_status_view_method",
        "django_http_responses_total_by_templatename",
        "django_http_exceptions_total_by_view",
        "django_migrations_applied_total",
        "django_migrations_unapplied_total",
    }
)
SERIES_MAX = 2000


class Bounded(Collector):
    """What these say, but for what is left out; a family that would take the page over SERIES_MAX is left out too."""

    def __init__(self, parts: Sequence[Collector]) -> None:
        self._parts = parts

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        room = SERIES_MAX
        for part in self._parts:
            for family in part.collect():
                if family.name in LEFT_OUT:
                    continue
                room -= len(family.samples)
                if room >= 0:
                    yield family
                else:
                    room += len(family.samples)
                    logger.error("Too many figures", extra={"action": "figures_left_out", "family": family.name})
