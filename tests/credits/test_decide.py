"""The decision about entries, row by row."""

from uuid import UUID, uuid4

import pytest

from credits.entries import AlreadyPosted, Entry, Known, Outcome, Posted, Refused, Standing, decide, new_entry
from credits.errors import InsufficientBalance, KeyReused
from credits.models import TransactionType

FIRST = uuid4()


def standing(balance: int, *, held: int = 0, overdraft: int = 0) -> Standing:
    return Standing(
        account_id=uuid4(),
        user_id=UUID(int=1),
        balance=balance,
        held=held,
        overdraft=overdraft,
        last_seq=7,
        low_balance_threshold=0,
    )


def usage(amount: int, key: str) -> Entry:
    return new_entry(TransactionType.USAGE, -amount, key=key, reason="")


def told(outcomes: list[Outcome]) -> list[object]:
    """Outcomes in short: what is left, "again", or the class of the error."""
    return [
        outcome.running_balance
        if isinstance(outcome, Posted)
        else "again"
        if isinstance(outcome, AlreadyPosted)
        else type(outcome.error)
        for outcome in outcomes
    ]


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
        (standing(10), [(3, "a"), (3, "a"), (4, "a")], [7, "again", KeyReused]),
        (standing(10), [(11, "a"), (2, "a")], [InsufficientBalance, 8]),
    ],
)
def test_each_charge_gets_its_outcome(
    account: Standing, charges: list[tuple[int, str]], expected: list[object]
) -> None:
    known = {"old": Known(FIRST, "USAGE", -5)}
    assert told(decide(account, [usage(amount, key) for amount, key in charges], known)) == expected


def test_seqs_follow_each_other_without_the_refused() -> None:
    outcomes = decide(standing(10), [usage(6, "a"), usage(6, "b"), usage(4, "c")], {})
    assert [outcome.seq for outcome in outcomes if isinstance(outcome, Posted)] == [8, 9]


def test_repetition_names_the_first_transaction() -> None:
    assert decide(standing(10), [usage(5, "old")], {"old": Known(FIRST, "USAGE", -5)}) == [AlreadyPosted(FIRST)]


def test_refusal_says_what_was_left_at_that_moment() -> None:
    *_, refused = decide(standing(10), [usage(6, "a"), usage(6, "b")], {})
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, InsufficientBalance)
    assert (refused.error.balance, refused.error.amount, refused.error.shortfall) == (4, 6, 2)
