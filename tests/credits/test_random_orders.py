"""Any orders in any batches: the account adds up after each, and the database says what the decision alone says."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from credits.models import Account, Hold, HoldStatus, Transaction, TransactionType
from credits.orders import Entry, Order, SetAside
from credits.outcomes import Closed, Counted, Held, Outcome, Posted, Refused
from credits.posting import post
from credits.reckoning import Reckoning
from credits.standing import Fee, Standing
from tests.credits.cast import assert_adds_up
from tests.credits.random_orders import NOW, orders

FEE = Fee(credits=1, every=4)
OVERDRAFT = 3


def new_reckoning(overdraft: int) -> Reckoning:
    standing = Standing(
        account_id=uuid4(),
        user_id=UUID(int=1),
        balance=0,
        held=0,
        overdraft=overdraft,
        last_seq=0,
        low_balance_threshold=0,
        today=NOW.date(),
    )
    return Reckoning(standing, {}, {}, fee=FEE)


class Books:
    """A second, simpler book-keeping: it believes the outcomes and adds up what they mean."""

    def __init__(self, overdraft: int) -> None:
        self.overdraft = overdraft
        self.changes: list[int] = []
        self.open: dict[UUID, int] = {}
        self.refunds = 0

    def enter(self, order: Order, outcome: Outcome) -> None:
        match outcome:
            case Posted():
                self.changes.append(outcome.entry.change)
                self.refunds += outcome.entry.type is TransactionType.REFUND
            case Counted():
                self.changes += [-1] * outcome.fee
            case Held():
                assert isinstance(order, SetAside)
                self.open[outcome.hold_id] = order.amount
            case Closed():
                self.open.pop(outcome.hold_id, None)
                self.changes += [outcome.posted.entry.change] if outcome.posted else []

    def check(self, standing: Standing) -> None:
        balance, held = sum(self.changes), sum(self.open.values())
        assert (standing.balance, standing.held, standing.last_seq) == (balance, held, len(self.changes))
        assert balance - held >= -self.overdraft - standing.debt
        if not self.refunds:
            assert standing.debt == 0


@settings(max_examples=300, deadline=None)
@given(st.lists(orders(), max_size=40), st.sampled_from([0, OVERDRAFT]))
def test_account_adds_up_after_each_order(wanted: list[Order], overdraft: int) -> None:
    reckoning, books = new_reckoning(overdraft), Books(overdraft)
    for order in wanted:
        (outcome,) = reckoning.run([order])
        books.enter(order, outcome)
        books.check(reckoning.standing)
    seqs = [(posted.seq, posted.running_balance) for posted in reckoning.posted]
    assert seqs == [(number, sum(books.changes[:number])) for number in range(1, len(books.changes) + 1)]


@settings(max_examples=300, deadline=None)
@given(st.lists(orders(), max_size=40))
def test_nothing_is_refused_that_could_be_paid(wanted: list[Order]) -> None:
    reckoning = new_reckoning(OVERDRAFT)
    for order in wanted:
        available = reckoning.standing.available
        (outcome,) = reckoning.run([order])
        if isinstance(outcome, Refused) and outcome.error.code == "insufficient_balance":
            asked = order.amount if isinstance(order, SetAside) else None
            asked = -order.change if isinstance(order, Entry) else asked
            assert asked is None or asked > available


@pytest.mark.django_db
@pytest.mark.parametrize("examples", [25, pytest.param(250, marks=pytest.mark.slow)])
def test_batches_leave_in_the_database_what_the_decision_says(settings: LazySettings, examples: int) -> None:
    settings.EXECUTION_FEE_CREDITS, settings.EXECUTION_FEE_EVERY = FEE.credits, FEE.every
    _try_batches(examples)
    assert_adds_up()


def _try_batches(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(st.lists(st.lists(orders(), max_size=8), max_size=8))
    def attempt(wanted: list[list[Order]]) -> None:
        account = open_account()
        reckoning = new_reckoning(OVERDRAFT)
        for batch in wanted:
            with transaction.atomic():
                outcomes = post("id", account.pk, batch, now=NOW)
            assert list(map(in_short, outcomes)) == list(map(in_short, reckoning.run(batch)))
        assert in_database(account) == in_decision(reckoning)

    attempt()


def open_account() -> Account:
    account: Account = User.objects.create_user(f"{uuid4()}@example.org").credit_account
    Account.objects.filter(pk=account.pk).update(overdraft=OVERDRAFT)
    return account


def in_short(outcome: Outcome) -> Any:
    match outcome:
        case Posted():
            return outcome.seq, outcome.running_balance
        case Refused():
            return outcome.error.code
        case Closed():
            return outcome.posted and outcome.posted.running_balance, outcome.uncovered
        case Counted():
            return outcome.fee, outcome.owed is not None
        case _:
            return type(outcome)


def in_database(account: Account) -> tuple[Any, ...]:
    account.refresh_from_db()
    lines = Transaction.objects.filter(account=account).order_by("seq").values_list("key", "amount", "running_balance")
    holds = Hold.objects.filter(account=account).values_list("key", "status", "amount", "cost", "uncovered")
    settled = Hold.objects.filter(account=account, status=HoldStatus.SETTLED, cost__gt=0)
    assert all(hold.transaction is not None or hold.cost == hold.uncovered for hold in settled)
    return _figures(account), list(map(_key_apart, lines)), sorted(holds)


def in_decision(reckoning: Reckoning) -> tuple[Any, ...]:
    lines = [(posted.entry.key, posted.entry.change, posted.running_balance) for posted in reckoning.posted]
    holds = [(key, hold.status, hold.amount, hold.cost, hold.uncovered) for key, hold in reckoning._holds.items()]
    return _figures(reckoning.standing), list(map(_key_apart, lines)), sorted(holds)


def _figures(of: Account | Standing) -> Sequence[int]:
    names = ("balance", "held", "debt", "last_seq", "spent_today", "node_executions", "fee_charged_to")
    return [getattr(of, name) for name in names]


def _key_apart(line: tuple[str, int, int]) -> tuple[str, int, int]:
    """A reversal's key names a transaction of its own ledger."""
    key, amount, balance = line
    return key.partition("reversal:")[0] or "reversal", amount, balance
