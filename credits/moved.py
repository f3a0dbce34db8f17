"""How many credits this process has moved, in whole numbers. The ledger is the truth: this forgets with the process."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from threading import Lock

from django.db import transaction
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from credits.models import TransactionType
from credits.outcomes import Posted
from reliability.figures import PROCESS


class MovedCredits(Collector):
    """By type of transaction, without their signs."""

    def __init__(self) -> None:
        self._totals = {kind.value: 0 for kind in TransactionType}
        self._lock = Lock()

    def add(self, amounts: Mapping[str, int]) -> None:
        with self._lock:
            for kind, amount in amounts.items():
                self._totals[kind] += amount

    def total(self, kind: TransactionType) -> int:
        return self._totals[kind.value]

    def collect(self) -> Iterable[CounterMetricFamily]:
        family = CounterMetricFamily("sluice_credits", "Credits that this process has moved.", labels=["type"])
        for kind, total in self._totals.items():
            family.add_metric([kind], total)
        yield family


moved = MovedCredits()
PROCESS.register(moved)


def note(posted: Sequence[Posted]) -> None:
    """Count what is posted to one account at once, after its commit.

    What is posted by a commit whose answer was lost is not counted.
    """
    amounts: Tally[str] = Tally()
    for one in posted:
        amounts[one.entry.type.value] += abs(one.entry.change)
    if amounts:
        transaction.on_commit(partial(moved.add, amounts))
