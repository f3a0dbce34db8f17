"""The execution fee: credits for every so many node executions of a user, counted in the account."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.db import transaction

from credits.batch import Charge, charge_many
from credits.ledger import grant
from credits.models import Account, Transaction, TransactionType
from credits.orders import Count, Order
from credits.outcomes import Counted
from tests.credits.cast import ada, amounts_of, assert_adds_up
from tests.credits.test_races import at_once

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fee(settings: LazySettings) -> Iterator[None]:
    settings.EXECUTION_FEE_CREDITS, settings.EXECUTION_FEE_EVERY = 1, 100
    yield
    assert_adds_up()


def count(account: Account, *numbers: int) -> list[int]:
    """The fee for each, or -1 where one stays due."""
    orders: Sequence[Order] = [Count(number=number, reference={"graph": "g"}) for number in numbers]
    outcomes = charge_many(account.user_id, orders, now=NOW)
    return [-1 if outcome.owed else outcome.fee for outcome in outcomes if isinstance(outcome, Counted)]


def counted(account: Account) -> tuple[int, int]:
    now = Account.objects.get(pk=account.pk)
    return now.node_executions, now.fee_charged_to


def test_hundredth_node_execution_costs_a_credit() -> None:
    account = ada(10)
    assert count(account, 99) == [0]
    assert amounts_of(account.pk) == [10]
    assert count(account, 1) == [1]
    fee = Transaction.objects.get(key="execution-fee:100")
    assert (fee.type, fee.amount, fee.reference) == (TransactionType.USAGE, -1, {"graph": "g"})
    assert fee.reason == "Execution fee for 100 node executions"
    assert counted(account) == (100, 100)


def test_count_goes_on_over_batches_and_no_node_execution_is_counted_twice() -> None:
    account = ada(10)
    assert [count(account, number) for number in (60, 60, 60, 60)] == [[0], [1], [0], [1]]
    assert counted(account) == (240, 200)


def test_many_hundreds_at_once_cost_as_many_fees() -> None:
    account = ada(10)
    assert count(account, 350) == [3]
    assert list(Transaction.objects.filter(type="USAGE").order_by("seq").values_list("key", flat=True)) == [
        "execution-fee:100",
        "execution-fee:200",
        "execution-fee:300",
    ]


def test_fee_that_cannot_be_paid_stays_due_and_is_charged_when_credits_come() -> None:
    account = ada(1)
    assert count(account, 250) == [-1]
    assert counted(account) == (250, 100)
    grant(account, amount=5, key="more", reason="")
    assert count(account, 1) == [1]
    assert counted(account) == (251, 200)
    assert amounts_of(account.pk) == [1, -1, 5, -1]


def test_fee_follows_the_settings(settings: LazySettings) -> None:
    settings.EXECUTION_FEE_CREDITS, settings.EXECUTION_FEE_EVERY = 3, 10
    account = ada(10)
    assert count(account, 25) == [6]
    assert amounts_of(account.pk) == [10, -3, -3]


@pytest.mark.parametrize("switched_off", [(0, 100), (1, 0)])
def test_no_fee_when_it_is_switched_off(settings: LazySettings, switched_off: tuple[int, int]) -> None:
    settings.EXECUTION_FEE_CREDITS, settings.EXECUTION_FEE_EVERY = switched_off
    account = ada(10)
    assert count(account, 500) == [0]
    assert amounts_of(account.pk) == [10]


@pytest.mark.django_db(transaction=True)
def test_parallel_batches_are_all_counted_and_each_hundred_is_charged_once() -> None:
    account = ada(100)

    def work(number: int) -> int:
        with transaction.atomic():
            wanted = [Count(number=30), Charge(1, f"{number}", "")]
            first, _ = charge_many(account.user_id, wanted, now=NOW)
            assert isinstance(first, Counted)
            return first.fee

    assert sum(at_once(16, work)) == 4
    assert counted(account) == (480, 400)


@pytest.mark.django_db(transaction=True)
def test_count_of_a_batch_that_is_rolled_back_is_forgotten() -> None:
    account = ada(10)
    with transaction.atomic():
        count(account, 100)
        transaction.set_rollback(True)
    assert counted(account) == (0, 0)
    assert amounts_of(account.pk) == [10]
