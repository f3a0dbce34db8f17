"""Many at once, each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TypeVar
from uuid import UUID

import pytest
from django.db import connections, transaction

from credits.batch import Charge, charge_many
from credits.errors import InsufficientBalance
from credits.ledger import charge, grant, refund, top_up
from credits.models import Transaction
from credits.outcomes import Posted
from tests.credits.cast import ada, amounts_of, assert_adds_up, balance_of

pytestmark = pytest.mark.django_db(transaction=True)

Answer = TypeVar("Answer")


def at_once(count: int, work: Callable[[int], Answer]) -> list[Answer]:
    """Run `work(0)`, `work(1)` … in so many threads that start together."""
    together = Barrier(count)

    def run(number: int) -> Answer:
        try:
            together.wait(timeout=30)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def spend(account_id: UUID, amount: int, key: str) -> bool:
    try:
        charge(account_id, amount=amount, key=key, reason="")
    except InsufficientBalance:
        return False
    return True


@pytest.mark.parametrize(("credits", "cost"), [(64, 1), (100, 7), (7, 7), (6, 7)])
def test_exactly_as_many_spenders_succeed_as_the_balance_pays_for(credits: int, cost: int) -> None:
    account = ada(credits)
    answers = at_once(64, lambda number: spend(account.pk, cost, f"spend:{number}"))
    assert answers.count(True) == credits // cost
    assert balance_of(account.pk) == credits % cost
    assert_adds_up()


def test_one_key_used_by_many_at_once_charges_once() -> None:
    account = ada(100)
    made = at_once(16, lambda number: charge(account.pk, amount=30, key="k", reason=f"{number}").pk)
    assert len(set(made)) == 1
    assert amounts_of(account.pk) == [100, -30]


def test_first_grants_of_a_new_account_all_count() -> None:
    account = ada()
    at_once(8, lambda number: grant(account.pk, amount=10 + number, key=f"{number}", reason=""))
    assert balance_of(account.pk) == sum(range(10, 18))
    assert_adds_up()


def test_parallel_spends_take_distinct_running_balances() -> None:
    account = ada(150)
    at_once(3, lambda number: spend(account.pk, 10 * (number + 1), f"{number}"))
    balances = Transaction.objects.filter(account=account, type="USAGE").values_list("running_balance", flat=True)
    assert balance_of(account.pk) == 90
    assert len(set(balances)) == 3
    assert_adds_up()


@pytest.mark.parametrize(("credits", "successes"), [(1000, 10), (500, 5)])
def test_ten_spenders_take_a_hundred_each_as_far_as_there_are_credits(credits: int, successes: int) -> None:
    account = ada(credits)
    assert at_once(10, lambda number: spend(account.pk, 100, f"{number}")).count(True) == successes
    assert balance_of(account.pk) == 0
    assert_adds_up()


def test_one_of_two_who_want_all_of_it_gets_it() -> None:
    account = ada(100)
    assert sorted(at_once(2, lambda number: spend(account.pk, 100, f"{number}"))) == [False, True]
    assert balance_of(account.pk) == 0


def test_charges_top_ups_and_reads_end_at_the_arithmetic_result() -> None:
    account = ada(1000)

    def work(number: int) -> None:
        if number % 3 == 0:
            charge(account.pk, amount=50, key=f"{number}", reason="")
        elif number % 3 == 1:
            top_up(account.pk, amount=70, key=f"{number}", reason="")
        else:
            assert balance_of(account.pk) >= 750

    at_once(15, work)
    assert balance_of(account.pk) == 1000 - 5 * 50 + 5 * 70
    assert_adds_up()


def test_parallel_refunds_take_distinct_running_balances() -> None:
    account = ada(1000)
    at_once(5, lambda number: refund(account.pk, amount=100, key=f"{number}", reason=""))
    balances = Transaction.objects.filter(type="REFUND").values_list("running_balance", flat=True)
    assert sorted(balances) == [500, 600, 700, 800, 900]
    assert_adds_up()


def test_parallel_refunds_of_what_is_spent_become_one_debt() -> None:
    account = ada(100)
    at_once(8, lambda number: refund(account.pk, amount=100, key=f"{number}", reason=""))
    account.refresh_from_db()
    assert (account.balance, account.debt) == (-700, 700)
    assert_adds_up()


def test_hundred_operations_of_every_kind_leave_no_drift() -> None:
    account = ada(500)

    def work(number: int) -> None:
        for part in range(10):
            key, amount = f"{number}:{part}", 1 + (number * 7 + part * 3) % 20
            if part % 2:
                grant(account.pk, amount=amount, key=key, reason="")
            else:
                spend(account.pk, amount, key)

    at_once(10, work)
    assert Transaction.objects.count() == 101
    assert_adds_up()


def test_batches_and_verbs_race_without_drift() -> None:
    account = ada(300)

    def work(number: int) -> int:
        if number % 2:
            return int(spend(account.pk, 5, f"verb:{number}"))
        with transaction.atomic():
            charges = [Charge(5, f"batch:{number}:{part}", "") for part in range(10)]
            outcomes = charge_many(account.user_id, charges, now=datetime.now(UTC))
        return sum(isinstance(outcome, Posted) for outcome in outcomes)

    assert sum(at_once(16, work)) == 60
    assert balance_of(account.pk) == 0
    assert_adds_up()
