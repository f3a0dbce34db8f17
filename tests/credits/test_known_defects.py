"""Designs that have lost or made up credits elsewhere, each beside what the ledger does in its place.

The designs are models of a few lines, stepped by hand through the moment at which they go wrong: it always comes.
"""

from collections.abc import Generator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from credits.errors import InsufficientBalance, InvalidAmount
from credits.holds import hold, settle
from credits.ledger import charge, grant, refund, top_up
from credits.models import Account, Transaction
from credits.orders import AMOUNT_MAX
from credits.reckoning import BALANCE_MAX
from credits.statements import TRANSACTION
from reliability.ids import uuid7
from tests.credits.cast import ada, amounts_of, assert_adds_up, balance_of
from tests.credits.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

INT_MAX = 2**31 - 1
Steps = Generator[None, None, None]


class Wallet:
    """A balance in a row of its own, made with the first movement, and entries beside it."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE wallet (owner integer PRIMARY KEY, balance bigint NOT NULL)")
        self.entries: list[int] = []

    @property
    def balance(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT balance FROM wallet WHERE owner = 1")
            row = cursor.fetchone()
        return 0 if row is None else row[0]

    def write(self, balance: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO wallet VALUES (1, %s) ON CONFLICT (owner) DO UPDATE SET balance = excluded.balance",
                [balance],
            )

    def add(self, amount: int) -> Steps:
        """Read, which locks no row that is not there yet; then write what was reckoned from it."""
        before = self.balance
        yield
        self.write(max(-INT_MAX - 1, min(INT_MAX, before + amount)))
        self.entries.append(amount)


@pytest.fixture
def wallet() -> Iterator[Wallet]:
    yield Wallet()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE wallet")


def interleave(*runs: Steps) -> None:
    """One step of each, then the next of each."""
    waiting = list(runs)
    while waiting:
        waiting = [run for run in waiting if next(run, "ended") != "ended"]


def now() -> datetime:
    return datetime.now(UTC)


# --- The first movement of an account that is not there yet


def test_account_made_with_its_first_movement_loses_one(wallet: Wallet) -> None:
    interleave(wallet.add(100), wallet.add(50))
    assert wallet.balance != sum(wallet.entries) == 150


def test_account_made_with_its_user_loses_none() -> None:
    for number in range(10):
        account = User.objects.create_user(f"new{number}@example.org").credit_account
        at_once(4, lambda part, pk=account.pk: grant(pk, amount=10**part, key=f"{part}", reason=""))
        assert balance_of(account.pk) == 1111
    assert_adds_up()


# --- One payment that is told of twice


def test_check_before_the_lock_credits_twice(wallet: Wallet) -> None:
    pending = {"cs_1"}

    def enable(key: str, amount: int) -> Steps:
        if key in pending:
            yield
            pending.discard(key)
            interleave(wallet.add(amount))

    interleave(enable("cs_1", 500), enable("cs_1", 500))
    assert wallet.balance == 1000


def test_same_key_credits_once_however_many_come_at_once() -> None:
    account = ada()
    made = at_once(8, lambda number: top_up(account.pk, amount=500, key="pi_1", reason=f"{number}").pk)
    assert len(set(made)) == 1
    assert amounts_of(account.pk) == [500]


# --- Amounts at the edge of what a column holds


def test_clamped_balance_is_no_sum_any_more(wallet: Wallet) -> None:
    interleave(wallet.add(INT_MAX))
    interleave(wallet.add(1))
    assert wallet.balance == INT_MAX
    assert sum(wallet.entries) == INT_MAX + 1


def test_amount_that_does_not_fit_is_refused_whole() -> None:
    account = ada()
    for number in range(BALANCE_MAX // AMOUNT_MAX):
        grant(account, amount=AMOUNT_MAX, key=f"{number}", reason="")
    before = balance_of(account.pk)
    with pytest.raises(InvalidAmount):
        grant(account, amount=BALANCE_MAX - before + 1, key="too much", reason="")
    assert balance_of(account.pk) == before
    assert_adds_up()


def test_32_bits_are_no_edge() -> None:
    account = ada(INT_MAX)
    assert grant(account, amount=1, key="k", reason="").running_balance == INT_MAX + 1
    refund(account, amount=INT_MAX + 3, key="r", reason="")
    assert balance_of(account.pk) == -2
    assert_adds_up()


# --- Spending nothing, and less


def test_negative_spending_is_a_back_door(wallet: Wallet) -> None:
    interleave(wallet.add(-1 * -100))
    assert wallet.balance == 100


@pytest.mark.parametrize("amount", [0, -1, -100])
def test_spending_nothing_or_less_is_refused(amount: int) -> None:
    account = ada(5)
    with pytest.raises(InvalidAmount):
        charge(account, amount=amount, key="k", reason="")
    assert amounts_of(account.pk) == [5]


# --- A change in two parts, of which the second fails


def test_parts_that_commit_apart_are_half_done(wallet: Wallet) -> None:
    half = wallet.add(100)
    next(half)
    wallet.write(100)
    half.close()
    assert (wallet.balance, wallet.entries) == (100, [])


def test_change_whose_second_part_fails_has_not_happened() -> None:
    account = ada(100)
    _take_the_next_seq(account.pk)
    with pytest.raises(DatabaseError):
        charge(account, amount=30, key="k", reason="")
    assert balance_of(account.pk) == 100
    assert not Transaction.objects.filter(key="k").exists()


# --- Costs that are known only afterwards


def test_checks_before_the_work_let_both_through(wallet: Wallet) -> None:
    def node(cost: int) -> Steps:
        if wallet.balance >= cost:
            yield
            interleave(wallet.add(-cost))

    interleave(wallet.add(10))
    interleave(node(8), node(8))
    assert wallet.balance == -6


def test_hold_lets_one_through() -> None:
    account = ada(10)
    later = now() + timedelta(hours=1)
    started = []
    for key in ("a", "b"):
        with suppress(InsufficientBalance):
            started.append(hold(account, amount=8, key=key, expires_at=later))
    assert [settle(of, cost=8, reason="").cost for of in started] == [8]
    assert balance_of(account.pk) == 2
    assert_adds_up()


def _take_the_next_seq(account_id: UUID) -> None:
    """Put a row where the next transaction would go: the balance can be written, the transaction cannot."""
    with connection.cursor() as cursor, transaction.atomic():
        columns = ", ".join(TRANSACTION)
        taken = columns.replace("id,", "%s,", 1).replace("seq", "seq + 1").replace("key", "'taken'")
        new_id = uuid7() if connection.vendor == "postgresql" else uuid7().hex
        cursor.execute(f"INSERT INTO credits_transaction ({columns}) SELECT {taken} FROM credits_transaction", [new_id])
    assert Account.objects.get(pk=account_id).last_seq == 1
