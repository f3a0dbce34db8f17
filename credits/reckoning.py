"""The one decision about credits: what becomes of each order, in turn, given the account as it is. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from typing import Any
from uuid import UUID

from credits.errors import (
    AlreadyReversed,
    HoldClosed,
    HoldNotFound,
    InvalidAmount,
    KeyReused,
    TransactionNotFound,
)
from credits.models import HoldStatus, TransactionType
from credits.orders import (
    NOBODY,
    Count,
    Entry,
    Order,
    Release,
    Reverse,
    SetAside,
    Settle,
    Spender,
)
from credits.outcomes import AlreadyPosted, Closed, Counted, Held, Outcome, Posted, Refused
from credits.standing import Fee, KnownHold, Standing
from reliability.ids import uuid7

#: What the balance's column holds.
BALANCE_MAX = 2**63 - 1
#: As deep as refunds may take an account; the columns could hold twice as much.
AVAILABLE_MIN = -(2**62)


@dataclass(frozen=True, slots=True)
class Known:
    """What an existing transaction did under its key."""

    transaction_id: UUID
    type: str
    change: int  # credits
    reference: Mapping[str, Any] = field(default_factory=dict)
    is_reversal: bool = False
    reversed_by: UUID | None = None


@dataclass(slots=True)
class HoldChange:
    """A hold to be written. new: what to insert (or to open again); otherwise the hold of this id ends."""

    hold_id: Any
    status: HoldStatus
    new: SetAside | None = None
    cost: int | None = None
    uncovered: int = 0
    transaction_id: UUID | None = None


class Reckoning:
    """Goes through the orders; afterwards it knows what there is to write.

    A refused order leaves the account to those after it: a later, smaller charge may still fit.
    known: `{key: what is already in the ledger}`; holds: `{key: hold}`.
    """

    def __init__(
        self, standing: Standing, known: Mapping[str, Known], holds: Mapping[str, KnownHold], *, fee: Fee
    ) -> None:
        self.standing = standing
        self.posted: list[Posted] = []
        self.hold_changes: dict[Any, HoldChange] = {}
        self.has_counted = False
        self._known = dict(known)
        self._holds = dict(holds)
        self._fee = fee

    def run(self, orders: Sequence[Order]) -> list[Outcome]:
        decide = self._decide  # once: each look at it makes a new function
        return [decide(order) for order in orders]

    @singledispatchmethod
    def _decide(self, order: Any) -> Outcome:
        raise TypeError(f"Not an order: {order!r}")

    @_decide.register
    def _enter(self, entry: Entry) -> Outcome:
        if (before := self._known.get(entry.key)) is not None:
            return self._again(entry, _repeated(entry, before))
        standing = self.standing
        if entry.change < 0 and not entry.into_debt:
            if (error := standing.refusal(-entry.change, entry.spender)) is not None:
                return Refused(error)
        elif (refused := self._beyond_limits(entry.change)) is not None:
            return refused
        if entry.type is TransactionType.USAGE:
            standing.count(-entry.change, entry.spender)
        return self._post(entry)

    def _again(self, entry: Entry, outcome: AlreadyPosted | Refused) -> AlreadyPosted | Refused:
        if isinstance(outcome, AlreadyPosted) and entry.type is TransactionType.USAGE:
            self.standing.recall(-entry.change, entry.spender)
        return outcome

    @_decide.register
    def _set_aside(self, order: SetAside) -> Outcome:
        hold = self._holds.get(order.key)
        if hold is not None and hold.status is HoldStatus.OPEN and hold.amount != order.raised_from:
            if hold.amount != order.amount:
                return Refused(_other_amount(order, hold))
            self.standing.recall(order.more, order.spender)
            return Held(hold.hold_id)
        if hold is not None and hold.status is HoldStatus.SETTLED:
            return Refused(HoldClosed(f'The hold "{order.key}" is settled.'))
        raised = hold if hold is not None and hold.status is HoldStatus.OPEN else None
        more = order.more if raised else order.amount
        # a hold that is raised on a later day counts against that day with all of it
        today = more if raised and raised.day == self.standing.today else order.amount
        if (error := self.standing.refusal(more, order.spender, today=today)) is not None:
            return Refused(error)
        self.standing.set_aside(more)
        self.standing.count(more, order.spender, today=today)
        hold_id = hold.hold_id if hold else uuid7()
        self._holds[order.key] = KnownHold(
            hold_id,
            HoldStatus.OPEN,
            order.amount,
            self.standing.today,
            Spender(api_key_id=order.spender.api_key_id),
            order.reference,
        )
        self.hold_changes[hold_id] = HoldChange(hold_id, HoldStatus.OPEN, new=order)
        return Held(hold_id)

    @_decide.register
    def _settle(self, order: Settle) -> Outcome:
        hold = self._holds.get(order.hold_key)
        if hold is None:
            return Refused(HoldNotFound(f'There is no hold "{order.hold_key}".'))
        if hold.status is HoldStatus.SETTLED:
            return self._settled_before(order, hold)
        coverable = self._let_go(hold) + max(0, self.standing.available)
        charged = min(order.cost, coverable)
        posted = self._charge_settled(order, hold, charged) if charged else None
        uncovered = order.cost - charged
        hold.status, hold.cost, hold.uncovered = HoldStatus.SETTLED, order.cost, uncovered
        self._close(
            hold, cost=order.cost, uncovered=uncovered, transaction_id=posted.transaction_id if posted else None
        )
        return Closed(hold.hold_id, posted, uncovered, hold.reference)

    @_decide.register
    def _release(self, order: Release) -> Outcome:
        hold = self._holds.get(order.hold_key)
        if hold is None:
            return Refused(HoldNotFound(f'There is no hold "{order.hold_key}".'))
        if hold.status is HoldStatus.OPEN:
            self._let_go(hold)
            hold.status = order.status
            self._close(hold)
        return Closed(hold.hold_id)

    @_decide.register
    def _reverse(self, order: Reverse) -> Outcome:
        original = self._known.get(order.of_key)
        if original is None:
            return Refused(TransactionNotFound(f'There is no transaction "{order.of_key}".'))
        if original.reversed_by is not None:
            return AlreadyPosted(original.reversed_by)
        if original.is_reversal or not original.change:
            return Refused(AlreadyReversed("A reversal, or a transaction of no credits, cannot be reversed."))
        if original.change > 0 and (error := self.standing.refusal(original.change, NOBODY)) is not None:
            return Refused(error)
        if (refused := self._beyond_limits(-original.change)) is not None:
            return refused
        posted = self._post(_reversal(order, original), reverses_id=original.transaction_id)
        self._known[order.of_key] = replace(original, reversed_by=posted.transaction_id)
        return posted

    @_decide.register
    def _count(self, order: Count) -> Outcome:
        """Count first; then charge what fees are due. A fee that cannot be charged now stays due."""
        self.has_counted = True
        self.standing.node_executions += order.number
        charged = 0
        while self._fee_is_due():
            outcome = self._enter(self._fee_entry(order))
            if isinstance(outcome, Refused):
                return Counted(charged, owed=outcome)
            self.standing.fee_charged_to += self._fee.every
            charged += self._fee.credits
        return Counted(charged)

    # --- fees

    def _fee_is_due(self) -> bool:
        uncharged = self.standing.node_executions - self.standing.fee_charged_to
        return self._fee.is_charged and uncharged >= self._fee.every

    def _fee_entry(self, order: Count) -> Entry:
        counted = self.standing.fee_charged_to + self._fee.every
        return Entry(
            type=TransactionType.USAGE,
            change=-self._fee.credits,
            key=f"execution-fee:{counted}",
            reason=f"Execution fee for {self._fee.every} node executions",
            reference=order.reference,
            spender=order.spender,
        )

    # --- holds

    def _settled_before(self, order: Settle, hold: KnownHold) -> Outcome:
        if hold.cost == order.cost:
            return Closed(hold.hold_id, uncovered=hold.uncovered, reference=hold.reference)
        return Refused(KeyReused(f'The hold "{order.hold_key}" was settled with {hold.cost} credits.'))

    def _let_go(self, hold: KnownHold) -> int:
        """Give back what an open hold has set aside; of another one nothing is left.

        What comes back to an account in debt is still there for the cost that it was set aside for.
        """
        if hold.status is not HoldStatus.OPEN:
            return 0
        in_debt = min(hold.amount, max(0, -self.standing.available))
        self.standing.set_aside(-hold.amount)
        self.standing.count(-hold.amount, hold.spender, on=hold.day)
        return in_debt

    def _charge_settled(self, order: Settle, hold: KnownHold, charged: int) -> Posted:
        self.standing.count(charged, hold.spender)
        entry = Entry(
            type=TransactionType.USAGE,
            change=-charged,
            key=order.key,
            reason=order.reason,
            reference=hold.reference,
            metadata=order.metadata,
            spender=hold.spender,
        )
        return self._post(entry, into_debt=True)

    def _close(
        self, hold: KnownHold, *, cost: int | None = None, uncovered: int = 0, transaction_id: UUID | None = None
    ) -> None:
        opened = self.hold_changes.get(hold.hold_id)
        self.hold_changes[hold.hold_id] = HoldChange(
            hold.hold_id,
            hold.status,
            new=opened.new if opened else None,
            cost=cost,
            uncovered=uncovered,
            transaction_id=transaction_id,
        )

    # --- posting

    def _beyond_limits(self, change: int) -> Refused | None:
        balance, available = self.standing.balance, self.standing.available
        if balance + change <= BALANCE_MAX and (change >= 0 or available + change >= AVAILABLE_MIN):
            return None
        limits = f"{AVAILABLE_MIN} or {BALANCE_MAX}, the limits"
        return Refused(InvalidAmount(f"{change:+d} credits on a balance of {balance} are beyond {limits}."))

    def _post(self, entry: Entry, *, reverses_id: UUID | None = None, into_debt: bool = False) -> Posted:
        standing = self.standing
        standing.move(entry.change, into_debt=entry.into_debt or into_debt)
        standing.last_seq += 1
        posted = Posted(uuid7(), entry, standing.last_seq, standing.balance, reverses_id)
        self.posted.append(posted)
        self._known[entry.key] = Known(
            posted.transaction_id, entry.type, entry.change, entry.reference, reverses_id is not None
        )
        return posted


def _repeated(entry: Entry, before: Known) -> AlreadyPosted | Refused:
    if (before.type, before.change) == (entry.type, entry.change):
        return AlreadyPosted(before.transaction_id)
    return Refused(
        KeyReused(
            f'Key "{entry.key}" belongs to a {before.type} of {before.change} credits and cannot be used again for '
            f"a {entry.type} of {entry.change}."
        )
    )


def _other_amount(order: SetAside, hold: KnownHold) -> KeyReused:
    return KeyReused(f'The hold "{order.key}" has {hold.amount} credits and cannot be used again for {order.amount}.')


def _reversal(order: Reverse, original: Known) -> Entry:
    return Entry(
        type=TransactionType(original.type),
        change=-original.change,
        key=f"reversal:{original.transaction_id}",
        reason=order.reason,
        reference=original.reference,
        metadata=order.metadata,
        actor_id=order.actor_id,
    )
