"""The journal's batch of charges."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from credits.batch import Charge, charge_many
from credits.errors import AccountNotFound, InsufficientBalance, InvalidAmount, InvalidText, KeyReused
from credits.ledger import charge
from credits.models import Transaction
from credits.outcomes import AlreadyPosted, Outcome, Posted, Refused
from tests.credits.cast import ada, amounts_of, assert_adds_up, balance_of

NOW = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)


def kinds(outcomes: list[Outcome]) -> list[type]:
    return [type(outcome.error) if isinstance(outcome, Refused) else type(outcome) for outcome in outcomes]


@pytest.mark.django_db
def test_batch_charges_each_in_order() -> None:
    account = ada(100)
    outcomes = charge_many(account.user_id, [Charge(30, "a", "A", {"node": "1"}), Charge(20, "b", "B")], now=NOW)
    assert kinds(outcomes) == [Posted, Posted]
    rows = Transaction.objects.filter(account=account, type="USAGE").order_by("seq")
    assert [(row.seq, row.amount, row.running_balance, row.key) for row in rows] == [
        (2, -30, 70, "a"),
        (3, -20, 50, "b"),
    ]
    assert [row.pk for row in rows] == [outcome.transaction_id for outcome in outcomes if isinstance(outcome, Posted)]
    assert rows[0].reference == {"node": "1"}
    assert rows[0].created_at == NOW
    assert_adds_up()


@pytest.mark.django_db
def test_one_bad_charge_does_not_spoil_the_others() -> None:
    account = ada(100)
    charge(account, amount=10, key="old", reason="")
    outcomes = charge_many(
        account.user_id,
        [
            Charge(10, "old", ""),
            Charge(11, "old", ""),
            Charge(50, "a", ""),
            Charge(0, "b", ""),
            Charge(1.5, "c", ""),  # type: ignore[arg-type]
            Charge(1, "", ""),
            Charge(41, "d", ""),
            Charge(40, "e", ""),
        ],
        now=NOW,
    )
    assert kinds(outcomes) == [
        AlreadyPosted,
        KeyReused,
        Posted,
        InvalidAmount,
        InvalidAmount,
        InvalidText,
        InsufficientBalance,
        Posted,
    ]
    assert amounts_of(account.pk) == [100, -10, -50, -40]
    assert balance_of(account.pk) == 0
    assert_adds_up()


@pytest.mark.django_db
def test_batch_that_is_written_again_charges_once() -> None:
    account = ada(100)
    charges = [Charge(30, "a", ""), Charge(20, "b", "")]
    charge_many(account.user_id, charges, now=NOW)
    assert kinds(charge_many(account.user_id, charges, now=NOW)) == [AlreadyPosted, AlreadyPosted]
    assert amounts_of(account.pk) == [100, -30, -20]


@pytest.mark.django_db
def test_large_batch_is_charged_whole() -> None:
    account = ada(5000)
    charges = [Charge(1, f"node-execution:{number}", "") for number in range(2000)]
    assert kinds(charge_many(account.user_id, charges, now=NOW)) == [Posted] * 2000
    assert balance_of(account.pk) == 3000
    assert_adds_up()


@pytest.mark.django_db
def test_nothing_to_charge_has_no_outcomes() -> None:
    assert charge_many(ada().user_id, [], now=NOW) == []


@pytest.mark.django_db
def test_user_without_an_account_is_refused_without_an_exception() -> None:
    assert kinds(charge_many(uuid4(), [Charge(1, "a", ""), Charge(0, "b", "")], now=NOW)) == [AccountNotFound] * 2


@pytest.mark.django_db(transaction=True)
def test_rolled_back_batch_leaves_nothing() -> None:
    account = ada(10)

    with transaction.atomic():
        charge_many(account.user_id, [Charge(5, "a", "")], now=NOW)
        transaction.set_rollback(True)
    assert amounts_of(account.pk) == [10]
    assert_adds_up()


@pytest.mark.django_db(transaction=True)
def test_batch_outside_a_transaction_is_refused() -> None:
    account = ada(10)
    assert not connection.in_atomic_block
    with pytest.raises(TransactionManagementError):
        charge_many(account.user_id, [Charge(5, "a", "")], now=NOW)
