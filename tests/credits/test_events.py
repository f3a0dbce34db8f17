"""What the ledger tells its listeners, and when."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from credits.batch import Charge, charge_many
from credits.errors import InsufficientBalance, KeyReused
from credits.events import (
    BalanceCrossed,
    CostUncovered,
    CreditsAdded,
    FundsExhausted,
    KeyConflict,
    credit_events,
)
from credits.holds import hold, settle
from credits.ledger import adjust, charge, grant, reverse
from credits.models import Account, Transaction
from tests.credits.cast import ada

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    events: list[Any] = []

    def hear(event: Any, **kwargs: Any) -> None:
        events.append(event)

    credit_events.connect(hear)
    yield events
    credit_events.disconnect(hear)


def account_with_threshold(heard: list[Any], credits: int, threshold: int) -> Account:
    """Ada's account. What was heard of its making is forgotten."""
    account = ada(credits)
    Account.objects.update(low_balance_threshold=threshold)
    heard.clear()
    return account


def crossings(heard: list[Any]) -> list[BalanceCrossed]:
    return [event for event in heard if isinstance(event, BalanceCrossed)]


def test_crossing_the_threshold_is_told_once(heard: list[Any]) -> None:
    account = account_with_threshold(heard, 100, 50)
    charge(account, amount=50, key="to the threshold", reason="")
    assert heard == []
    charge(account, amount=1, key="through it", reason="")
    charge(account, amount=1, key="below it", reason="")
    assert heard == [BalanceCrossed(user_id=str(account.user_id), balance=49, threshold=50)]


def test_crossing_is_told_again_after_the_balance_was_above(heard: list[Any]) -> None:
    account = account_with_threshold(heard, 50, 50)
    charge(account, amount=1, key="a", reason="")
    grant(account, amount=1, key="b", reason="")
    charge(account, amount=2, key="c", reason="")
    assert [event.balance for event in crossings(heard)] == [49, 48]


def test_crossing_within_a_batch_is_told_once(heard: list[Any]) -> None:
    account = account_with_threshold(heard, 52, 50)
    with transaction.atomic():
        charge_many(account.user_id, [Charge(1, f"{number}", "") for number in range(6)], now=NOW)
        assert heard == []
    assert [event.balance for event in heard] == [49]


def test_repeated_charge_tells_nothing(heard: list[Any]) -> None:
    account = account_with_threshold(heard, 50, 50)
    for _ in range(2):
        charge(account, amount=1, key="a", reason="")
    assert len(heard) == 1


def test_refused_charge_tells_that_funds_are_exhausted(heard: list[Any]) -> None:
    account = account_with_threshold(heard, 5, 0)
    reference = {"execution": "e", "graph": "g"}
    with pytest.raises(InsufficientBalance):
        charge(account, amount=6, key="a", reason="", reference=reference)
    assert heard == [
        FundsExhausted(
            user_id=str(account.user_id), graph_id="g", balance=5, amount=6, shortfall=1, reference=reference
        )
    ]


def test_refused_correction_is_no_news_about_funds(heard: list[Any]) -> None:
    account = account_with_threshold(heard, 5, 0)
    with pytest.raises(InsufficientBalance):
        adjust(account, amount=-6, key="a", reason="Given by mistake")
    assert heard == []


def test_refused_reversal_is_no_news_about_funds(heard: list[Any]) -> None:
    account = account_with_threshold(heard, 5, 0)
    charge(account, amount=1, key="a", reason="")
    with pytest.raises(InsufficientBalance):
        reverse(Transaction.objects.get(key="start"), reason="Given by mistake")
    assert heard == []


def test_rolled_back_charge_tells_nothing(heard: list[Any]) -> None:
    account = account_with_threshold(heard, 50, 50)
    with transaction.atomic():
        charge(account, amount=1, key="a", reason="")
        transaction.set_rollback(True)
    assert heard == []


def test_added_credits_are_told_with_the_balance_after(heard: list[Any]) -> None:
    account = account_with_threshold(heard, 5, 0)
    grant(account, amount=3, key="a", reason="")
    assert heard == [CreditsAdded(user_id=str(account.user_id), amount=3, balance=8, type="GRANT")]


def test_reused_key_is_told_to_operators(heard: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    account = account_with_threshold(heard, 5, 0)
    charge(account, amount=1, key="a", reason="")
    with pytest.raises(KeyReused) as refused:
        charge(account, amount=2, key="a", reason="")
    assert heard == [KeyConflict(user_id=str(account.user_id), problem=str(refused.value))]
    assert "The ledger needs an operator's look" in caplog.text


def test_uncovered_cost_is_told_to_operators_and_to_the_user(heard: list[Any]) -> None:
    account = account_with_threshold(heard, 5, 0)
    settle(hold(account, amount=5, key="h", expires_at=NOW, reference={"graph": "g"}), cost=50, reason="")
    user_id = str(account.user_id)
    assert heard == [
        CostUncovered(user_id=user_id, key="h:settle", cost=50, uncovered=45),
        FundsExhausted(user_id=user_id, graph_id="g", balance=5, amount=50, shortfall=45, reference={"graph": "g"}),
    ]


def test_broken_listener_does_not_break_the_charge(heard: list[Any]) -> None:
    def explode(**kwargs: Any) -> None:
        raise RuntimeError("listener")

    account = account_with_threshold(heard, 50, 50)
    credit_events.connect(explode)
    try:
        assert charge(account, amount=1, key="a", reason="").running_balance == 49
    finally:
        credit_events.disconnect(explode)
