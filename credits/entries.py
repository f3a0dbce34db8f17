"""What is asked of the ledger, and what becomes of it: plain values, and the one decision about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from credits.errors import AccountNotFound, InsufficientBalance, InvalidAmount, InvalidText, KeyReused
from credits.models import TransactionType
from reliability.ids import uuid7

#: The largest amount, in credits: the last whole number that every JSON reader keeps exact.
AMOUNT_MAX = 2**53
#: What the balance's column holds.
BALANCE_MAX = 2**63 - 1
KEY_MAX_LENGTH = 200
REASON_MAX_LENGTH = 500


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account as it is while it is locked. account_id: as the driver gave it. Credits throughout."""

    account_id: Any
    user_id: UUID
    balance: int
    held: int
    overdraft: int
    last_seq: int
    low_balance_threshold: int

    @property
    def available(self) -> int:
        return self.balance - self.held + self.overdraft


@dataclass(frozen=True, slots=True)
class Known:
    """What an existing transaction did under its key."""

    transaction_id: UUID
    type: str
    change: int  # credits


@dataclass(frozen=True, slots=True)
class Posted:
    """The entry is now a transaction."""

    transaction_id: UUID
    entry: Entry
    seq: int
    running_balance: int


@dataclass(frozen=True, slots=True)
class AlreadyPosted:
    """The same entry was made before under this key; nothing has changed."""

    transaction_id: UUID


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was written, and why."""

    error: InsufficientBalance | KeyReused | InvalidAmount | InvalidText | AccountNotFound


Outcome = Posted | AlreadyPosted | Refused


def whole_credits(amount: object) -> int:
    """The amount itself, if it is a whole number from 1 to AMOUNT_MAX. Raises InvalidAmount; never rounds or cuts."""
    if type(amount) is not int or not 1 <= amount <= AMOUNT_MAX:
        raise InvalidAmount(
            f"amount must be a whole number of credits from 1 to {AMOUNT_MAX}, not {repr(amount)[:40]}."
        )
    return amount


def check_text(field_name: str, text: str, shortest: int, longest: int) -> None:
    """Raises InvalidText, naming the field and its limits."""
    if not shortest <= len(text) <= longest or "\x00" in text:
        raise InvalidText(f"{field_name} must have {shortest} to {longest} characters and no NUL, not {len(text)}.")


def new_entry(
    type: TransactionType,
    change: int,
    *,
    key: str,
    reason: str,
    reference: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    actor_id: UUID | None = None,
) -> Entry:
    """Make an entry that fits the ledger's columns. Raises InvalidText."""
    check_text("key", key, 1, KEY_MAX_LENGTH)
    check_text("reason", reason, 0, REASON_MAX_LENGTH)
    return Entry(
        type=type,
        change=change,
        key=key,
        reason=reason,
        reference=reference or {},
        metadata=metadata or {},
        actor_id=actor_id,
    )


def decide(standing: Standing, entries: Sequence[Entry], known: Mapping[str, Known]) -> list[Outcome]:
    """Say what becomes of each entry, in order. known: `{key: what is already in the ledger}`.

    A refused entry leaves the account to those after it: a later, smaller charge may still fit.
    """
    seen = dict(known)
    outcomes: list[Outcome] = []
    for entry in entries:
        before = seen.get(entry.key)
        outcome = _repeated(entry, before) if before else _first(standing, entry)
        if isinstance(outcome, Posted):
            seen[entry.key] = Known(outcome.transaction_id, entry.type, entry.change)
            standing = replace(standing, balance=outcome.running_balance, last_seq=outcome.seq)
        outcomes.append(outcome)
    return outcomes


def _repeated(entry: Entry, before: Known) -> AlreadyPosted | Refused:
    if (before.type, before.change) == (entry.type, entry.change):
        return AlreadyPosted(before.transaction_id)
    return Refused(
        KeyReused(
            f'Key "{entry.key}" belongs to a {before.type} of {before.change} credits and cannot be used again for '
            f"a {entry.type} of {entry.change}."
        )
    )


def _first(standing: Standing, entry: Entry) -> Posted | Refused:
    balance = standing.balance + entry.change
    if entry.change < 0 and -entry.change > standing.available:
        return Refused(
            InsufficientBalance(user_id=standing.user_id, balance=standing.available, amount=-entry.change),
        )
    if balance > BALANCE_MAX:
        return Refused(
            InvalidAmount(
                f"{entry.change} credits on top of {standing.balance} are more than {BALANCE_MAX}, the limit."
            )
        )
    return Posted(uuid7(), entry, standing.last_seq + 1, balance)
