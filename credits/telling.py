"""What is told of changes to an account. It is decided in the transaction of the change, and told after its commit."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from credits.errors import InsufficientBalance, KeyReused
from credits.events import (
    BalanceCrossed,
    CostUncovered,
    CreditEvent,
    CreditsAdded,
    FundsExhausted,
    KeyConflict,
    publish,
    tell_inside,
)
from credits.models import TransactionType
from credits.orders import Entry, Order, Reverse, Settle
from credits.outcomes import Closed, Counted, Outcome, Posted, Refused
from credits.rows import Rows
from credits.standing import Standing

#: A shortage that lasts is told again after so long.
TOLD_AGAIN = timedelta(days=30)
_GIVES = (TransactionType.GRANT, TransactionType.TOP_UP)


def tell(
    cursor: Any,
    rows: Rows,
    standing: Standing,
    before: int,
    orders: Sequence[Order],
    outcomes: Sequence[Outcome],
    *,
    now: datetime,
    again: bool,
) -> None:
    """Publish what has happened. before: the balance before all of it.  again: an earlier try may have gone through.

    A shortage is told once per account and graph, remembered in a row; credits that come in end all of an account's.
    """
    pairs = list(zip(orders, outcomes, strict=True))
    for added in _added(standing, outcomes):
        cursor.execute(rows.sql.end_shortages, (standing.account_id,))
        publish(added)
    for crossing in _crossings(standing, before, outcomes):
        tell_inside(crossing)
        publish(crossing)
    for fault in _faults(standing, pairs):
        publish(fault)
    for shortage in _shortages(standing, pairs):
        is_new = _is_new(cursor, rows, standing, shortage, now)
        if is_new:
            tell_inside(shortage)
        if is_new or again:
            publish(shortage)  # rather twice than never


def _is_new(cursor: Any, rows: Rows, standing: Standing, shortage: FundsExhausted, now: datetime) -> bool:
    moments = (rows.adapt.moment(now), rows.adapt.moment(now - TOLD_AGAIN))
    cursor.execute(rows.sql.shortage, (standing.account_id, shortage.graph_id, *moments))
    return cursor.fetchone() is not None


def _added(standing: Standing, outcomes: Sequence[Outcome]) -> Iterator[CreditsAdded]:
    for outcome in outcomes:
        if isinstance(outcome, Posted) and outcome.entry.type in _GIVES and outcome.entry.change > 0:
            yield CreditsAdded(
                user_id=str(standing.user_id),
                amount=outcome.entry.change,
                balance=outcome.running_balance,
                type=outcome.entry.type.value,
            )


def _crossings(standing: Standing, before: int, outcomes: Sequence[Outcome]) -> Iterator[BalanceCrossed]:
    """Only spending crosses: each time the balance goes through the threshold from above."""
    threshold = standing.low_balance_threshold
    for posted in _posted(outcomes):
        after = posted.running_balance
        if before >= threshold > after and posted.entry.type is TransactionType.USAGE:
            yield BalanceCrossed(user_id=str(standing.user_id), balance=after, threshold=threshold)
        before = after


def _posted(outcomes: Sequence[Outcome]) -> Iterator[Posted]:
    for outcome in outcomes:
        if isinstance(outcome, Posted):
            yield outcome
        elif isinstance(outcome, Closed) and outcome.posted is not None:
            yield outcome.posted


def _faults(standing: Standing, pairs: Sequence[tuple[Order, Outcome]]) -> Iterator[CreditEvent]:
    """What an operator must look at."""
    user_id = str(standing.user_id)
    for order, outcome in pairs:
        if isinstance(outcome, Refused) and isinstance(outcome.error, KeyReused):
            yield KeyConflict(user_id=user_id, problem=str(outcome.error))
        elif isinstance(outcome, Closed) and outcome.uncovered and isinstance(order, Settle):
            yield CostUncovered(user_id=user_id, key=order.key, cost=order.cost, uncovered=outcome.uncovered)


def _shortages(standing: Standing, pairs: Sequence[tuple[Order, Outcome]]) -> Iterator[FundsExhausted]:
    """Only usage runs out of credits; a correction or a reversal that finds too little is its maker's affair."""
    for order, outcome in pairs:
        if not _is_usage(order):
            continue
        if isinstance(outcome, Closed) and outcome.uncovered:
            cost = order.cost if isinstance(order, Settle) else outcome.uncovered
            lacking = InsufficientBalance(user_id=standing.user_id, balance=cost - outcome.uncovered, amount=cost)
            yield _exhausted(lacking, outcome.reference)
        refused = outcome.owed if isinstance(outcome, Counted) else outcome
        if isinstance(refused, Refused) and isinstance(refused.error, InsufficientBalance):
            yield _exhausted(refused.error, getattr(order, "reference", {}))


def _is_usage(order: Order) -> bool:
    if isinstance(order, Entry):
        return order.type is TransactionType.USAGE
    return not isinstance(order, Reverse)


def _exhausted(error: InsufficientBalance, reference: Mapping[str, Any]) -> FundsExhausted:
    return FundsExhausted(
        user_id=str(error.user_id),
        graph_id=str(reference.get("graph", "")),
        balance=error.balance,
        amount=error.amount,
        shortfall=error.shortfall,
        reference=reference,
    )
