"""Stripe. Imported only when a key is set: the package is large. Amounts are US cents."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import stripe

from credits.payments.errors import (
    CardDeclined,
    EventInvalid,
    NoCard,
    ProviderNotFound,
    ProviderRefused,
    ProviderUnavailable,
    WebhookUnavailable,
)
from credits.payments.models import Payment, PaymentKind
from credits.payments.providers.protocol import (
    Card,
    Checkout,
    DisputeReport,
    Event,
    Invoice,
    Progress,
    RefundReport,
    Report,
)
from credits.payments.providers.stripe_reports import (
    card_of,
    dispute_report,
    facts_of,
    intent_report,
    intents_report,
    invoice_of,
    is_event,
    metadata_of,
    refund_report,
    session_report,
)
from credits.payments.returning import return_address

TIMEOUT_SECONDS = 20
#: Events that were signed longer ago are refused.
EVENT_MAX_AGE_SECONDS = 300
LIVE_KEYS = ("sk_live_", "rk_live_")
#: Clocks differ a little between Stripe and us.
CLOCK_SLACK = timedelta(minutes=5)
#: No charge of ours is made later than this after its payment was written.
LATEST = timedelta(hours=1)


class StripeProvider:
    """Talks to Stripe through its own package, which also tries again after network errors, with the same key."""

    name = "stripe"
    is_sandbox = False

    def __init__(self, *, secret_key: str, webhook_secret: str, base_url: str = "") -> None:
        """base_url: another server than Stripe's; empty for Stripe's own."""
        self._is_live = secret_key.startswith(LIVE_KEYS)
        self._webhook_secret = webhook_secret
        client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": base_url} if base_url else None,
            max_network_retries=2,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        )
        self._v1: Any = client.v1

    def create_customer(self, *, email: str, account_id: str) -> str:
        params = {"email": email, "metadata": {"account": account_id}}
        return str(self._made(self._v1.customers.create, params, key=f"customer:{account_id}")["id"])

    def open_checkout(self, payment: Payment, *, customer_id: str, return_url: str) -> Checkout:
        facts = {"payment": str(payment.pk)}
        params = {
            "mode": "payment",
            "customer": customer_id,
            "client_reference_id": str(payment.pk),
            "line_items": [{"quantity": 1, "price_data": _price(payment.amount)}],
            "payment_intent_data": {"setup_future_usage": "off_session", "metadata": facts},
            "invoice_creation": {"enabled": True},
            "metadata": facts,
            "success_url": return_address(return_url, "success"),
            "cancel_url": return_address(return_url, "cancel"),
            "expires_at": int(payment.expires_at.timestamp()),
        }
        session = self._made(self._v1.checkout.sessions.create, params, key=f"checkout:{payment.pk}")
        return Checkout(checkout_id=session["id"], url=session["url"])

    def report(self, payment: Payment, *, customer_id: str) -> Report:
        if payment.checkout_id:
            params = {"expand": ["payment_intent"]}
            return session_report(self._read(self._v1.checkout.sessions.retrieve, payment.checkout_id, params))
        if payment.kind == PaymentKind.TOP_UP:
            return Report(progress=Progress.ABSENT)  # nobody has been given the page's address
        return intents_report(self._intents_of(payment, customer_id))

    def charge_saved_card(self, payment: Payment, *, customer_id: str) -> Report:
        cards = self.cards(customer_id)
        if not cards:
            raise NoCard()
        reports = (self._charge(payment, customer_id, card) for card in cards)
        report = Report(progress=Progress.FAILED)
        for report in reports:
            if report.progress is not Progress.FAILED:
                return report
        return report

    def cards(self, customer_id: str) -> list[Card]:
        found = self._read(self._v1.customers.payment_methods.list, customer_id, {"type": "card", "limit": 10})
        return [card_of(method) for method in found["data"]]

    def portal_url(self, customer_id: str, *, return_url: str) -> str:
        params = {"customer": customer_id, "return_url": return_url}
        return str(self._read(self._v1.billing_portal.sessions.create, params)["url"])

    def invoices(self, customer_id: str, *, limit: int) -> list[Invoice]:
        found = self._read(self._v1.invoices.list, {"customer": customer_id, "limit": limit})
        return [invoice_of(invoice) for invoice in found["data"]]

    def refund(self, *, intent_id: str, amount: int, request_id: str) -> RefundReport:
        """Stripe forgets keys after a day or more, so look first for the refund that this request has made."""
        known = self._read(self._v1.refunds.list, {"payment_intent": intent_id, "limit": 100})
        for refund in known["data"]:
            if metadata_of(refund).get("request") == request_id:
                return refund_report(refund)
        params = {"payment_intent": intent_id, "amount": amount, "metadata": {"request": request_id}}
        return refund_report(self._made(self._v1.refunds.create, params, key=f"refund:{request_id}"))

    def refund_report(self, refund_id: str) -> RefundReport:
        return refund_report(self._read(self._v1.refunds.retrieve, refund_id))

    def event(self, body: bytes, signature: str) -> Event:
        if not self._webhook_secret:
            raise WebhookUnavailable()
        if not signature.isascii():
            raise EventInvalid()
        try:
            stripe.WebhookSignature.verify_header(body, signature, self._webhook_secret, EVENT_MAX_AGE_SECONDS)
            event = json.loads(body)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise EventInvalid() from error
        if not is_event(event):
            raise EventInvalid()
        if event.get("livemode") is not self._is_live:
            raise EventInvalid("This event is of Stripe's other mode: test and live keys do not mix.")
        return Event(event_id=event["id"], type=event["type"], facts=facts_of(event["data"]["object"]))

    def payment_id_of(self, intent_id: str) -> str:
        return metadata_of(self._read(self._v1.payment_intents.retrieve, intent_id)).get("payment", "")

    def dispute_report(self, dispute_id: str) -> DisputeReport:
        return dispute_report(self._read(self._v1.disputes.retrieve, dispute_id))

    def concede(self, dispute_id: str) -> DisputeReport:
        return dispute_report(self._made(self._v1.disputes.close, dispute_id, key=f"concede:{dispute_id}"))

    def contest(self, dispute_id: str, *, evidence: str) -> DisputeReport:
        params = {"evidence": {"uncategorized_text": evidence}, "submit": True}
        return dispute_report(self._made(self._v1.disputes.update, dispute_id, params, key=f"contest:{dispute_id}"))

    def _charge(self, payment: Payment, customer_id: str, card: Card) -> Report:
        """Charge one card. An unknown outcome is raised: another card must not be charged as well."""
        params = {
            "customer": customer_id,
            "payment_method": card.id,
            "payment_method_types": ["card"],
            "confirm": True,
            "metadata": {"payment": str(payment.pk)},
        }
        key = f"{payment.pk}:{card.id}"
        try:
            if payment.amount == 0:
                made = self._made(self._v1.setup_intents.create, params | {"usage": "off_session"}, key=key)
            else:
                price = {"amount": payment.amount, "currency": "usd", "off_session": True}
                made = self._made(self._v1.payment_intents.create, params | price, key=key)
        except CardDeclined as declined:
            return Report(progress=Progress.FAILED, failure=declined.message)
        return intent_report(made)

    def _intents_of(self, payment: Payment, customer_id: str) -> list[dict[str, Any]]:
        """Found by what we left with them, so that an answer that we never got does no harm."""
        since, until = payment.created_at - CLOCK_SLACK, payment.created_at + LATEST
        if payment.amount:
            created = {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
            params: dict[str, Any] = {"customer": customer_id, "created": created, "limit": 100}
            found = self._read(self._v1.payment_intents.list, params)
        else:
            found = self._read(self._v1.setup_intents.list, {"customer": customer_id, "limit": 100})
        return [intent for intent in found["data"] if metadata_of(intent).get("payment") == str(payment.pk)]

    def _made(self, call: Any, *arguments: Any, key: str) -> dict[str, Any]:
        with _translated():
            made: dict[str, Any] = call(*arguments, options={"idempotency_key": key}).to_dict()
        return made

    def _read(self, call: Any, *arguments: Any) -> dict[str, Any]:
        with _translated():
            found: dict[str, Any] = call(*arguments).to_dict()
        return found


@contextmanager
def _translated() -> Iterator[None]:
    """Stripe's errors as ours."""
    try:
        yield
    except stripe.CardError as error:
        raise CardDeclined(error.user_message or "") from error
    except stripe.InvalidRequestError as error:
        if error.http_status == 404 or error.code == "resource_missing":
            raise ProviderNotFound() from error
        raise ProviderRefused(error.user_message or "") from error
    except stripe.StripeError as error:
        raise ProviderUnavailable() from error


def _price(amount: int) -> dict[str, Any]:
    return {"currency": "usd", "unit_amount": amount, "product_data": {"name": f"{amount} credits"}}
