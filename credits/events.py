"""What happens to credits. Listeners hear of it after the commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.dispatch import Signal

#: Sent with `event`, one of the dataclasses below.
credit_events = Signal()


@dataclass(frozen=True, kw_only=True)
class BalanceCrossed:
    """The balance has gone from at or above the low-balance threshold to below it; told once for each time it does."""

    user_id: str
    balance: int  # credits, after
    threshold: int


@dataclass(frozen=True, kw_only=True)
class FundsExhausted:
    """A charge was refused because too little can be spent."""

    user_id: str
    balance: int  # credits that can be spent
    amount: int
    reference: Mapping[str, Any]  # what the charge was for


def publish(event: BalanceCrossed | FundsExhausted) -> None:
    """Tell listeners after the commit; one that fails is logged by Django and changes nothing."""
    transaction.on_commit(lambda: credit_events.send_robust(sender=type(event), event=event))
