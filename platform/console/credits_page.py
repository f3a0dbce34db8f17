"""What the credits page shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from console.credits_forms import CreditsForm, forms_for
from console.usage_bars import DayBar, day_bars
from credits.cursors import next_cursor, read_cursor
from credits.history import Item, Page, read_page
from credits.models import Account
from credits.naming import graph_names
from credits.payments.auto_top_up import wish_of
from credits.payments.customers import saved_cards
from credits.payments.errors import PaymentsUnavailable
from credits.payments.providers import current_provider
from credits.payments.providers.protocol import Card
from credits.spendable import spent_on
from credits.usage import usage_by
from reliability.errors import SluiceError

ITEMS, DAYS = 20, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """graph: the name of the graph whose execution it was; empty for what was no execution."""

    item: Item
    graph: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paying:
    """Whether and how credits can be bought here. problem: why the cards cannot be shown."""

    is_possible: bool
    is_sandbox: bool = False
    cards: list[Card] = field(default_factory=list)
    problem: str = ""


def page_of(account: Account, *, now: datetime, cursor: str, bound: Mapping[str, CreditsForm]) -> dict[str, Any]:
    """bound: the form that was sent and refused, by its name. Raises CursorInvalid."""
    bars = _usage(account, now)
    page = _history(account, cursor)
    return {
        "account": account,
        "spent_today": spent_on(account, now.date()),
        "bars": bars,
        "used": sum(bar.credits for bar in bars),
        "history": _named(page),
        "older": next_cursor(page, account, type=""),
        "is_newest": not cursor,
        "paying": paying_of(account),
        "forms": forms_for(wish_of(account), account.low_balance_threshold) | dict(bound),
    }


def paying_of(account: Account) -> Paying:
    try:
        provider = current_provider()
    except PaymentsUnavailable:
        return Paying(is_possible=False)
    try:
        return Paying(is_possible=True, is_sandbox=provider.is_sandbox, cards=saved_cards(account))
    except SluiceError as error:
        return Paying(is_possible=True, is_sandbox=provider.is_sandbox, problem=error.message)


def _usage(account: Account, now: datetime) -> list[DayBar]:
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    return day_bars(usage_by(account, "day", since=first, until=now), last=now.date(), days=DAYS)


def _history(account: Account, cursor: str) -> Page:
    if not cursor:
        return read_page(account, limit=ITEMS)
    where = read_cursor(cursor, account, type="")
    return read_page(account, limit=ITEMS, before=where.before, snapshot=where.snapshot)


def _named(page: Page) -> list[HistoryLine]:
    names = graph_names(item.head.graph for item in page.items if item.is_execution)
    return [
        HistoryLine(item=item, graph=names.get(item.head.graph or "", "") if item.is_execution else "")
        for item in page.items
    ]
