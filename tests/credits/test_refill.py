"""The monthly refill."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.conf import LazySettings

from credits.ledger import charge, refund
from credits.models import Account, Transaction, TransactionType
from credits.refill import refill_if_due
from tests.credits.cast import ada, amounts_of, assert_adds_up, balance_of
from tests.credits.test_races import at_once

NOVEMBER = datetime(2026, 11, 23, 12, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
MARCH = datetime(2027, 3, 15, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _refill(settings: LazySettings) -> None:
    settings.MONTHLY_REFILL_CREDITS = 1000


def fresh(account: Account) -> Account:
    return Account.objects.get(pk=account.pk)


def test_first_use_in_a_month_raises_the_balance() -> None:
    account = ada(300)
    given = refill_if_due(account, now=NOVEMBER)
    assert given is not None
    assert (given.type, given.amount, given.running_balance) == (TransactionType.GRANT, 700, 1000)
    assert (given.key, given.reason) == ("monthly-refill:2026-11", "Refill for November 2026")
    assert account.balance == 1000
    assert_adds_up()


def test_balance_is_read_anew() -> None:
    account = ada(300)
    charge(account.pk, amount=200, key="k", reason="")
    given = refill_if_due(account, now=NOVEMBER)
    assert given is not None
    assert (given.amount, given.running_balance) == (900, 1000)


def test_same_month_gives_nothing_again() -> None:
    account = ada()
    refill_if_due(account, now=NOVEMBER)
    charge(account, amount=400, key="k", reason="")
    assert refill_if_due(fresh(account), now=NOVEMBER + timedelta(days=7)) is None
    assert balance_of(account.pk) == 600


def test_next_month_raises_it_again() -> None:
    account = ada()
    refill_if_due(account, now=NOVEMBER)
    charge(account, amount=400, key="k", reason="")
    assert refill_if_due(fresh(account), now=DECEMBER) is not None
    assert amounts_of(account.pk) == [1000, -400, 400]


def test_months_without_use_are_not_made_up_for() -> None:
    account = ada()
    refill_if_due(account, now=NOVEMBER)
    charge(account, amount=1000, key="k", reason="")
    assert refill_if_due(fresh(account), now=MARCH) is not None
    assert refill_if_due(fresh(account), now=MARCH) is None
    assert amounts_of(account.pk) == [1000, -1000, 1000]


@pytest.mark.parametrize("credits", [1000, 5000])
def test_balance_that_is_not_below_persists_and_the_month_is_over_for_it(credits: int) -> None:
    account = ada(credits)
    assert refill_if_due(account, now=NOVEMBER) is None
    charge(account, amount=credits, key="k", reason="")
    assert refill_if_due(fresh(account), now=NOVEMBER) is None
    assert balance_of(account.pk) == 0


def test_earlier_month_gives_nothing_after_a_later_one() -> None:
    account = ada()
    refill_if_due(account, now=DECEMBER)
    charge(account, amount=400, key="k", reason="")
    assert refill_if_due(fresh(account), now=NOVEMBER) is None


def test_months_are_those_of_utc() -> None:
    eastern = timezone(timedelta(hours=2))
    given = refill_if_due(ada(), now=datetime(2026, 12, 1, 1, tzinfo=eastern))
    assert given is not None
    assert given.key == "monthly-refill:2026-11"


def test_without_the_setting_nothing_is_given(settings: LazySettings) -> None:
    settings.MONTHLY_REFILL_CREDITS = 0
    account = ada()
    assert refill_if_due(account, now=NOVEMBER) is None
    assert fresh(account).refilled_for is None


@pytest.mark.django_db(transaction=True)
def test_many_at_once_refill_once() -> None:
    account = ada(300)
    at_once(16, lambda number: refill_if_due(fresh(account), now=NOVEMBER))
    assert Transaction.objects.filter(key__startswith="monthly-refill").count() == 1
    assert balance_of(account.pk) == 1000
    assert_adds_up()


@pytest.mark.django_db(transaction=True)
def test_refill_and_charges_at_once_add_up() -> None:
    account = ada(300)

    def work(number: int) -> None:
        charge(account.pk, amount=10, key=f"{number}", reason="")
        refill_if_due(fresh(account), now=NOVEMBER)

    at_once(16, work)
    refilled = Transaction.objects.get(key="monthly-refill:2026-11")
    assert refilled.running_balance == 1000
    assert_adds_up()


def test_debt_is_not_paid_by_the_refill() -> None:
    account = ada(500)
    charge(account, amount=500, key="used", reason="")
    refund(account, amount=500, key="back", reason="")
    given = refill_if_due(fresh(account), now=DECEMBER)
    assert given is not None
    assert (given.amount, balance_of(account.pk)) == (1000, 500)
