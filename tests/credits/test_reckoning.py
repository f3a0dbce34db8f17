"""The decision about orders, row by row."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from credits.batch import Charge
from credits.errors import (
    AccountFrozen,
    AlreadyReversed,
    CostLimitReached,
    HoldClosed,
    HoldNotFound,
    InsufficientBalance,
    KeyReused,
    TransactionNotFound,
)
from credits.models import HoldStatus
from credits.orders import NOBODY, Count, Entry, Order, Release, Reverse, SetAside, Settle, Spender
from credits.outcomes import AlreadyPosted, Closed, Counted, Held, Outcome, Posted, Refused
from credits.reckoning import Known, Reckoning
from credits.standing import Ceiling, Fee, KnownHold, Standing

FIRST, SECOND = UUID(int=1), UUID(int=2)
TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NO_FEE = Fee(credits=0, every=0)
KNOWN = {
    "old": Known(FIRST, "USAGE", -5),
    "given": Known(FIRST, "GRANT", 5),
    "checked": Known(FIRST, "CARD_CHECK", 0),
    "taken back": Known(FIRST, "USAGE", -5, reversed_by=SECOND),
    "reversal": Known(SECOND, "USAGE", 5, is_reversal=True),
}
HOLDS = {
    "open": (HoldStatus.OPEN, 5, None),
    "settled": (HoldStatus.SETTLED, 5, 3),
    "released": (HoldStatus.RELEASED, 5, None),
    "expired": (HoldStatus.EXPIRED, 5, None),
}


def standing(balance: int, *, held: int = 0, overdraft: int = 0, is_frozen: bool = False) -> Standing:
    return Standing(
        account_id=uuid4(),
        user_id=UUID(int=1),
        balance=balance,
        held=held,
        overdraft=overdraft,
        last_seq=7,
        low_balance_threshold=0,
        today=TODAY,
        is_frozen=is_frozen,
    )


def reckoning(account: Standing, fee: Fee = NO_FEE) -> Reckoning:
    holds = {
        key: KnownHold(uuid4(), status, amount, TODAY, Spender(), cost=cost)
        for key, (status, amount, cost) in HOLDS.items()
    }
    return Reckoning(account, KNOWN, holds, fee=fee)


def usage(amount: int, key: str, spender: Spender = NOBODY) -> Entry:
    return Charge(amount, key, "", spender=spender).entry()


def hold(amount: int, key: str, *, raised_from: int = 0) -> SetAside:
    return SetAside(amount=amount, key=key, raised_from=raised_from, expires_at=NOON)


def settle(key: str, cost: int) -> Settle:
    return Settle(hold_key=key, cost=cost, key=f"{key}:settle", reason="")


def release(key: str) -> Release:
    return Release(hold_key=key)


def reverse(key: str) -> Reverse:
    return Reverse(of_key=key, reason="A mistake")


def told(outcomes: list[Outcome]) -> list[object]:
    """Outcomes in short: what is left, a word, or the class of the error."""
    return [_told(outcome) for outcome in outcomes]


def _told(outcome: Outcome) -> object:
    match outcome:
        case Posted():
            return outcome.running_balance
        case Refused():
            return type(outcome.error)
        case AlreadyPosted():
            return "again"
        case Held():
            return "held"
        case Closed(posted=None):
            return "closed"
        case Closed(posted=posted, uncovered=uncovered):
            return posted.running_balance, uncovered
        case Counted():
            return outcome.fee, outcome.owed is not None


@pytest.mark.parametrize(
    ("account", "charges", "expected"),
    [
        (standing(10), [], []),
        (standing(10), [(4, "a"), (6, "b")], [6, 0]),
        (standing(10), [(11, "a")], [InsufficientBalance]),
        (standing(10), [(11, "a"), (10, "b")], [InsufficientBalance, 0]),
        (standing(10), [(6, "a"), (6, "b"), (4, "c")], [4, InsufficientBalance, 0]),
        (standing(10, held=5), [(6, "a"), (5, "b")], [InsufficientBalance, 5]),
        (standing(0, overdraft=3), [(3, "a"), (1, "b")], [-3, InsufficientBalance]),
        (standing(10), [(5, "old")], ["again"]),
        (standing(0), [(5, "old")], ["again"]),
        (standing(10), [(6, "old")], [KeyReused]),
        (standing(10), [(5, "given")], [KeyReused]),
        (standing(10), [(3, "a"), (3, "a"), (4, "a")], [7, "again", KeyReused]),
        (standing(10), [(11, "a"), (2, "a")], [InsufficientBalance, 8]),
        (standing(10, is_frozen=True), [(1, "a"), (5, "old")], [AccountFrozen, "again"]),
    ],
)
def test_each_charge_gets_its_outcome(
    account: Standing, charges: list[tuple[int, str]], expected: list[object]
) -> None:
    assert told(reckoning(account).run([usage(amount, key) for amount, key in charges])) == expected


@pytest.mark.parametrize(
    ("account", "orders", "expected", "held"),
    [
        (standing(10), [hold(10, "a")], ["held"], 10),
        (standing(10), [hold(11, "a")], [InsufficientBalance], 0),
        (standing(10), [hold(6, "a"), hold(6, "b"), hold(4, "c")], ["held", InsufficientBalance, "held"], 10),
        (standing(10), [hold(6, "a"), hold(6, "a"), hold(5, "a")], ["held", "held", KeyReused], 6),
        (standing(10), [hold(6, "a"), hold(9, "a", raised_from=6)], ["held", "held"], 9),
        (standing(10), [hold(6, "a"), hold(11, "a", raised_from=6)], ["held", InsufficientBalance], 6),
        (standing(10), [hold(6, "a"), usage(5, "b"), usage(4, "b")], ["held", InsufficientBalance, 6], 6),
        (standing(10), [hold(6, "a"), release("a"), release("a"), usage(10, "b")], ["held", "closed", "closed", 0], 0),
        (standing(10), [hold(6, "a"), settle("a", 2), settle("a", 2)], ["held", (8, 0), "closed"], 0),
        (standing(10), [hold(6, "a"), settle("a", 2), settle("a", 3)], ["held", (8, 0), KeyReused], 0),
        (standing(10), [hold(6, "a"), settle("a", 0)], ["held", "closed"], 0),
        (standing(10), [hold(6, "a"), settle("a", 10)], ["held", (0, 0)], 0),
        (standing(10), [hold(6, "a"), settle("a", 11)], ["held", (0, 1)], 0),
        (standing(10, overdraft=5), [hold(6, "a"), settle("a", 99)], ["held", (-5, 84)], 0),
        (standing(10), [hold(6, "a"), hold(4, "b"), settle("a", 9)], ["held", "held", (4, 3)], 4),
        (standing(10, held=5), [hold(5, "open"), settle("open", 7)], ["held", (3, 0)], 0),
        (standing(10), [hold(5, "settled"), settle("settled", 3)], [HoldClosed, "closed"], 0),
        (standing(10), [hold(5, "released"), hold(7, "expired")], ["held", InsufficientBalance], 5),
        (standing(10), [settle("released", 4), release("expired")], [(6, 0), "closed"], 0),
        (standing(10), [settle("unknown", 4), release("unknown")], [HoldNotFound, HoldNotFound], 0),
        (standing(10, held=5, is_frozen=True), [hold(1, "a"), settle("open", 4)], [AccountFrozen, (6, 0)], 0),
    ],
)
def test_each_hold_gets_its_outcome(account: Standing, orders: list[Order], expected: list[object], held: int) -> None:
    assert told(reckoning(account).run(orders)) == expected
    assert account.held == held


@pytest.mark.parametrize(
    ("account", "orders", "expected"),
    [
        (standing(10), [reverse("old"), reverse("old")], [15, "again"]),
        (standing(10), [usage(4, "a"), reverse("a")], [6, 10]),
        (standing(10), [reverse("taken back")], ["again"]),
        (standing(10), [reverse("reversal")], [AlreadyReversed]),
        (standing(10), [reverse("checked")], [AlreadyReversed]),
        (standing(10), [reverse("unknown")], [TransactionNotFound]),
        (standing(10), [reverse("given")], [5]),
        (standing(4), [reverse("given")], [InsufficientBalance]),
        (standing(10, is_frozen=True), [reverse("given"), reverse("old")], [AccountFrozen, 15]),
    ],
)
def test_each_reversal_gets_its_outcome(account: Standing, orders: list[Order], expected: list[object]) -> None:
    assert told(reckoning(account).run(orders)) == expected


@pytest.mark.parametrize(
    ("balance", "numbers", "expected"),
    [
        (10, [99], [(0, False)]),
        (10, [99, 1, 99, 1], [(0, False), (1, False), (0, False), (1, False)]),
        (10, [350], [(3, False)]),
        (2, [350, 1], [(2, True), (0, True)]),
    ],
)
def test_each_hundred_node_executions_cost_a_fee_that_stays_due_while_it_cannot_be_paid(
    balance: int, numbers: list[int], expected: list[object]
) -> None:
    orders = [Count(number=number) for number in numbers]
    assert told(reckoning(standing(balance), Fee(credits=1, every=100)).run(orders)) == expected


def test_no_fee_is_due_when_it_is_switched_off() -> None:
    account = standing(10)
    assert told(reckoning(account).run([Count(number=1000)])) == [(0, False)]
    assert account.node_executions == 1000


@pytest.mark.parametrize(("spent", "expected"), [(0, [6, 2]), (2, [6, CostLimitReached]), (8, [CostLimitReached] * 2)])
def test_ceiling_of_an_execution_counts_charges_and_holds(spent: int, expected: list[object]) -> None:
    account = standing(10)
    account.executions = {FIRST: Ceiling("cost limit of the execution", 8, spent)}
    spender = Spender(execution_id=FIRST)
    orders = [usage(4, "a", spender), usage(4, "b", spender)]
    assert told(reckoning(account).run(orders)) == expected


def test_other_executions_do_not_count_against_a_ceiling() -> None:
    account = standing(10)
    account.executions = {FIRST: Ceiling("cost limit of the execution", 4)}
    orders = [usage(5, "a", Spender(execution_id=SECOND)), usage(4, "b", Spender(execution_id=FIRST))]
    assert told(reckoning(account).run(orders)) == [5, 1]


def test_seqs_follow_each_other_without_the_refused() -> None:
    outcomes = reckoning(standing(10)).run([usage(6, "a"), usage(6, "b"), usage(4, "c")])
    assert [outcome.seq for outcome in outcomes if isinstance(outcome, Posted)] == [8, 9]


def test_repetition_names_the_first_transaction() -> None:
    assert reckoning(standing(10)).run([usage(5, "old")]) == [AlreadyPosted(FIRST)]


def test_refusal_says_what_was_left_at_that_moment() -> None:
    *_, refused = reckoning(standing(10)).run([usage(6, "a"), usage(6, "b")])
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, InsufficientBalance)
    assert (refused.error.balance, refused.error.amount, refused.error.shortfall) == (4, 6, 2)
