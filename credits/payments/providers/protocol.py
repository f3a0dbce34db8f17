"""What Sluice asks of a payment provider. Amounts are US cents, which are credits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from credits.payments.models import Payment


class Progress(StrEnum):
    """How far the provider says the money is."""

    OPEN = "open"  #: it may still be paid
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    ABSENT = "absent"  #: the provider has never heard of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the provider says of a payment. amount: of what was bought, without taxes."""

    progress: Progress
    amount: int = 0
    currency: str = "usd"
    intent_id: str | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A page of the provider on which a user pays."""

    checkout_id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A saved card, as people know it."""

    id: str
    brand: str
    last4: str
    exp_month: int | None = None
    exp_year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A bill of the provider. The addresses are empty if it has none."""

    id: str
    number: str
    created_at: datetime
    total: int
    amount_paid: int
    currency: str
    status: str
    hosted_invoice_url: str = ""
    invoice_pdf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReport:
    """What the provider says of a refund. request_id: our request's id, if we asked for it."""

    refund_id: str
    intent_id: str
    amount: int
    progress: Progress
    request_id: str = ""
    failure: str = ""


class DisputeProgress(StrEnum):
    """How far a dispute is."""

    ASKED = "asked"  #: the bank waits for our answer
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeReport:
    """What the provider says of a dispute."""

    dispute_id: str
    intent_id: str
    amount: int
    progress: DisputeProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A verified message of the provider. facts: the object's id, its kind, and what else is fit to be kept."""

    event_id: str
    type: str
    facts: Mapping[str, Any]


class Provider(Protocol):
    """Takes money and gives it back.

    Every call that makes something carries a key, so that repeating it makes nothing twice. All of them raise
    ProviderUnavailable when the answer is unknown, ProviderRefused when it is no, ProviderNotFound.
    """

    name: str
    #: No real money is behind it.
    is_sandbox: bool

    def create_customer(self, *, email: str, account_id: str) -> str: ...

    def open_checkout(self, payment: Payment, *, customer_id: str, return_url: str) -> Checkout:
        """return_url: the page that the browser comes back to; `topup=success` or `topup=cancel` is added."""

    def report(self, payment: Payment, *, customer_id: str) -> Report:
        """The truth about a payment, also when nobody knows whether our call had got through."""

    def charge_saved_card(self, payment: Payment, *, customer_id: str) -> Report:
        """Charge the saved cards in turn until one pays; for amount 0 only make sure that one can be charged.

        Raises NoCard.
        """

    def cards(self, customer_id: str) -> list[Card]: ...

    def portal_url(self, customer_id: str, *, return_url: str) -> str: ...

    def invoices(self, customer_id: str, *, limit: int) -> list[Invoice]: ...

    def refund(self, *, intent_id: str, amount: int, request_id: str) -> RefundReport: ...

    def refund_report(self, refund_id: str) -> RefundReport: ...


class Notifying(Provider, Protocol):
    """A provider that sends events, and whose payments can be disputed."""

    def event(self, body: bytes, signature: str) -> Event:
        """Raises EventInvalid and WebhookUnavailable."""

    def payment_id_of(self, intent_id: str) -> str:
        """Our payment's id that we left with the money; empty if it is none of ours."""

    def dispute_report(self, dispute_id: str) -> DisputeReport: ...

    def concede(self, dispute_id: str) -> DisputeReport: ...

    def contest(self, dispute_id: str, *, evidence: str) -> DisputeReport: ...
