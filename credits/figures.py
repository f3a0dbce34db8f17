"""What the ledger says of itself: to Prometheus, never of one user."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import Error
from django.db.models import Count, F, OuterRef, Subquery, Sum
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from credits.models import Account, Hold, HoldStatus, Transaction
from reliability.figures import Asked

#: Looking for drift reads every account, so its answer is kept for so long.
DRIFT_SECONDS = 60
_SECOND = 10**9  # of the clock, which counts whole nanoseconds


@dataclass(slots=True)
class _Known:
    drifted: int = 0
    until: int = 0


class LedgerFigures(Collector):
    """Read from the database at each scrape."""

    def __init__(self) -> None:
        self._known = _Known()

    def collect(self) -> Iterator[Metric]:
        held = Hold.objects.filter(status=HoldStatus.OPEN).aggregate(number=Count("id"), credits=Sum("amount"))
        yield GaugeMetricFamily("sluice_holds_open", "Holds that are open.", held["number"])
        yield GaugeMetricFamily("sluice_held_credits", "Credits set aside by them.", held["credits"] or 0)
        frozen = Account.objects.filter(frozen_at__isnull=False).count()
        yield GaugeMetricFamily("sluice_accounts_frozen", "Accounts that may spend nothing.", frozen)
        overdrawn = Account.objects.filter(balance__lt=0).count()
        yield GaugeMetricFamily("sluice_accounts_overdrawn", "Accounts whose balance is below zero.", overdrawn)
        yield GaugeMetricFamily(
            "sluice_ledger_drift_accounts", "Accounts whose balance is not that of their newest entry.", self._drifted()
        )

    def _drifted(self) -> int:
        if time.monotonic_ns() >= self._known.until:
            self._known = _Known(drifted(), time.monotonic_ns() + DRIFT_SECONDS * _SECOND)
        return self._known.drifted


def drifted() -> int:
    """Accounts whose balance is not the running balance of their newest transaction."""
    newest = Transaction.objects.filter(account=OuterRef("pk"), seq=OuterRef("last_seq")).values("running_balance")
    accounts = Account.objects.annotate(running=Subquery(newest))
    with_entries = accounts.filter(last_seq__gt=0).exclude(running=F("balance")).count()
    return with_entries + accounts.filter(last_seq=0).exclude(balance=0).count()


def add_figures() -> None:
    """Put them on the site's /metrics."""
    REGISTRY.register(Asked(LedgerFigures(), away=(Error,)))
