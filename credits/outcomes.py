"""What becomes of what was asked of the ledger. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from credits.orders import Entry
from reliability.errors import SluiceError


@dataclass(frozen=True, slots=True)
class Posted:
    """The entry is now a transaction."""

    transaction_id: UUID
    entry: Entry
    seq: int
    running_balance: int
    reverses_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AlreadyPosted:
    """The same was done before under this key; nothing has changed."""

    transaction_id: UUID


@dataclass(frozen=True, slots=True)
class Held:
    """The credits are set aside, now or already before."""

    hold_id: UUID


@dataclass(frozen=True, slots=True)
class Closed:
    """The hold has ended. posted: what was charged; none for nothing. uncovered: credits that nobody could pay."""

    hold_id: UUID
    posted: Posted | None = None
    uncovered: int = 0
    reference: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """The node executions are counted. fee: credits charged for it. owed: why a fee that is due was not charged."""

    fee: int = 0
    owed: "Refused | None" = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was written, and why."""

    error: SluiceError


Outcome = Posted | AlreadyPosted | Held | Closed | Counted | Refused
