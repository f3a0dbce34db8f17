"""What a batch asks the ledger for, and what the answers make of its rows. Pure but for what it notes."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from credits.batch import Charge
from credits.orders import Count, Order, SetAside
from credits.outcomes import Closed, Counted, Outcome, Refused
from executor.journal.batch import Batch, Row, Written, unstarted
from executor.journal.statements import RUN_COST

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that a batch asks the ledger for. run_id: the node execution that it is about, if it is about one."""

    written: Written
    run_id: UUID | None
    order: Charge | Order


def by_user(batches: Sequence[tuple[Batch, Written]]) -> dict[UUID, list[Wish]]:
    """What they ask the ledger for, in the order in which all writers lock accounts."""
    found: dict[UUID, list[Wish]] = defaultdict(list)
    for batch, written in batches:
        if batch.asks_the_ledger:
            found[batch.user_id] += wishes(batch, written)
    return dict(sorted(found.items()))


def note(wish: Wish, outcome: Outcome) -> None:
    """Keep what the engine must hear of."""
    match outcome:
        case Refused() if isinstance(wish.order, Charge | SetAside) and wish.run_id is not None:
            wish.written.refused[wish.run_id] = outcome
        case Refused():
            logger.error(
                "A bill could not be ended",
                extra={"action": "bill_refused", "order": repr(wish.order)[:200]},
                exc_info=outcome.error,
            )
        case Closed(uncovered=credits) if credits and wish.run_id is not None:
            wish.written.uncovered[wish.run_id] = credits
        case Counted():
            wish.written.new_fees, wish.written.owed = outcome.fee, outcome.owed


def as_billed(run_id: UUID, row: Row, batch: Batch, written: Written) -> Row:
    """A refused start is no start; a cost that was not paid is no cost."""
    if run_id in written.refused and run_id in batch.starting:
        return unstarted(row)
    if uncovered := written.uncovered.get(run_id):
        return (*row[:RUN_COST], row[RUN_COST] - uncovered, *row[RUN_COST + 1 :])
    return row


def wishes(batch: Batch, written: Written) -> Iterator[Wish]:
    """First what gives credits back, then the fee, then what takes credits."""
    for run_id, order in batch.closings.items():
        yield Wish(written, run_id, order)
    if batch.uncounted:
        yield Wish(written, None, Count(number=batch.uncounted, reference=batch.reference, spender=batch.spender))
    for run_id, bill in batch.bills.items():
        yield Wish(written, run_id, bill)
