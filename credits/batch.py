"""Many charges of one user at once: what the journal of running executions calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from credits.entries import AlreadyPosted, Entry, Outcome, Posted, Refused, new_entry, whole_credits
from credits.errors import AccountNotFound, InvalidAmount, InvalidText
from credits.models import TransactionType
from credits.posting import post

__all__ = ["AlreadyPosted", "Charge", "Outcome", "Posted", "Refused", "charge_many"]


@dataclass(frozen=True, slots=True)
class Charge:
    """Credits to take, once per key. amount: credits, > 0; key: e.g. "node-execution:<id>"."""

    amount: int
    key: str
    reason: str
    reference: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def entry(self) -> Entry:
        """Raises InvalidAmount and InvalidText."""
        return new_entry(
            TransactionType.USAGE,
            -whole_credits(self.amount),
            key=self.key,
            reason=self.reason,
            reference=self.reference,
            metadata=self.metadata,
        )


def charge_many(user_id: UUID, charges: Sequence[Charge], *, now: datetime) -> list[Outcome]:
    """Make what charges can be made, in order, inside the open transaction. One outcome for each charge.

    A charge that is not valid, not covered, or whose key has another amount is Refused; the others do not notice.
    The account stays locked until the transaction ends: who charges several users goes in the order of their ids.
    """
    drafts = [_draft(charge) for charge in charges]
    entries = [draft for draft in drafts if isinstance(draft, Entry)]
    try:
        answers = iter(post("user_id", user_id, entries, now=now))
    except AccountNotFound as error:
        return [Refused(error)] * len(charges)
    return [next(answers) if isinstance(draft, Entry) else draft for draft in drafts]


def _draft(charge: Charge) -> Entry | Refused:
    try:
        return charge.entry()
    except (InvalidAmount, InvalidText) as error:
        return Refused(error)
