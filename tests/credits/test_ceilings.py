"""Ceilings on spending: of an account and a day, of an API key and a day, of one execution."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from accounts.models import ApiKey
from credits.batch import Charge, charge_many
from credits.errors import CostLimitReached
from credits.ledger import adjust, charge, grant, refund
from credits.models import Account, KeyDay
from credits.orders import Count, Order, Release, SetAside, Settle, Spender
from credits.outcomes import Counted, Outcome, Refused
from credits.standing import Ceiling
from tests.credits.cast import ada, amounts_of, assert_adds_up
from tests.credits.test_races import at_once

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
EXECUTION = UUID(int=7)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _adds_up() -> Iterator[None]:
    yield
    assert_adds_up()


@pytest.fixture
def account() -> Account:
    return ada(1000)


def limited(account: Account, limit: int | None) -> None:
    Account.objects.filter(pk=account.pk).update(daily_limit=limit)


def key_of(account: Account, *, limit: int | None) -> ApiKey:
    return ApiKey.objects.create(user=account.user, name="Key", head=uuid4().hex[:16], daily_limit=limit)


def in_short(outcomes: Sequence[Outcome]) -> list[str]:
    """The name of the ceiling where one was reached."""
    return [_refusal(outcome) for outcome in outcomes]


def _refusal(outcome: Outcome) -> str:
    if not isinstance(outcome, Refused):
        return "done"
    assert isinstance(outcome.error, CostLimitReached)
    return outcome.error.ceiling


def held(amount: int, key: str, spender: Spender) -> SetAside:
    return SetAside(amount=amount, key=key, expires_at=NOW + timedelta(hours=1), spender=spender)


def settled(key: str, cost: int) -> Settle:
    return Settle(hold_key=key, cost=cost, key=f"{key}:settle", reason="")


def test_daily_limit_of_an_account_is_never_passed(account: Account) -> None:
    limited(account, 100)
    charge(account, amount=60, key="a", reason="")
    with pytest.raises(CostLimitReached) as refused:
        charge(account, amount=41, key="b", reason="")
    error = refused.value
    assert (error.code, error.http_status) == ("cost_limit", 402)
    assert str(error) == (
        "41 more credits would pass the daily limit of the account of 100; 60 are spent or set aside."
    )
    charge(account, amount=40, key="c", reason="")
    assert amounts_of(account.pk) == [1000, -60, -40]


def test_limit_of_nothing_forbids_all_spending_and_no_limit_forbids_none(account: Account) -> None:
    limited(account, 0)
    with pytest.raises(CostLimitReached):
        charge(account, amount=1, key="a", reason="")
    limited(account, None)
    charge(account, amount=1000, key="a", reason="")


def test_next_day_starts_anew(account: Account) -> None:
    limited(account, 100)
    assert in_short(charge_many(account.user_id, [Charge(100, "a", ""), Charge(1, "b", "")], now=NOW)) == [
        "done",
        "daily limit of the account",
    ]
    assert in_short(charge_many(account.user_id, [Charge(100, "c", "")], now=TOMORROW)) == ["done"]


def test_only_usage_counts_against_the_daily_limit(account: Account) -> None:
    limited(account, 100)
    grant(account, amount=500, key="a", reason="")
    refund(account, amount=300, key="b", reason="")
    adjust(account, amount=50, key="c", reason="Why")
    charge(account, amount=100, key="d", reason="")


def test_repeated_charge_is_not_counted_again(account: Account) -> None:
    limited(account, 100)
    for _ in range(3):
        charge(account, amount=50, key="a", reason="")
    charge(account, amount=50, key="b", reason="")


def test_hold_counts_while_it_is_open_and_then_what_it_cost(account: Account) -> None:
    limited(account, 100)
    spender = Spender()
    first = charge_many(account.user_id, [held(80, "h", spender), Charge(21, "a", "")], now=NOW)
    assert in_short(first) == ["done", "daily limit of the account"]
    charge_many(account.user_id, [settled("h", 30)], now=NOW)
    assert in_short(charge_many(account.user_id, [Charge(71, "b", ""), Charge(70, "c", "")], now=NOW)) == [
        "daily limit of the account",
        "done",
    ]


def test_true_cost_is_charged_even_when_it_passes_the_limit(account: Account) -> None:
    limited(account, 100)
    charge_many(account.user_id, [held(80, "h", Spender())], now=NOW)
    charge_many(account.user_id, [settled("h", 150)], now=NOW)
    assert amounts_of(account.pk) == [1000, -150]
    assert in_short(charge_many(account.user_id, [Charge(1, "a", "")], now=NOW)) == ["daily limit of the account"]


def test_hold_of_yesterday_gives_nothing_back_to_today(account: Account) -> None:
    limited(account, 100)
    charge_many(account.user_id, [held(80, "h", Spender())], now=NOW)
    charge_many(account.user_id, [Charge(60, "a", "")], now=TOMORROW)
    charge_many(account.user_id, [Release(hold_key="h")], now=TOMORROW)
    assert in_short(charge_many(account.user_id, [Charge(41, "b", ""), Charge(40, "c", "")], now=TOMORROW)) == [
        "daily limit of the account",
        "done",
    ]


def test_daily_limit_of_a_key_is_its_own(account: Account) -> None:
    strict, other = key_of(account, limit=100), key_of(account, limit=None)
    outcomes = charge_many(
        account.user_id,
        [
            Charge(60, "a", "", spender=Spender(api_key_id=strict.pk)),
            Charge(41, "b", "", spender=Spender(api_key_id=strict.pk)),
            Charge(500, "c", "", spender=Spender(api_key_id=other.pk)),
            Charge(40, "d", "", spender=Spender(api_key_id=strict.pk)),
        ],
        now=NOW,
    )
    assert in_short(outcomes) == ["done", "daily limit of the API key", "done", "done"]
    assert dict(KeyDay.objects.values_list("api_key", "spent")) == {strict.pk: 100, other.pk: 500}


def test_key_starts_anew_each_day(account: Account) -> None:
    spender = Spender(api_key_id=key_of(account, limit=100).pk)
    charge_many(account.user_id, [Charge(100, "a", "", spender=spender)], now=NOW)
    assert in_short(charge_many(account.user_id, [Charge(1, "b", "", spender=spender)], now=NOW)) == [
        "daily limit of the API key"
    ]
    assert in_short(charge_many(account.user_id, [Charge(100, "c", "", spender=spender)], now=TOMORROW)) == ["done"]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("end", "spent"), [(settled("h", 30), 30), (Release(hold_key="h"), 0)])
def test_day_of_a_key_gets_back_what_a_hold_did_not_cost(
    account: Account, end: Order, spent: int, together: bool
) -> None:
    """In the batch that opened it, and in another one, which names no key."""
    spender = Spender(api_key_id=key_of(account, limit=100).pk)
    orders: list[Order] = [held(80, "h", spender), end]
    for batch in [orders] if together else [[order] for order in orders]:
        charge_many(account.user_id, batch, now=NOW)
    assert KeyDay.objects.get().spent == spent


def test_execution_stops_at_its_own_ceiling(account: Account) -> None:
    """What it has spent before comes with the ceiling, and moves on."""
    ceiling = Ceiling("cost limit of the execution", 100, spent=30)
    spender = Spender(execution_id=EXECUTION)
    outcomes = charge_many(
        account.user_id,
        [
            Charge(50, "a", "", spender=spender),
            Charge(21, "b", "", spender=spender),
            held(21, "h", spender),
            held(20, "i", spender),
            Charge(1, "c", "", spender=spender),
            Charge(1, "d", ""),
            Release(hold_key="i"),
        ],
        now=NOW,
        executions={EXECUTION: ceiling},
    )
    limit = "cost limit of the execution"
    assert in_short(outcomes) == ["done", limit, limit, "done", limit, "done", "done"]
    assert ceiling.spent == 100


def test_fan_out_of_a_thousand_nodes_stops_at_the_ceiling(account: Account) -> None:
    """Ten times the ceiling is asked for, in one batch."""
    spender = Spender(execution_id=EXECUTION)
    charges = [Charge(1, f"{number}", "", spender=spender) for number in range(1000)]
    outcomes = charge_many(account.user_id, charges, now=NOW, executions={EXECUTION: Ceiling("cost limit", 100)})
    assert in_short(outcomes).count("done") == 100
    assert amounts_of(account.pk) == [1000] + [-1] * 100


def test_fee_counts_against_ceilings_and_stays_due_when_one_refuses_it(account: Account) -> None:
    limited(account, 1)
    (outcome,) = charge_many(account.user_id, [Count(number=200)], now=NOW)
    assert isinstance(outcome, Counted)
    assert outcome.fee == 1
    assert outcome.owed is not None
    assert isinstance(outcome.owed.error, CostLimitReached)
    assert charge_many(account.user_id, [Count(number=1)], now=TOMORROW) == [Counted(1)]


@pytest.mark.django_db(transaction=True)
def test_parallel_charges_of_one_key_do_not_pass_its_limit() -> None:
    account = ada(1000)
    spender = Spender(api_key_id=key_of(account, limit=50).pk)

    def work(number: int) -> int:
        with transaction.atomic():
            charges = [Charge(3, f"{number}:{part}", "", spender=spender) for part in range(4)]
            return in_short(charge_many(account.user_id, charges, now=NOW)).count("done")

    assert sum(at_once(16, work)) == 16
    assert KeyDay.objects.get().spent == 48


def test_hold_that_is_raised_on_the_next_day_counts_against_that_day_with_all_of_it() -> None:
    account = ada(1000)
    Account.objects.filter(pk=account.pk).update(daily_limit=220)
    evening = datetime(2030, 1, 1, 23, 59, tzinfo=UTC)
    morning = evening + timedelta(minutes=5)
    first = SetAside(amount=100, key="h", expires_at=morning + timedelta(days=1))
    for now, order in (
        (evening, first),
        (morning, Charge(100, "x", "")),
        (morning, replace(first, amount=101, raised_from=100)),
        (morning, Settle(hold_key="h", cost=50, key="h:settle", reason="")),
    ):
        with transaction.atomic():
            (outcome,) = charge_many(account.user_id, [order], now=now)
        assert not isinstance(outcome, Refused), outcome
    assert Account.objects.get(pk=account.pk).spent_today == 150
