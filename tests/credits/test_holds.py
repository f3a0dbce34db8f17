"""Credits set aside for a cost that is known only afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from credits.batch import Charge, charge_many
from credits.errors import HoldClosed, InsufficientBalance, InvalidText, KeyReused
from credits.holds import expire, hold, release, release_for, settle
from credits.ledger import charge, grant, refund
from credits.models import Account, Hold, HoldStatus, Transaction, TransactionType
from credits.orders import Order, SetAside, Settle, Spender
from credits.outcomes import Closed, Held, Posted
from tests.credits.cast import ada, amounts_of, assert_adds_up, balance_of
from tests.credits.test_races import at_once

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
REFERENCE = {"graph": "g", "block": "b"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _adds_up() -> Iterator[None]:
    yield
    assert_adds_up()


def put_aside(account: Account, amount: int, key: str = "h") -> Hold:
    return hold(account, amount=amount, key=key, expires_at=LATER, reference=REFERENCE, metadata={"price": 1})


def figures(account: Account) -> tuple[int, int, int]:
    """Balance, held and debt, in credits."""
    now = Account.objects.get(pk=account.pk)
    return now.balance, now.held, now.debt


def test_hold_sets_credits_aside_and_charges_nothing() -> None:
    account = ada(100)
    held = put_aside(account, 30)
    assert (held.amount, held.status, held.cost, held.transaction) == (30, HoldStatus.OPEN, None, None)
    assert (held.reference, held.metadata, held.expires_at) == (REFERENCE, {"price": 1}, LATER)
    assert figures(account) == (100, 30, 0)
    assert amounts_of(account.pk) == [100]


def test_what_is_held_can_be_neither_spent_nor_held_again() -> None:
    account = ada(100)
    put_aside(account, 70)
    with pytest.raises(InsufficientBalance) as refused:
        charge(account, amount=31, key="k", reason="")
    assert (refused.value.balance, refused.value.shortfall) == (30, 1)
    with pytest.raises(InsufficientBalance):
        put_aside(account, 31, "other")
    charge(account, amount=30, key="k", reason="")
    assert figures(account) == (70, 70, 0)


@pytest.mark.parametrize("cost", [1, 29, 30, 31, 100])
def test_settling_charges_the_true_cost_and_lets_go_of_the_hold(cost: int) -> None:
    account = ada(100)
    settled = settle(put_aside(account, 30), cost=cost, reason="Tokens", metadata={"tokens": 5})
    assert (settled.status, settled.cost, settled.uncovered) == (HoldStatus.SETTLED, cost, 0)
    made = settled.transaction
    assert made is not None
    assert (made.type, made.amount, made.key) == (TransactionType.USAGE, -cost, "h:settle")
    assert (made.reference, made.reason, made.metadata) == (REFERENCE, "Tokens", {"tokens": 5})
    assert figures(account) == (100 - cost, 0, 0)


def test_settling_with_nothing_charges_nothing() -> None:
    account = ada(100)
    settled = settle(put_aside(account, 30), cost=0, reason="")
    assert (settled.status, settled.cost, settled.transaction) == (HoldStatus.SETTLED, 0, None)
    assert amounts_of(account.pk) == [100]
    assert figures(account) == (100, 0, 0)


@pytest.mark.parametrize("overdraft", [0, 50])
@pytest.mark.parametrize("tenths", [1, 10, 100, 10_000])
def test_overrun_is_charged_as_far_as_there_is_cover_and_the_rest_is_noted(tenths: int, overdraft: int) -> None:
    """A cost of 0.1, 1, 10 and 1000 times what was set aside."""
    account = ada(100)
    Account.objects.update(overdraft=overdraft)
    cost = 30 * tenths // 10
    settled = settle(put_aside(account, 30), cost=cost, reason="")
    charged = min(cost, 100 + overdraft)
    assert (settled.cost, settled.uncovered) == (cost, cost - charged)
    assert amounts_of(account.pk) == [100, -charged]
    assert figures(account) == (100 - charged, 0, 0)


def test_overrun_does_not_take_what_others_have_set_aside() -> None:
    account = ada(100)
    put_aside(account, 60, "another")
    settled = settle(put_aside(account, 30), cost=90, reason="")
    assert settled.uncovered == 50
    assert figures(account) == (60, 60, 0)


def test_settling_again_with_the_same_cost_changes_nothing() -> None:
    account = ada(100)
    held = put_aside(account, 30)
    assert settle(held, cost=20, reason="") == settle(held, cost=20, reason="again")
    assert amounts_of(account.pk) == [100, -20]


def test_settling_again_with_another_cost_is_refused() -> None:
    account = ada(100)
    held = put_aside(account, 30)
    settle(held, cost=20, reason="")
    with pytest.raises(KeyReused, match="20"):
        settle(held, cost=21, reason="")
    assert amounts_of(account.pk) == [100, -20]


def test_released_hold_gives_its_credits_back_once() -> None:
    account = ada(100)
    put_aside(account, 50, "another")
    held = put_aside(account, 30)
    assert release(held).status == HoldStatus.RELEASED
    assert release(held).status == HoldStatus.RELEASED
    assert figures(account) == (100, 50, 0)


def test_releasing_what_is_settled_changes_nothing() -> None:
    account = ada(100)
    held = settle(put_aside(account, 30), cost=20, reason="")
    assert release(held) == held
    assert figures(account) == (80, 0, 0)


def test_true_cost_of_a_released_hold_is_still_charged() -> None:
    """A worker that was believed to be lost comes back with what it really cost."""
    account = ada(100)
    held = release(put_aside(account, 30))
    settled = settle(held, cost=20, reason="")
    assert (settled.status, settled.cost) == (HoldStatus.SETTLED, 20)
    assert figures(account) == (80, 0, 0)


def test_repeated_key_holds_once() -> None:
    account = ada(100)
    assert put_aside(account, 30) == put_aside(account, 30)
    assert figures(account) == (100, 30, 0)


def test_key_of_an_open_hold_cannot_be_used_for_another_amount() -> None:
    account = ada(100)
    put_aside(account, 30)
    with pytest.raises(KeyReused):
        put_aside(account, 31)
    assert figures(account) == (100, 30, 0)


def test_released_hold_is_opened_again_with_what_is_asked_now() -> None:
    account = ada(100)
    first = release(put_aside(account, 30))
    again = hold(account, amount=40, key="h", expires_at=LATER + timedelta(hours=1), reference={"graph": "other"})
    assert again.pk == first.pk
    assert (again.amount, again.status, again.closed_at) == (40, HoldStatus.OPEN, None)
    assert (again.reference, again.expires_at) == ({"graph": "other"}, LATER + timedelta(hours=1))
    assert figures(account) == (100, 40, 0)


def test_settled_hold_is_not_opened_again() -> None:
    account = ada(100)
    settle(put_aside(account, 30), cost=20, reason="")
    with pytest.raises(HoldClosed):
        put_aside(account, 30)


def test_hold_can_be_raised_while_it_is_open() -> None:
    account = ada(100)
    put_aside(account, 30)
    raised: list[Order] = [SetAside(amount=80, key="h", raised_from=30, expires_at=LATER)]
    for _ in range(2):
        charge_many(account.user_id, raised, now=NOW)
        assert figures(account) == (100, 80, 0)
    assert Hold.objects.get().amount == 80


def test_hold_that_a_batch_opens_again_and_settles_names_its_transaction() -> None:
    account = ada(100)
    release(put_aside(account, 30))
    orders: list[Order] = [
        SetAside(amount=40, key="h", expires_at=LATER),
        Settle(hold_key="h", cost=25, key="h:settle", reason=""),
    ]
    outcomes = charge_many(account.user_id, orders, now=NOW)
    assert list(map(type, outcomes)) == [Held, Closed]
    assert Hold.objects.get().transaction == Transaction.objects.get(key="h:settle")
    assert figures(account) == (75, 0, 0)


def test_holds_of_an_execution_are_released_with_it_and_no_others() -> None:
    account = ada(100)
    ended, running = uuid4(), uuid4()
    orders: list[Order] = [held_for(ended, "a"), held_for(ended, "b"), held_for(running, "c")]
    charge_many(account.user_id, orders, now=NOW)
    settle(Hold.objects.get(key="a"), cost=1, reason="")
    assert release_for(ended, now=NOW) == 1
    assert dict(Hold.objects.values_list("key", "status")) == {"a": "SETTLED", "b": "RELEASED", "c": "OPEN"}
    assert figures(account) == (99, 10, 0)
    assert release_for(ended, now=NOW) == 0
    assert release_for(running, now=NOW) == 1


def held_for(execution_id: UUID, key: str) -> SetAside:
    return SetAside(amount=10, key=key, expires_at=LATER, spender=Spender(execution_id=execution_id))


def test_only_holds_whose_time_is_over_expire() -> None:
    account = ada(100)
    hold(account, amount=10, key="old", expires_at=NOW - timedelta(seconds=1))
    hold(account, amount=20, key="new", expires_at=NOW)
    assert expire(now=NOW) == 1
    assert dict(Hold.objects.values_list("key", "status")) == {"old": "EXPIRED", "new": "OPEN"}
    assert figures(account) == (100, 20, 0)


def test_key_that_leaves_no_room_for_its_settlement_is_refused_before_anything_is_held() -> None:
    account = ada(100)
    with pytest.raises(InvalidText):
        settle(put_aside(account, 30, "k" * 200), cost=1, reason="")
    assert amounts_of(account.pk) == [100]


def test_refund_of_what_is_held_makes_a_debt_that_shrinks_when_the_hold_ends() -> None:
    account = ada(100)
    held = put_aside(account, 80)
    refund(account, amount=50, key="r", reason="Paid back")
    assert figures(account) == (50, 80, 30)
    release(held)
    assert figures(account) == (50, 0, 0)


def test_work_that_was_under_way_is_paid_from_its_hold_when_a_refund_has_made_a_debt() -> None:
    account = ada(100)
    held = put_aside(account, 80)
    refund(account, amount=50, key="r", reason="Paid back")
    settled = settle(held, cost=80, reason="")
    assert settled.uncovered == 0
    assert figures(account) == (-30, 0, 30)
    grant(account, amount=40, key="g", reason="")
    assert figures(account) == (10, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_parallel_holds_never_set_aside_more_than_there_is() -> None:
    account = ada(100)

    def work(number: int) -> bool:
        try:
            put_aside(Account.objects.get(pk=account.pk), 7, f"{number}")
        except InsufficientBalance:
            return False
        return True

    assert sum(at_once(32, work)) == 14
    assert figures(account) == (100, 98, 0)


@pytest.mark.django_db(transaction=True)
def test_hold_that_many_settle_and_release_at_once_ends_once() -> None:
    account = ada(100)
    held = put_aside(account, 30)

    def work(number: int) -> None:
        if number % 2:
            release(held)
        else:
            settle(held, cost=20, reason="")

    at_once(16, work)
    assert Hold.objects.get().status == HoldStatus.SETTLED
    assert amounts_of(account.pk) == [100, -20]
    assert figures(account) == (80, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_rolled_back_hold_leaves_nothing() -> None:
    account = ada(100)
    with transaction.atomic():
        put_aside(account, 30)
        transaction.set_rollback(True)
    assert figures(account) == (100, 0, 0)
    assert not Hold.objects.exists()


def test_batch_mixes_charges_and_holds_in_order() -> None:
    account = ada(100)
    orders = [SetAside(amount=60, key="h", expires_at=LATER), Charge(41, "a", ""), Charge(40, "b", "")]
    outcomes = charge_many(account.user_id, orders, now=NOW)
    assert [type(outcome) for outcome in (outcomes[0], outcomes[2])] == [Held, Posted]
    assert balance_of(account.pk) == 60
