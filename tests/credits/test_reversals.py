"""Transactions that take others back."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from credits.batch import charge_many
from credits.errors import AlreadyReversed, InsufficientBalance, InvalidText
from credits.holds import hold, settle
from credits.ledger import adjust, card_check, charge, grant, refund, reverse, top_up
from credits.models import Account, Transaction, TransactionType
from credits.orders import Order, Reverse
from credits.outcomes import AlreadyPosted, Posted
from tests.credits.cast import ada, amounts_of, assert_adds_up, balance_of
from tests.credits.test_races import at_once

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _adds_up() -> Iterator[None]:
    yield
    assert_adds_up()


def charged(account: Account, amount: int = 30) -> Transaction:
    return charge(account, amount=amount, key="k", reason="Ran", reference={"graph": "g"})


def test_reversal_is_a_linked_row_of_the_same_type_and_the_opposite_amount() -> None:
    account = ada(100)
    original, root = charged(account), User.objects.create_superuser("root@example.org")
    reversal = reverse(original, reason=" Our fault ", actor=root)
    assert (reversal.type, reversal.amount, reversal.running_balance) == (TransactionType.USAGE, 30, 100)
    assert (reversal.key, reversal.reverses) == (f"reversal:{original.pk}", original)
    assert (reversal.reference, reversal.reason, reversal.actor) == ({"graph": "g"}, "Our fault", root)
    assert amounts_of(account.pk) == [100, -30, 30]


def test_reversing_again_returns_the_first_reversal() -> None:
    original = charged(ada(100))
    assert reverse(original, reason="A") == reverse(original, reason="B")
    assert amounts_of(original.account_id) == [100, -30, 30]


@pytest.mark.django_db(transaction=True)
def test_many_who_reverse_at_once_make_one_reversal() -> None:
    original = charged(ada(100))
    made = at_once(16, lambda number: reverse(original, reason=f"{number}").pk)
    assert len(set(made)) == 1
    assert amounts_of(original.account_id) == [100, -30, 30]


def test_one_batch_reverses_once_however_often_it_says_so() -> None:
    account = ada(100)
    charged(account)
    orders: list[Order] = [Reverse(of_key="k", reason="A"), Reverse(of_key="k", reason="B")]
    first, second = charge_many(account.user_id, orders, now=NOW)
    assert isinstance(first, Posted)
    assert second == AlreadyPosted(first.transaction_id)


def test_reversal_cannot_be_reversed() -> None:
    reversal = reverse(charged(ada(100)), reason="A fault")
    with pytest.raises(AlreadyReversed):
        reverse(reversal, reason="After all")


def test_transaction_of_no_credits_cannot_be_reversed() -> None:
    with pytest.raises(AlreadyReversed):
        reverse(card_check(ada(1), key="k", reason=""), reason="Why not")


@pytest.mark.parametrize("verb", [grant, top_up])
def test_what_was_given_is_taken_back_while_it_is_there(verb: object) -> None:
    account = ada(10)
    assert callable(verb)
    given = verb(account, amount=50, key="k", reason="")
    assert reverse(given, reason="Given by mistake").running_balance == 10


def test_what_was_given_and_spent_cannot_be_taken_back() -> None:
    account = ada()
    given = grant(account, amount=50, key="g", reason="")
    charge(account, amount=1, key="k", reason="")
    with pytest.raises(InsufficientBalance):
        reverse(given, reason="Given by mistake")
    assert amounts_of(account.pk) == [50, -1]


def test_refund_and_adjustment_can_be_reversed() -> None:
    account = ada(100)
    reverse(refund(account, amount=120, key="r", reason=""), reason="The bank was wrong")
    reverse(adjust(account, amount=-40, key="a", reason="Why"), reason="No reason")
    assert balance_of(account.pk) == 100
    assert Account.objects.get().debt == 0


def test_settled_cost_can_be_reversed_and_its_hold_stays_settled() -> None:
    account = ada(100)
    held = hold(account, amount=50, key="h", expires_at=NOW)
    settled = settle(held, cost=20, reason="")
    assert settled.transaction is not None
    reverse(settled.transaction, reason="Our fault")
    held.refresh_from_db()
    assert (held.status, held.cost) == ("SETTLED", 20)
    assert balance_of(account.pk) == 100


def test_reversal_without_a_reason_is_refused() -> None:
    with pytest.raises(InvalidText):
        reverse(charged(ada(100)), reason=" ")


def test_database_itself_refuses_a_second_reversal() -> None:
    original = charged(ada(100))
    reversal = reverse(original, reason="A fault")
    second = Transaction(
        account_id=original.account_id,
        seq=reversal.seq + 1,
        type="USAGE",
        amount=30,
        running_balance=130,
        key="another way",
        reverses=original,
        created_at=NOW,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save(force_insert=True)
