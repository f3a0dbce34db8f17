"""A credit account in memory, decided about by the real reckoning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from credits.batch import Charge
from credits.models import Hold, HoldStatus
from credits.orders import Order, SetAside
from credits.outcomes import Outcome, Posted
from credits.reckoning import HoldChange, Known, Reckoning
from credits.standing import Ceiling, Fee, KnownHold, Standing

#: Simulated days do not end.
TODAY = date(2100, 1, 1)
#: A fee so often that small graphs pay some.
FEE = Fee(credits=1, every=7)


@dataclass(slots=True)
class StoredHold:
    """A row of a hold."""

    order: SetAside
    status: HoldStatus
    cost: int | None = None
    uncovered: int = 0

    def known(self, hold_id: UUID) -> KnownHold:
        return KnownHold(
            hold_id,
            self.status,
            self.order.amount,
            TODAY,
            replace(self.order.spender, execution_id=None),
            self.order.reference,
            self.cost,
            self.uncovered,
        )

    def row(self) -> Hold:
        """As loading reads it."""
        return Hold(
            key=self.order.key,
            amount=self.order.amount,
            status=self.status,
            reference=dict(self.order.reference),
            metadata=dict(self.order.metadata),
        )


@dataclass(slots=True)
class Ledger:
    """The account of the one user there is."""

    standing: Standing
    given: int
    posted: list[Posted] = field(default_factory=list)
    holds: dict[UUID, StoredHold] = field(default_factory=dict)
    _known: dict[str, Known] = field(default_factory=dict)
    _hold_ids: dict[str, UUID] = field(default_factory=dict)

    @classmethod
    def with_credits(cls, user_id: UUID, credits: int) -> "Ledger":
        standing = Standing(
            account_id=user_id,
            user_id=user_id,
            balance=credits,
            held=0,
            overdraft=0,
            last_seq=0,
            low_balance_threshold=0,
            today=TODAY,
        )
        return cls(standing, given=credits)

    def post(self, wanted: Sequence[Charge | Order], executions: Mapping[UUID, Ceiling]) -> list[Outcome]:
        """What `credits.batch.charge_many` does over rows."""
        orders = [order.entry() if isinstance(order, Charge) else order for order in wanted]
        self.standing.executions = executions
        holds = {key: self.holds[id].known(id) for key, id in self._hold_ids.items()}
        reckoning = Reckoning(self.standing, self._known, holds, fee=FEE)
        outcomes = reckoning.run(orders)
        for posted in reckoning.posted:
            self._write(posted)
        for change in reckoning.hold_changes.values():
            self._write_hold(change)
        return outcomes

    def open_holds(self) -> list[StoredHold]:
        return [hold for hold in self.holds.values() if hold.status is HoldStatus.OPEN]

    def taken(self) -> dict[str, int]:
        """Credits by the key of their charge; what was reversed counts nothing."""
        reversed_ids = {posted.reverses_id for posted in self.posted if posted.reverses_id}
        return {
            posted.entry.key: -posted.entry.change
            for posted in self.posted
            if posted.reverses_id is None and posted.transaction_id not in reversed_ids
        }

    def _write(self, posted: Posted) -> None:
        self.posted.append(posted)
        entry = posted.entry
        is_reversal = posted.reverses_id is not None
        self._known[entry.key] = Known(
            posted.transaction_id, entry.type, entry.change, entry.reference, is_reversal=is_reversal
        )
        if is_reversal:
            self._mark_reversed(posted)

    def _mark_reversed(self, reversal: Posted) -> None:
        key, original = next(
            (key, known) for key, known in self._known.items() if known.transaction_id == reversal.reverses_id
        )
        self._known[key] = replace(original, reversed_by=reversal.transaction_id)

    def _write_hold(self, change: HoldChange) -> None:
        if change.new is not None:
            self.holds[change.hold_id] = StoredHold(change.new, change.status)
            self._hold_ids[change.new.key] = change.hold_id
        stored = self.holds[change.hold_id]
        stored.status, stored.cost, stored.uncovered = change.status, change.cost, change.uncovered
