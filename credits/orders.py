"""What can be asked of the ledger. Plain values, checked when they are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from credits.errors import InvalidAmount, InvalidText
from credits.models import HoldStatus, TransactionType

#: The largest amount, in credits: the last whole number that every JSON reader keeps exact.
AMOUNT_MAX = 2**53
KEY_MAX_LENGTH = 200
REASON_MAX_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Spender:
    """Whose ceilings a cost counts against, beside the account's own. execution_id: the root execution."""

    execution_id: UUID | None = None
    api_key_id: UUID | None = None


NOBODY = Spender()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A wished change of a balance. Make one with `new_entry`, which refuses what the ledger cannot hold."""

    type: TransactionType
    change: int  # credits; negative takes, positive gives
    key: str
    reason: str
    reference: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    actor_id: UUID | None = None
    spender: Spender = NOBODY
    #: Take it whatever the balance is: real money has gone back.
    into_debt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Hold credits for a cost that is known only afterwards.

    raised_from: what is held under this key already; the hold is then raised to `amount`.
    """

    amount: int  # credits, > 0
    key: str
    raised_from: int = 0
    expires_at: datetime
    reference: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    spender: Spender = NOBODY

    @property
    def more(self) -> int:
        """Credits to be held beside those that are."""
        return self.amount - self.raised_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """End a hold with the true cost, which may be less or more than what was set aside."""

    hold_key: str
    cost: int  # credits, ≥ 0
    key: str
    reason: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """End a hold without a cost. status: RELEASED or EXPIRED."""

    hold_key: str
    status: HoldStatus = HoldStatus.RELEASED


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverse:
    """Take a transaction back by another one of the same type."""

    of_key: str
    reason: str
    actor_id: UUID | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Node executions that have started, for the execution fee."""

    number: int
    reference: Mapping[str, Any] = field(default_factory=dict)
    spender: Spender = NOBODY


Order = Entry | SetAside | Settle | Release | Reverse | Count


def whole_credits(amount: object, *, least: int = 1) -> int:
    """The amount itself, if it is a whole number from `least` to AMOUNT_MAX. Raises InvalidAmount; never rounds."""
    if type(amount) is not int or not least <= amount <= AMOUNT_MAX:
        raise InvalidAmount(
            f"amount must be a whole number of credits from {least} to {AMOUNT_MAX}, not {repr(amount)[:40]}."
        )
    return amount


def check_text(field_name: str, text: str, shortest: int, longest: int) -> None:
    """Raises InvalidText, naming the field and its limits."""
    if not shortest <= len(text) <= longest or "\x00" in text:
        raise InvalidText(f"{field_name} must have {shortest} to {longest} characters and no NUL, not {len(text)}.")


def check_key(key: str) -> str:
    check_text("key", key, 1, KEY_MAX_LENGTH)
    return key


def check_reason(reason: str, *, required: bool = False) -> str:
    """The reason without blanks around it."""
    check_text("reason", reason.strip(), int(required), REASON_MAX_LENGTH)
    return reason.strip()


def new_entry(
    type: TransactionType,
    change: int,
    *,
    key: str,
    reason: str,
    reference: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    actor_id: UUID | None = None,
    spender: Spender = NOBODY,
    into_debt: bool = False,
) -> Entry:
    """Make an entry that fits the ledger's columns. Raises InvalidText."""
    return Entry(
        type=type,
        change=change,
        key=check_key(key),
        reason=check_reason(reason),
        reference=reference or {},
        metadata=metadata or {},
        actor_id=actor_id,
        spender=spender,
        into_debt=into_debt,
    )
