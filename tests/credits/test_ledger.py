"""The verbs that change one balance."""

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.models import User
from credits.errors import AccountNotFound, InsufficientBalance, InvalidAmount, InvalidText, KeyReused
from credits.holds import hold, settle
from credits.ledger import adjust, card_check, charge, grant, refund, reverse, top_up
from credits.models import Account, Hold, HoldStatus, Transaction, TransactionType
from credits.orders import AMOUNT_MAX
from credits.reckoning import AVAILABLE_MIN, BALANCE_MAX
from tests.credits.cast import ada, amounts_of, assert_adds_up, balance_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db

TAKEN = (1, 2**31 - 1, 2**31, 2**31 + 1, 2**53 - 1, 2**53)
NOT_TAKEN = (0, -1, 2**53 + 1, 2**63 - 1, 2**63, 1.5, 1.0, "1e3", "1", True, math.nan, None)


@pytest.fixture(autouse=True)
def _adds_up() -> Iterator[None]:
    yield
    assert_adds_up()


def test_charge_takes_credits_and_tells_what_for() -> None:
    account = ada(100)
    taken = charge(account, amount=30, key="node-execution:1", reason="AI Text", reference={"node": "n"}, metadata={})
    assert (taken.type, taken.amount, taken.running_balance, taken.seq) == (TransactionType.USAGE, -30, 70, 2)
    assert (taken.key, taken.reason, taken.reference) == ("node-execution:1", "AI Text", {"node": "n"})
    assert balance_of(account.pk) == 70


def test_charge_takes_an_account_by_its_id() -> None:
    account = ada(5)
    charge(account.pk, amount=5, key="k", reason="")
    assert balance_of(account.pk) == 0


def test_charge_beyond_the_balance_is_refused_and_changes_nothing() -> None:
    account = ada(10)
    with pytest.raises(InsufficientBalance) as refusal:
        charge(account, amount=11, key="k", reason="")
    error = refusal.value
    assert (error.user_id, error.balance, error.amount, error.shortfall) == (account.user_id, 10, 11, 1)
    assert error.http_status == 402
    assert error.data == {"user_id": str(account.user_id), "balance": 10, "amount": 11, "shortfall": 1}
    assert amounts_of(account.pk) == [10]


