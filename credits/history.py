"""A user's ledger as people read it: whatever one execution has cost is one item, and no item is cut by a page.

Newest first. The pages of a cursor show the ledger as it was when the first of them was read; together they add up to
the balance of that moment.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, Max, Min, QuerySet, Sum, TextField, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from credits.models import Account, Transaction, TransactionType

#: Rows with `time`, `last` (seq), `total`, `started` and `nodes`, one for each item.
Items = QuerySet[Any, dict[str, Any]]

#: Transactions for one execution share an item, all others have one each. A seq and an id never look alike.
_ITEM = Case(
    When(type=TransactionType.USAGE, execution__isnull=False, then=F("execution")),
    default=Cast("seq", TextField()),
    output_field=TextField(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The ledger as it was at its transaction number `seq`; 0 for an empty one. balance: credits."""

    seq: int
    balance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line. head: its newest transaction; amount: credits of all of them.

    Of an execution's item, node_count: node executions that were charged, even if that was taken back; started_at: when
    its first transaction was made.
    """

    head: Transaction
    amount: int
    node_count: int
    started_at: datetime

    @property
    def is_execution(self) -> bool:
        return self.head.type == TransactionType.USAGE and self.head.execution is not None

    @property
    def description(self) -> str:
        if self.is_execution:
            return f"Graph #{(self.head.graph or '?')[:8]} Execution"
        return self.head.reason or self.head.get_type_display()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """next_before: the moment before which the next page begins; None when this is the last one."""

    items: list[Item]
    snapshot: Snapshot
    next_before: datetime | None


def read_page(
    account: Account,
    *,
    limit: int,
    type: str = "",
    before: datetime | None = None,
    snapshot: Snapshot | None = None,
) -> Page:
    """The newest `limit` items, of those that ended before a moment. Four queries at most.

    Items that share the last moment of a page are all on it, even if it is longer then, so that a time is enough to go
    on from. snapshot: of the first page; None for the ledger as it is now.
    """
    seen = snapshot or snapshot_of(account)
    items = _items(account, seen, type)
    if before is not None:
        items = items.filter(time__lt=before)
    rows, has_more = _whole_moments(items, limit)
    next_before = rows[-1]["time"] if has_more else None
    return Page(items=_with_heads(account, rows), snapshot=seen, next_before=next_before)


def snapshot_of(account: Account) -> Snapshot:
    seq, balance = Account.objects.values_list("last_seq", "balance").get(pk=account.pk)
    return Snapshot(seq=seq, balance=balance)


def _items(account: Account, snapshot: Snapshot, type: str) -> Items:
    rows = Transaction.objects.filter(account=account, seq__lte=snapshot.seq)
    if type:
        rows = rows.filter(type=type)
    grouped: Any = rows.annotate(item=_ITEM, node=KT("reference__node_execution")).values("item")
    items: Items = grouped.annotate(
        time=Max("created_at"),
        last=Max("seq"),
        total=Sum("amount"),
        started=Min("created_at"),
        nodes=Count("node", distinct=True),
    )
    return items.order_by("-time", "-last")


def _whole_moments(items: Items, limit: int) -> tuple[list[dict[str, Any]], bool]:
    """The page's rows, and whether there are more after it."""
    found = list(items[: limit + 1])
    if len(found) <= limit:
        return found, False
    page, over = found[:limit], found[limit]
    time, last = page[-1]["time"], page[-1]["last"]
    if over["time"] != time:
        return page, True
    page += items.filter(time=time, last__lt=last)
    return page, items.filter(time__lt=time).exists()


def _with_heads(account: Account, rows: list[dict[str, Any]]) -> list[Item]:
    heads = Transaction.objects.filter(account=account, seq__in=[row["last"] for row in rows])
    by_seq = {head.seq: head for head in heads}
    return [
        Item(head=by_seq[row["last"]], amount=row["total"], node_count=row["nodes"], started_at=row["started"])
        for row in rows
    ]
