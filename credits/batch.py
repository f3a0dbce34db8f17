"""Many orders of one user at once: what the journal of running executions calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from credits.asking import Asked, ask
from credits.errors import AccountNotFound, InvalidAmount, InvalidText
from credits.models import TransactionType
from credits.orders import NOBODY, Entry, Order, Spender, new_entry, whole_credits
from credits.outcomes import Outcome, Refused
from credits.posting import post_asked
from credits.standing import Ceiling


@dataclass(frozen=True, slots=True)
class Charge:
    """Credits to take, once per key. amount: credits, > 0; key: e.g. "node-execution:<id>"."""

    amount: int
    key: str
    reason: str
    reference: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    spender: Spender = NOBODY

    def entry(self) -> Entry:
        """Raises InvalidAmount and InvalidText."""
        return new_entry(
            TransactionType.USAGE,
            -whole_credits(self.amount),
            key=self.key,
            reason=self.reason,
            reference=self.reference,
            metadata=self.metadata,
            spender=self.spender,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """Orders of one user that the ledger has begun to look at: the account is locked, or will be in its turn.

    drafts: what they are for the ledger, or why they are nothing for it.
    """

    drafts: Sequence[Order | Refused]
    asked: Asked

    @property
    def orders(self) -> list[Order]:
        return [draft for draft in self.drafts if not isinstance(draft, Refused)]


def ask_many(user_id: UUID, wanted: Sequence[Charge | Order]) -> Question:
    """Begin to look at them, inside the open transaction. In a pipeline of PostgreSQL nothing is waited for."""
    drafts = [_draft(order) if isinstance(order, Charge) else order for order in wanted]
    return Question(drafts, ask("user_id", user_id, [draft for draft in drafts if not isinstance(draft, Refused)]))


def charge_many(
    user_id: UUID,
    wanted: Sequence[Charge | Order],
    *,
    now: datetime,
    executions: Mapping[UUID, Ceiling] | None = None,
    again: bool = False,
    question: Question | None = None,
) -> list[Outcome]:
    """Do what can be done, in order, inside the open transaction. One outcome for each.

    wanted: charges, and whatever else belongs into the same transaction: holds, what ends them, reversals, counts.
    executions: the ceilings that `Spender.execution_id` names; they move on with what is charged.  again: the
    same may have been committed before.  question: if they have been asked about; else they are now.
    A charge that is not valid, not covered, or whose key has another amount is Refused; the others do not notice.
    The account stays locked until the transaction ends: who charges several users goes in the order of their ids.
    """
    question = question or ask_many(user_id, wanted)
    try:
        answers = iter(post_asked(question.asked, question.orders, now=now, executions=executions, again=again))
    except AccountNotFound as error:
        return [Refused(error)] * len(wanted)
    return [draft if isinstance(draft, Refused) else next(answers) for draft in question.drafts]


def _draft(charge: Charge) -> Entry | Refused:
    try:
        return charge.entry()
    except (InvalidAmount, InvalidText) as error:
        return Refused(error)
