"""What happens to payments. Listeners hear of it after the commit."""

from dataclasses import dataclass

from django.db import transaction
from django.dispatch import Signal

#: Sent with `event`, one of the dataclasses below.
payment_events = Signal()

#: Sent with `event`, a RefundAsked or RefundEnded, inside the transaction of the change; a listener that raises undoes
#: it.
refund_changing = Signal()


@dataclass(frozen=True, kw_only=True)
class RefundAsked:
    """A user wants money back, and an operator has to decide."""

    request_id: str


@dataclass(frozen=True, kw_only=True)
class RefundEnded:
    """The money has gone back, or never will; the request says which."""

    request_id: str


@dataclass(frozen=True, kw_only=True)
class RefundRequested:
    """For operators: a refund waits for their decision."""

    user_id: str
    request_id: str
    amount: int  # credits


@dataclass(frozen=True, kw_only=True)
class MoneyWentBack:
    """A refund or a lost dispute has taken credits."""

    user_id: str
    payment_id: str
    amount: int  # credits
    balance: int  # credits, after; below zero if they were spent


@dataclass(frozen=True, kw_only=True)
class AutoTopUpFailed:
    """A saved card could not be charged."""

    user_id: str
    payment_id: str
    failure: str


@dataclass(frozen=True, kw_only=True)
class PaymentDisputed:
    """For operators: the bank asks about a payment. conceded: the money is given back without a contest."""

    user_id: str
    payment_id: str
    amount: int  # credits
    conceded: bool


PaymentNews = RefundRequested | MoneyWentBack | AutoTopUpFailed | PaymentDisputed


def tell_inside(event: RefundAsked | RefundEnded) -> None:
    """Tell those who write it down in the same transaction."""
    refund_changing.send(sender=type(event), event=event)


def publish(event: PaymentNews) -> None:
    """Tell listeners after the commit; one that fails is logged by Django and changes nothing."""
    transaction.on_commit(lambda: payment_events.send_robust(sender=type(event), event=event))
