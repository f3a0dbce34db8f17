"""Operators freeze accounts and set their limits; who did it and why stays known."""

from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from credits.audit import audit
from credits.errors import (
    AccountFrozen,
    AccountNotFound,
    CostLimitReached,
    InsufficientBalance,
    InvalidAmount,
    InvalidText,
    OverdraftInUse,
)
from credits.events import AccountFroze, credit_events
from credits.freezing import freeze, set_limits, unfreeze
from credits.holds import hold, release, settle
from credits.ledger import adjust, charge, grant, refund
from credits.models import Account, AccountNote
from reliability.ids import uuid7
from tests.credits.cast import ada
from tests.credits.test_audit import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return ada(100)


@pytest.fixture
def operator() -> User:
    return User.objects.create_superuser("root@example.org")


def notes(account: Account) -> list[tuple[str, str, str | None, Any]]:
    found = AccountNote.objects.filter(account=account).order_by("created_at")
    return list(found.values_list("kind", "reason", "actor__email", "changes"))


# --- freezing


def test_a_frozen_account_spends_nothing_and_takes_everything(account: Account, operator: User) -> None:
    set_aside = hold(account, amount=10, key="h", expires_at=NOON)
    later = hold(account, amount=5, key="later", expires_at=NOON)
    assert freeze(account, reason=" Odd spending ", actor=operator)
    for spend in (
        lambda: charge(account, amount=1, key="c", reason=""),
        lambda: hold(account, amount=1, key="h2", expires_at=NOON),
        lambda: adjust(account, amount=-1, key="a", reason="Less"),
    ):
        with pytest.raises(AccountFrozen):
            spend()
    assert grant(account, amount=5, key="g", reason="").running_balance == 105
    assert settle(set_aside, cost=4, reason="").status == "SETTLED"
    assert release(later).status == "RELEASED"
    assert refund(account, amount=1, key="r", reason="").running_balance == 100
    account.refresh_from_db()
    assert (account.frozen_reason, account.held, audit()) == ("Odd spending", 0, [])


def test_unfreezing_lets_it_spend_again_and_both_are_noted(account: Account, operator: User) -> None:
    assert freeze(account, reason="Odd spending", actor=operator)
    assert unfreeze(account, reason="It was the owner", actor=operator)
    assert charge(account, amount=1, key="c", reason="").running_balance == 99
    account.refresh_from_db()
    assert (account.frozen_at, account.frozen_reason) == (None, "")
    assert notes(account) == [
        ("FREEZE", "Odd spending", "root@example.org", {}),
        ("UNFREEZE", "It was the owner", "root@example.org", {}),
    ]


def test_freezing_again_changes_tells_and_notes_nothing(
    account: Account, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    heard: list[object] = []

    def hear(event: object, **kwargs: object) -> None:
        heard.append(event)

    credit_events.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assert freeze(account, reason="First")
            assert not freeze(account, reason="Second")
    finally:
        credit_events.disconnect(hear)
    assert heard == [AccountFroze(user_id=str(account.user_id), reason="First")]
    account.refresh_from_db()
    assert account.frozen_reason == "First"
    assert [note[:2] for note in notes(account)] == [("FREEZE", "First")]


def test_unfreezing_what_is_not_frozen_notes_nothing(account: Account) -> None:
    assert not unfreeze(account, reason="Why not")
    assert notes(account) == []


@pytest.mark.parametrize("verb", [freeze, unfreeze, set_limits])
@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_reason_is_required(account: Account, verb: Any, reason: str) -> None:
    with pytest.raises(InvalidText):
        verb(account, reason=reason)
    assert notes(account) == []


@pytest.mark.parametrize("verb", [freeze, unfreeze, set_limits])
def test_an_account_that_is_not_there_is_refused(verb: Any) -> None:
    with pytest.raises(AccountNotFound):
        verb(uuid7(), reason="Why not")


# --- limits


def test_limits_are_set_together_and_noted_with_what_they_were(account: Account, operator: User) -> None:
    after = set_limits(
        account, daily_limit=50, overdraft=20, low_balance_threshold=0, reason="A good customer", actor=operator
    )
    assert (after.daily_limit, after.overdraft, after.low_balance_threshold) == (50, 20, 0)
    changes = {"daily_limit": [None, 50], "overdraft": [0, 20], "low_balance_threshold": [500, 0]}
    assert notes(account) == [("LIMITS", "A good customer", "root@example.org", changes)]
    with pytest.raises(CostLimitReached):
        charge(account, amount=51, key="c", reason="")


def test_what_is_not_named_stays_and_what_is_the_same_is_not_noted(account: Account) -> None:
    set_limits(account, daily_limit=50, reason="Less")
    after = set_limits(account, daily_limit=50, overdraft=0, reason="The same")
    assert (after.daily_limit, after.overdraft, after.low_balance_threshold) == (50, 0, 500)
    assert [reason for _, reason, _, _ in notes(account)] == ["Less"]
    assert set_limits(account, daily_limit=None, reason="More").daily_limit is None


@pytest.mark.parametrize(
    "limits",
    [
        {"daily_limit": -1},
        {"daily_limit": 1.5},
        {"overdraft": None},
        {"overdraft": -1},
        {"overdraft": True},
        {"overdraft": 2**53 + 1},
        {"low_balance_threshold": "5"},
    ],
)
def test_a_limit_that_is_no_whole_number_of_credits_is_refused(account: Account, limits: dict[str, Any]) -> None:
    with pytest.raises(InvalidAmount):
        set_limits(account, reason="Odd", **limits)
    assert notes(account) == []


def test_an_overdraft_that_is_used_cannot_be_taken_away(account: Account) -> None:
    set_limits(account, overdraft=20, reason="More")
    charge(account, amount=105, key="c", reason="")
    hold(account, amount=5, key="h", expires_at=NOON)
    with pytest.raises(OverdraftInUse, match="cannot be 9 credits: 10 are used"):
        set_limits(account, overdraft=9, reason="Less")
    assert set_limits(account, overdraft=10, reason="Less").available == 0
    with pytest.raises(InsufficientBalance):
        charge(account, amount=1, key="d", reason="")
    assert audit() == []


def test_a_larger_overdraft_makes_a_debt_smaller(account: Account) -> None:
    charge(account, amount=100, key="c", reason="")
    refund(account, amount=30, key="r", reason="")
    assert set_limits(account, overdraft=20, reason="More").debt == 10
    with pytest.raises(OverdraftInUse):
        set_limits(account, overdraft=19, reason="Less")
    assert set_limits(account, overdraft=50, reason="More").debt == 0
    assert audit() == []
