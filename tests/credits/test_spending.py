"""One filter, and what is asked of the rows that it lets through."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from accounts.models import User
from credits.ledger import adjust, charge, grant, refund, reverse, top_up
from credits.models import Account, Transaction, TransactionType
from credits.orders import Order, new_entry
from credits.posting import post
from credits.spending import TOP, Day, Filter, Share, Totals, add_up, days, top_blocks, top_graphs, top_users, totals
from tests.credits.cast import ada

pytestmark = pytest.mark.django_db


def at(moment: datetime, account: Account, amount: int, **reference: str) -> None:
    """One row of a chosen time."""
    type = TransactionType.USAGE if amount < 0 else TransactionType.GRANT
    key = f"{moment.isoformat()}{amount}"
    order: Order = new_entry(type, amount, key=key, reason="For a test", reference=reference)
    post("id", account.pk, [order], now=moment)


def amounts(**wanted: Any) -> list[int]:
    return list(Filter(**wanted).rows().values_list("amount", flat=True))


def named(email: str) -> Account:
    account: Account = User.objects.create_user(email).credit_account
    return account


def test_totals_add_up_to_the_net() -> None:
    account = ada()
    grant(account, amount=100, key="a", reason="")
    top_up(account, amount=500, key="b", reason="")
    charge(account, amount=30, key="c", reason="")
    reverse(charge(account, amount=7, key="d", reason=""), reason="Our fault")
    refund(account, amount=200, key="e", reason="")
    adjust(account, amount=-3, key="f", reason="Given by mistake")
    found = totals(Filter().rows())
    assert found == Totals(count=7, spent=37, granted=100, topped_up=500, refunded=200, adjusted=-3, reversed=7)
    assert found.net == Account.objects.get(pk=account.pk).balance == 367


def test_totals_of_nothing_are_zero() -> None:
    assert totals(Filter().rows()) == add_up([])
    assert add_up([]).net == 0


def test_both_days_of_the_range_are_in_it() -> None:
    account = named("ada@example.org")
    for amount, moment in enumerate(
        (
            datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(2026, 3, 2, tzinfo=UTC),
            datetime(2026, 3, 3, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(2026, 3, 4, tzinfo=UTC),
        ),
        start=1,
    ):
        at(moment, account, amount)
    assert amounts(since=date(2026, 3, 2), until=date(2026, 3, 3)) == [3, 2]
    assert amounts(since=date(2026, 3, 4)) == [4]
    assert amounts(until=date(2026, 3, 1)) == [1]


def test_each_part_of_the_filter_counts() -> None:
    first, second = named("ada@example.org"), named("grace@example.org")
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    at(noon, first, 100)
    at(noon, second, 200)
    at(noon, first, -1, block="b1", graph="g1")
    at(noon, second, -2, block="b2", graph="g1")
    at(noon, second, -3, block="b1", graph="g2")
    assert sorted(amounts(user="ADA@")) == [-1, 100]
    assert sorted(amounts(type="GRANT")) == [100, 200]
    assert sorted(amounts(block="b1")) == [-3, -1]
    assert sorted(amounts(graphs=frozenset({"g1"}))) == [-2, -1]
    assert amounts(graphs=frozenset()) == []
    assert amounts(user="grace", block="b1", type="USAGE", graphs=frozenset({"g2", "g3"})) == [-3]


def test_wildcards_in_an_address_are_letters() -> None:
    ada(100)
    assert amounts(user="%") == amounts(user="a_a") == []


def test_days_are_of_utc_and_tell_out_from_in() -> None:
    account = named("ada@example.org")
    at(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), account, 100)
    at(datetime(2026, 3, 2, 0, 30, tzinfo=UTC), account, -30)
    at(datetime(2026, 3, 2, 23, 30, tzinfo=UTC), account, 5)
    assert days(Filter().rows()) == [Day(date(2026, 3, 1), 0, 100), Day(date(2026, 3, 2), 30, 5)]


def test_tops_are_those_that_spent_most() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    first, second, third = named("ada@example.org"), named("grace@example.org"), named("eve@example.org")
    for account in (first, second, third):
        at(noon, account, 100)
    at(noon, first, -1, block="b1", graph="g1")
    at(noon, second, -5, block="b2", graph="g1")
    assert top_users(Filter().rows()) == [
        Share("grace@example.org", 2, 5, 95),
        Share("ada@example.org", 2, 1, 99),
        Share("eve@example.org", 1, 0, 100),
    ]
    assert top_blocks(Filter().rows()) == [Share("b2", 1, 5, -5), Share("b1", 1, 1, -1)]
    assert top_graphs(Filter().rows()) == [Share("g1", 2, 6, -6)]
    assert top_blocks(Filter(user="ada").rows()) == [Share("b1", 1, 1, -1)]


def test_what_was_given_back_is_spent_and_not_in_the_net() -> None:
    account = ada(100)
    reverse(charge(account, amount=7, key="d", reason="", reference={"block": "b1"}), reason="Our fault")
    assert top_blocks(Filter().rows()) == [Share("b1", 2, 7, 0)]


def test_only_so_many_are_named() -> None:
    account = ada(100)
    for number in range(TOP + 1):
        charge(account, amount=1, key=f"k{number}", reason="", reference={"block": f"b{number}"})
    assert len(top_blocks(Filter().rows())) == TOP


def test_rows_are_newest_first() -> None:
    account = ada(100)
    charge(account, amount=1, key="a", reason="")
    charge(account, amount=2, key="b", reason="")
    assert amounts() == [-2, -1, 100]
    assert Filter().rows().model is Transaction
