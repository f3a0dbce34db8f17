"""A shortage is told once for each user and graph, until credits come in."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credits.errors import InsufficientBalance
from credits.events import FundsExhausted, credit_events
from credits.holds import hold
from credits.ledger import adjust, card_check, charge, grant, refund, top_up
from credits.models import Account, Shortage
from tests.credits.cast import ada
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

THIRTY_DAYS = timedelta(days=30)


@pytest.fixture
def told() -> Iterator[list[str]]:
    """The graphs whose shortage was told."""
    graphs: list[str] = []

    def hear(event: Any, **kwargs: Any) -> None:
        if isinstance(event, FundsExhausted):
            graphs.append(event.graph_id)

    credit_events.connect(hear)
    yield graphs
    credit_events.disconnect(hear)


def run_short(account: Account, graph: str) -> None:
    with pytest.raises(InsufficientBalance):
        charge(account, amount=10**6, key="too much", reason="", reference={"graph": graph})


def test_same_graph_is_told_once_and_another_one_for_itself(told: list[str]) -> None:
    account = ada(5)
    for graph in ("a", "a", "b", "a", "b"):
        run_short(account, graph)
    assert told == ["a", "b"]


def test_hold_that_is_refused_is_a_shortage_too(told: list[str]) -> None:
    account = ada(5)
    with pytest.raises(InsufficientBalance):
        hold(account, amount=6, key="h", expires_at=datetime.now(UTC), reference={"graph": "a"})
    run_short(account, "a")
    assert told == ["a"]


@pytest.mark.parametrize("comes_in", [grant, top_up])
def test_credits_that_come_in_end_all_shortages(told: list[str], comes_in: Callable[..., object]) -> None:
    account = ada(5)
    for graph in ("a", "b"):
        run_short(account, graph)
    comes_in(account, amount=1, key="in", reason="")
    assert not Shortage.objects.exists()
    run_short(account, "a")
    assert told == ["a", "b", "a"]


@pytest.mark.parametrize(
    "happens",
    [
        lambda account: charge(account, amount=1, key="k", reason=""),
        lambda account: refund(account, amount=1, key="k", reason=""),
        lambda account: card_check(account, key="k", reason=""),
        lambda account: adjust(account, amount=1, key="k", reason="Why"),
        lambda account: grant(account, amount=5, key="start", reason="A repetition"),
    ],
    ids=["usage", "refund", "card check", "adjustment", "repeated grant"],
)
def test_nothing_else_ends_one(told: list[str], happens: Callable[[Account], object]) -> None:
    account = ada(5)
    run_short(account, "a")
    happens(account)
    run_short(account, "a")
    assert told == ["a"]


def test_other_users_credits_end_nothing(told: list[str]) -> None:
    account = ada(5)
    run_short(account, "a")
    make_user("grace@example.org")
    run_short(account, "a")
    assert told == ["a"]


def test_shortage_that_lasts_is_told_again_after_thirty_days(told: list[str]) -> None:
    account = ada(5)
    run_short(account, "a")
    Shortage.objects.update(told_at=datetime.now(UTC) - THIRTY_DAYS + timedelta(minutes=1))
    run_short(account, "a")
    assert told == ["a"]
    Shortage.objects.update(told_at=datetime.now(UTC) - THIRTY_DAYS - timedelta(minutes=1))
    run_short(account, "a")
    assert told == ["a", "a"]