def test_held_credits_cannot_be_spent() -> None:
    account = ada(10)
    hold(account, amount=6, key="h", expires_at=datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(InsufficientBalance):
        charge(account, amount=5, key="k", reason="")
    charge(account, amount=4, key="k", reason="")


def test_overdraft_can_be_spent_and_no_more() -> None:
    account = ada(10)
    Account.objects.update(overdraft=5)
    assert charge(account, amount=15, key="a", reason="").running_balance == -5
    with pytest.raises(InsufficientBalance):
        charge(account, amount=1, key="b", reason="")


def test_repeated_key_charges_once() -> None:
    account = ada(100)
    first = charge(account, amount=30, key="k", reason="first")
    again = charge(account, amount=30, key="k", reason="second")
    assert again == first
    assert again.reason == "first"
    assert amounts_of(account.pk) == [100, -30]


def test_repeated_key_charges_once_even_when_nothing_is_left() -> None:
    account = ada(30)
    first = charge(account, amount=30, key="k", reason="")
    assert charge(account, amount=30, key="k", reason="") == first


def test_key_cannot_be_used_for_another_amount() -> None:
    account = ada(100)
    charge(account, amount=30, key="k", reason="")
    with pytest.raises(KeyReused, match=r"30.*31"):
        charge(account, amount=31, key="k", reason="")
    assert amounts_of(account.pk) == [100, -30]


def test_key_cannot_be_used_for_another_kind() -> None:
    account = ada(100)
    grant(account, amount=5, key="k", reason="")
    with pytest.raises(KeyReused):
        adjust(account, amount=5, key="k", reason="Why")


def test_two_accounts_may_use_the_same_key() -> None:
    account = ada(10)
    grace = User.objects.create_user("grace@example.org").credit_account
    grant(grace, amount=10, key="start", reason="")
    assert amounts_of(account.pk) == amounts_of(grace.pk) == [10]


@pytest.mark.parametrize("amount", TAKEN)
def test_amount_is_granted_and_charged_exactly(amount: int) -> None:
    account = ada()
    grant(account, amount=amount, key="in", reason="")
    charge(account, amount=amount, key="out", reason="")
    assert amounts_of(account.pk) == [amount, -amount]


@pytest.mark.parametrize("amount", TAKEN)
def test_amount_is_topped_up_held_settled_and_refunded_exactly(amount: int) -> None:
    account = ada()
    top_up(account, amount=amount, key="in", reason="")
    held = hold(account, amount=amount, key="h", expires_at=NOON)
    assert (held.amount, settle(held, cost=amount, reason="").cost) == (amount, amount)
    refund(account, amount=amount, key="back", reason="")
    assert amounts_of(account.pk) == [amount, -amount, -amount]


@pytest.mark.parametrize("amount", NOT_TAKEN)
def test_hold_of_an_amount_that_is_not_whole_credits_is_refused(amount: object) -> None:
    account = ada(1)
    with pytest.raises(InvalidAmount):
        hold(account, amount=amount, key="h", expires_at=NOON)  # type: ignore[arg-type]
    assert not Hold.objects.exists()


@pytest.mark.parametrize("cost", [cost for cost in NOT_TAKEN if cost != 0 or type(cost) is not int])
def test_cost_that_is_not_whole_credits_is_refused_and_the_hold_stays_open(cost: object) -> None:
    held = hold(ada(1), amount=1, key="h", expires_at=NOON)
    with pytest.raises(InvalidAmount):
        settle(held, cost=cost, reason="")  # type: ignore[arg-type]
    held.refresh_from_db()
    assert held.status == HoldStatus.OPEN


@pytest.mark.parametrize("verb", [charge, grant, top_up, refund])
@pytest.mark.parametrize("amount", NOT_TAKEN)
def test_amount_that_is_not_whole_credits_is_refused(verb: Callable[..., object], amount: object) -> None:
    account = ada(1)
    with pytest.raises(InvalidAmount, match="amount must be a whole number of credits from 1 to 9007199254740992"):
        verb(account, amount=amount, key="k", reason="")
    assert amounts_of(account.pk) == [1]


@pytest.mark.parametrize("amount", [amount for amount in NOT_TAKEN if amount != -1])
def test_adjustment_that_is_not_whole_credits_is_refused(amount: object) -> None:
    account = ada(1)
    with pytest.raises(InvalidAmount):
        adjust(account, amount=amount, key="k", reason="")  # type: ignore[arg-type]
    assert amounts_of(account.pk) == [1]


def test_adjustment_goes_up_and_down_and_names_who_did_it() -> None:
    account = ada(10)
    admin = User.objects.create_superuser("root@example.org")
    up = adjust(account, amount=5, key="up", reason="Billed twice", actor=admin)
    down = adjust(account, amount=-15, key="down", reason="Given by mistake", actor=admin)
    assert (up.type, up.actor, up.reason) == (TransactionType.ADJUSTMENT, admin, "Billed twice")
    assert down.running_balance == 0
    with pytest.raises(InsufficientBalance):
        adjust(account, amount=-1, key="more", reason="Too much")


def test_balance_never_wraps() -> None:
    account = ada()
    for number in range(BALANCE_MAX // AMOUNT_MAX):
        grant(account, amount=AMOUNT_MAX, key=f"{number}", reason="")
    grant(account, amount=BALANCE_MAX % AMOUNT_MAX, key="last", reason="")
    assert balance_of(account.pk) == BALANCE_MAX
    with pytest.raises(InvalidAmount, match="9223372036854775807"):
        grant(account, amount=1, key="one more", reason="")
    assert balance_of(account.pk) == BALANCE_MAX


def test_refunds_never_wrap() -> None:
    """They are refused at a limit, not cut."""
    account = ada()
    for number in range(-AVAILABLE_MIN // AMOUNT_MAX):
        refund(account, amount=AMOUNT_MAX, key=f"{number}", reason="")
    assert balance_of(account.pk) == AVAILABLE_MIN
    with pytest.raises(InvalidAmount, match="4611686018427387904"):
        refund(account, amount=1, key="one more", reason="")
    assert balance_of(account.pk) == AVAILABLE_MIN


def test_reversal_never_wraps() -> None:
    account = ada(1)
    taken = charge(account, amount=1, key="k", reason="")
    Account.objects.update(balance=BALANCE_MAX)
    try:
        with pytest.raises(InvalidAmount):
            reverse(taken, reason="A fault")
    finally:
        Account.objects.update(balance=0)


def test_every_type_round_trips() -> None:
    account = ada(100)
    made = [
        charge(account, amount=10, key="1", reason=""),
        grant(account, amount=20, key="2", reason=""),
        top_up(account, amount=30, key="3", reason=""),
        refund(account, amount=40, key="4", reason=""),
        card_check(account, key="5", reason=""),
        adjust(account, amount=-50, key="6", reason="Why"),
    ]
    assert [(one.type, one.amount, one.running_balance) for one in made] == [
        ("USAGE", -10, 90),
        ("GRANT", 20, 110),
        ("TOP_UP", 30, 140),
        ("REFUND", -40, 100),
        ("CARD_CHECK", 0, 100),
        ("ADJUSTMENT", -50, 50),
    ]
    for one in made:
        stored = Transaction.objects.get(pk=one.pk)
        for field in Transaction._meta.concrete_fields:
            assert getattr(one, field.attname) == getattr(stored, field.attname)


def test_refund_of_what_is_spent_makes_a_debt_that_only_new_credits_pay() -> None:
    account = ada(100)
    charge(account, amount=100, key="k", reason="")
    refund(account, amount=60, key="r", reason="")
    account.refresh_from_db()
    assert (account.balance, account.debt) == (-60, 60)
    with pytest.raises(InsufficientBalance) as refused:
        charge(account, amount=1, key="more", reason="")
    assert refused.value.shortfall == 61
    grant(account, amount=50, key="g", reason="")
    account.refresh_from_db()
    assert (account.balance, account.debt) == (-10, 10)
    grant(account, amount=50, key="h", reason="")
    account.refresh_from_db()
    assert (account.balance, account.debt) == (40, 0)


def test_metadata_may_be_left_out() -> None:
    assert grant(ada(), amount=1, key="k", reason="", metadata=None).metadata == {}


def test_metadata_is_kept_as_given() -> None:
    metadata = {"nested": {"list": [1, "zwei", None]}, "text": 'Ünï "quoted" ☃', "big": 10**30}
    given = grant(ada(), amount=1, key="k", reason="", metadata=metadata)
    assert given.metadata == metadata


@pytest.mark.parametrize("key", ["", "k" * 201, "k\x00"])
def test_key_that_does_not_fit_is_refused(key: str) -> None:
    account = ada(1)
    with pytest.raises(InvalidText, match="key must have 1 to 200 characters"):
        charge(account, amount=1, key=key, reason="")


def test_reason_that_does_not_fit_is_refused() -> None:
    account = ada(1)
    with pytest.raises(InvalidText, match="reason must have 0 to 500 characters"):
        charge(account, amount=1, key="k", reason="r" * 501)


def test_adjustment_without_a_reason_is_refused() -> None:
    account = ada(1)
    with pytest.raises(InvalidText, match="reason must have 1 to 500"):
        adjust(account, amount=1, key="k", reason=" ")


def test_unknown_account_is_not_found() -> None:
    with pytest.raises(AccountNotFound):
        charge(uuid4(), amount=1, key="k", reason="")
