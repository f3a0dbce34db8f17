"""What was spent, given and bought: one filter, and what is asked of the rows that it lets through."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from credits.models import Transaction, TransactionType

#: How many users, blocks and graphs are named.
TOP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which transactions are meant; what is empty lets all through.

    since, until: days (UTC), both included.  user: a part of the e-mail address.  graphs: ids of root graphs.
    """

    since: date | None = None
    until: date | None = None
    user: str = ""
    type: str = ""
    block: str = ""
    graphs: frozenset[str] | None = None

    def rows(self) -> QuerySet[Transaction]:
        """Newest first."""
        return Transaction.objects.filter(self.condition()).order_by("-created_at", "-id")

    def condition(self) -> Q:
        wanted = Q()
        if self.since:
            wanted &= Q(created_at__gte=_midnight(self.since))
        if self.until:
            wanted &= Q(created_at__lt=_midnight(self.until) + timedelta(days=1))
        if self.user:
            wanted &= Q(account__user__email__icontains=self.user)
        if self.type:
            wanted &= Q(type=self.type)
        if self.block:
            wanted &= Q(block=self.block)
        if self.graphs is not None:
            wanted &= Q(graph__in=self.graphs)
        return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Credits. What reversals have taken back or given back is in `reversed` only, so that all add up to `net`."""

    count: int
    spent: int
    granted: int
    topped_up: int
    refunded: int
    adjusted: int
    reversed: int

    @property
    def net(self) -> int:
        return self.granted + self.topped_up + self.adjusted + self.reversed - self.spent - self.refunded


@dataclass(frozen=True, slots=True)
class Share:
    """One user's, block's or graph's part. spent and net: credits."""

    key: str
    count: int
    spent: int
    net: int


@dataclass(frozen=True, slots=True)
class Day:
    """Credits that went out and came in on one day (UTC), both ≥ 0."""

    day: date
    out: int
    into: int


def totals(rows: QuerySet[Transaction]) -> Totals:
    original = Sum("amount", filter=Q(reverses=None), default=0)
    found = rows.order_by().values_list("type")
    return add_up(found.annotate(original=original, all=Sum("amount"), number=Count("id")))


def add_up(groups: Iterable[tuple[str, int, int, int]]) -> Totals:
    """groups, one a type: (type, sum of amounts without reversals, sum of all, count). Pure."""
    sums: dict[str, int] = {}
    reversed = count = 0
    for type, original, amount, number in groups:
        sums[type] = original
        reversed += amount - original
        count += number
    return Totals(
        count=count,
        spent=-sums.get(TransactionType.USAGE, 0),
        granted=sums.get(TransactionType.GRANT, 0),
        topped_up=sums.get(TransactionType.TOP_UP, 0),
        refunded=-sums.get(TransactionType.REFUND, 0),
        adjusted=sums.get(TransactionType.ADJUSTMENT, 0),
        reversed=reversed,
    )


def days(rows: QuerySet[Transaction]) -> list[Day]:
    """Those on which something happened, in their order."""
    found = rows.order_by().annotate(day=TruncDate("created_at", tzinfo=UTC)).values_list("day")
    out, into = Sum("amount", filter=Q(amount__lt=0), default=0), Sum("amount", filter=Q(amount__gt=0), default=0)
    return [Day(day, -gone, come) for day, gone, come in found.annotate(out=out, into=into).order_by("day")]


def top_users(rows: QuerySet[Transaction]) -> list[Share]:
    """By e-mail address."""
    return _top(rows, "account__user__email")


def top_blocks(rows: QuerySet[Transaction]) -> list[Share]:
    """By block id."""
    return _top(rows.exclude(block=None), "block")


def top_graphs(rows: QuerySet[Transaction]) -> list[Share]:
    """By the root graph's id."""
    return _top(rows.exclude(graph=None), "graph")


def _top(rows: QuerySet[Transaction], field: str) -> list[Share]:
    """Those that spent most; of those that spent nothing, the ones with the most transactions."""
    usage = Q(type=TransactionType.USAGE, reverses=None)
    found = rows.order_by().values_list(field)
    found = found.annotate(number=Count("id"), gone=Sum("amount", filter=usage, default=0), net=Sum("amount"))
    return [Share(key, number, -gone, net) for key, number, gone, net in found.order_by("gone", "-number", field)[:TOP]]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
