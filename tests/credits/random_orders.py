"""Orders that nobody thought of."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from credits.batch import Charge
from credits.models import HoldStatus, TransactionType
from credits.orders import Count, Entry, Order, Release, Reverse, SetAside, Settle, new_entry

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
#: Few, so that they meet again.
KEYS = ("a", "b", "c", "d")
HOLD_KEYS = ("h", "i", "j")
GIVEN = (TransactionType.GRANT, TransactionType.TOP_UP)


def orders() -> st.SearchStrategy[Order]:
    return st.one_of(_charges(), _gifts(), _refunds(), _holds(), _settlements(), _releases(), _reversals(), _counts())


def _amounts() -> st.SearchStrategy[int]:
    return st.integers(1, 12)


def _charges() -> st.SearchStrategy[Order]:
    return st.builds(lambda amount, key: Charge(amount, key, "").entry(), _amounts(), st.sampled_from(KEYS))


def _gifts() -> st.SearchStrategy[Order]:
    def make(type: TransactionType, amount: int, key: str) -> Entry:
        return new_entry(type, amount, key=key, reason="")

    return st.builds(make, st.sampled_from(GIVEN), _amounts(), st.sampled_from(KEYS))


def _refunds() -> st.SearchStrategy[Order]:
    def make(amount: int, key: str) -> Entry:
        return new_entry(TransactionType.REFUND, -amount, key=key, reason="", into_debt=True)

    return st.builds(make, _amounts(), st.sampled_from(KEYS))


def _holds() -> st.SearchStrategy[Order]:
    def make(amount: int, key: str) -> SetAside:
        return SetAside(amount=amount, key=key, expires_at=LATER)

    return st.builds(make, _amounts(), st.sampled_from(HOLD_KEYS))


def _settlements() -> st.SearchStrategy[Order]:
    def make(cost: int, key: str) -> Settle:
        return Settle(hold_key=key, cost=cost, key=f"{key}:settle", reason="")

    return st.builds(make, st.integers(0, 30), st.sampled_from(HOLD_KEYS))


def _releases() -> st.SearchStrategy[Order]:
    ends = st.sampled_from([HoldStatus.RELEASED, HoldStatus.EXPIRED])
    return st.builds(lambda key, status: Release(hold_key=key, status=status), st.sampled_from(HOLD_KEYS), ends)


def _reversals() -> st.SearchStrategy[Order]:
    keys = st.sampled_from([*KEYS, *(f"{key}:settle" for key in HOLD_KEYS)])
    return st.builds(lambda key: Reverse(of_key=key, reason="A mistake"), keys)


def _counts() -> st.SearchStrategy[Order]:
    return st.builds(lambda number: Count(number=number), st.integers(1, 5))
