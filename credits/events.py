"""What happens to credits. Listeners hear of it after the commit."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.dispatch import Signal

logger = logging.getLogger(__name__)

#: Sent with `event`, one of the dataclasses below.
credit_events = Signal()

#: Sent with `event`, a BalanceCrossed or FundsExhausted, inside the transaction of the change, once for each that there
#: is, whatever becomes of the answer to its COMMIT. A listener that raises undoes the change.
credits_changing = Signal()


@dataclass(frozen=True, kw_only=True)
class BalanceCrossed:
    """Spending has taken the balance from at or above the low-balance threshold to below it; told each time it does."""

    user_id: str
    balance: int  # credits, after
    threshold: int


@dataclass(frozen=True, kw_only=True)
class FundsExhausted:
    """A charge was refused because too little can be spent; told once per user and graph until credits come in."""

    user_id: str
    graph_id: str  # empty when no graph caused it
    balance: int  # credits that can be spent
    amount: int
    shortfall: int
    reference: Mapping[str, Any]  # what the charge was for


@dataclass(frozen=True, kw_only=True)
class CreditsAdded:
    """Credits were bought or granted."""

    user_id: str
    amount: int
    balance: int  # credits, after
    type: str


@dataclass(frozen=True, kw_only=True)
class KeyConflict:
    """For operators: a key was used again for something else. Nothing has changed; whoever did that has a fault."""

    user_id: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class CostUncovered:
    """For operators: work has cost more than its hold, the balance and the overdraft could pay."""

    user_id: str
    key: str
    cost: int  # credits
    uncovered: int


@dataclass(frozen=True, kw_only=True)
class AccountFroze:
    """For operators: an account was frozen, by a person or because it does not add up."""

    user_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AuditFailed:
    """For operators: something does not add up for which no account was frozen; told with each audit."""

    faults: int  # how many
    problems: tuple[str, ...]  # the first of them


CreditEvent = BalanceCrossed | FundsExhausted | CreditsAdded | KeyConflict | CostUncovered | AccountFroze | AuditFailed
_FOR_OPERATORS = (KeyConflict, CostUncovered, AccountFroze, AuditFailed)


def tell_inside(event: BalanceCrossed | FundsExhausted) -> None:
    """Tell those who write it down in the same transaction."""
    credits_changing.send(sender=type(event), event=event)


def publish(event: CreditEvent) -> None:
    """Tell listeners after the commit; one that fails is logged by Django and changes nothing.

    What operators must look at is logged as an error too.
    """
    transaction.on_commit(lambda: _send(event))


def _send(event: CreditEvent) -> None:
    if isinstance(event, _FOR_OPERATORS):
        facts = {"action": "ledger_alert", "kind": type(event).__name__, **asdict(event)}
        logger.error("The ledger needs an operator's look", extra=facts)
    credit_events.send_robust(sender=type(event), event=event)
