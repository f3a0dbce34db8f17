"""What a user has used, by block, graph, day or model."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import TruncDate

from credits.models import Account, Transaction, TransactionType
from credits.naming import block_name, graph_names

#: What usage can be added up by. Days are UTC's.
GROUPS: Mapping[str, Any] = {
    "block": F("block"),
    "graph": F("graph"),
    "day": TruncDate("created_at", tzinfo=UTC),
    "model": KT("reference__model"),
}
#: Lines of an answer, the largest first; days are all there.
LINES_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """key: the block's or graph's id, the model, or the day; None for what has none. credits: reversals taken off.

    count: charges.
    """

    key: str | date | None
    name: str
    credits: int
    count: int


def usage_by(account: Account, group_by: str, *, since: datetime, until: datetime) -> list[Line]:
    """What was charged from `since` until before `until`: days in their order, all else by credits. Two queries."""
    charges = Transaction.objects.filter(account=account, type=TransactionType.USAGE)
    grouped = charges.filter(created_at__gte=since, created_at__lt=until).annotate(what=GROUPS[group_by]).values("what")
    added = grouped.annotate(credits=-Sum("amount"), count=Count("pk", filter=Q(reverses=None)))
    rows = list(added.order_by("what") if group_by == "day" else added.order_by("-credits", "what")[:LINES_MAX])
    names = _names(group_by, [row["what"] for row in rows])
    return [
        Line(key=row["what"], name=names.get(row["what"], ""), credits=row["credits"], count=row["count"])
        for row in rows
    ]


def _names(group_by: str, keys: list[Any]) -> Mapping[Any, str]:
    match group_by:
        case "block":
            return {key: block_name(key) for key in keys}
        case "graph":
            return graph_names(keys)
        case _:
            return {key: str(key) for key in keys if key is not None}
