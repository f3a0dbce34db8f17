"""How many credits this process has moved. The ledger is the truth; this also counts what was rolled back."""

from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import Counter

from credits.models import TransactionType
from credits.outcomes import Posted
from reliability.figures import PROCESS

_family = Counter(
    "sluice_credits", "Credits that this process has moved, without their signs.", ["type"], registry=PROCESS
)
_counters = {kind.value: _family.labels(kind.value) for kind in TransactionType}


def note(posted: Sequence[Posted]) -> None:
    """Count what is posted to one account at once."""
    credits: Tally[str] = Tally()
    for one in posted:
        credits[one.entry.type] += abs(one.entry.change)
    for kind, amount in credits.items():
        _counters[kind].inc(amount)
