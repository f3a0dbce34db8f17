"""The built-in provider, to try and test everything without real money. Its state is in the database."""

from datetime import datetime
from urllib.parse import urljoin

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from credits.payments.errors import NoCard, ProviderNotFound, ProviderRefused
from credits.payments.models import Payment, PaymentStatus, SandboxCard, SandboxCharge, SandboxRefund
from credits.payments.providers.protocol import Card, Checkout, Invoice, Progress, RefundReport, Report
from credits.payments.returning import return_address

#: The numbers' ends, as Stripe's own test cards have them.
GOOD_CARD, DECLINING_CARD = "4242", "0341"
DECLINED = "Your card was declined."

_PROGRESS = {
    PaymentStatus.PENDING: Progress.OPEN,
    PaymentStatus.PAID: Progress.PAID,
    PaymentStatus.FAILED: Progress.FAILED,
    PaymentStatus.EXPIRED: Progress.EXPIRED,
}


class SandboxProvider:
    """Plays a payment provider. Ids begin with `sandbox_`."""

    name = "sandbox"
    is_sandbox = True

    def create_customer(self, *, email: str, account_id: str) -> str:
        return f"sandbox_{account_id}"

    def open_checkout(self, payment: Payment, *, customer_id: str, return_url: str) -> Checkout:
        urls = {f"{outcome}_url": return_address(return_url, outcome) for outcome in ("success", "cancel")}
        charge = _made(payment, f"checkout:{payment.pk}", customer_id, **urls)
        page = reverse("sandbox:checkout", args=[charge.pk])
        return Checkout(checkout_id=_id_of(charge), url=urljoin(return_url, page))

    def report(self, payment: Payment, *, customer_id: str) -> Report:
        key = f"checkout:{payment.pk}" if payment.checkout_id else f"charge:{payment.pk}"
        charge = SandboxCharge.objects.filter(key=key).first()
        return Report(progress=Progress.ABSENT) if charge is None else _report(charge)

    def charge_saved_card(self, payment: Payment, *, customer_id: str) -> Report:
        cards = SandboxCard.objects.filter(customer_id=customer_id)
        if not cards:
            raise NoCard()
        good = any(not card.declines for card in cards)
        outcome = {"status": PaymentStatus.PAID} if good else {"status": PaymentStatus.FAILED, "failure": DECLINED}
        return _report(_made(payment, f"charge:{payment.pk}", customer_id, **outcome))

    def cards(self, customer_id: str) -> list[Card]:
        cards = SandboxCard.objects.filter(customer_id=customer_id).order_by("id")
        return [Card(id=f"sandbox_{card.pk}", brand="sandbox", last4=card.last4) for card in cards]

    def portal_url(self, customer_id: str, *, return_url: str) -> str:
        return urljoin(return_url, reverse("sandbox:portal"))

    def invoices(self, customer_id: str, *, limit: int) -> list[Invoice]:
        charges = SandboxCharge.objects.filter(customer_id=customer_id, status=PaymentStatus.PAID, amount__gt=0)
        return [_invoice(charge) for charge in charges.order_by("-created_at")[:limit]]

    def refund(self, *, intent_id: str, amount: int, request_id: str) -> RefundReport:
        """Like Stripe, refuse more than was paid, and give a repeated request its first answer."""
        charge = _charge_of(intent_id)
        with transaction.atomic():
            try:
                with transaction.atomic():
                    refund = SandboxRefund.objects.create(charge=charge, key=request_id, amount=amount)
            except IntegrityError:
                return _refund_report(SandboxRefund.objects.get(key=request_id))
            left = SandboxCharge.objects.filter(pk=charge.pk, amount__gte=F("refunded_amount") + amount)
            if not left.update(refunded_amount=F("refunded_amount") + amount):
                raise ProviderRefused("More than was paid cannot be refunded.")
        return _refund_report(refund)

    def refund_report(self, refund_id: str) -> RefundReport:
        refund = SandboxRefund.objects.filter(pk=refund_id.removeprefix("sandbox_")).first()
        if refund is None:
            raise ProviderNotFound()
        return _refund_report(refund)


def pay(charge: SandboxCharge, *, declines: bool, now: datetime) -> bool:
    """Pay on the page, and keep the card. declines: later charges of it fail. False if it cannot be paid any more."""
    waiting = SandboxCharge.objects.filter(pk=charge.pk, status=PaymentStatus.PENDING, expires_at__gt=now)
    with transaction.atomic():
        if not waiting.update(status=PaymentStatus.PAID):
            return False
        last4 = DECLINING_CARD if declines else GOOD_CARD
        SandboxCard.objects.get_or_create(customer_id=charge.customer_id, last4=last4, defaults={"declines": declines})
    return True


def _made(payment: Payment, key: str, customer_id: str, **fields: object) -> SandboxCharge:
    charge, _ = SandboxCharge.objects.get_or_create(
        key=key,
        defaults={
            "customer_id": customer_id,
            "amount": payment.amount,
            "created_at": payment.created_at,
            "expires_at": payment.expires_at,
            **fields,
        },
    )
    return charge


def _report(charge: SandboxCharge) -> Report:
    progress = _PROGRESS[PaymentStatus(charge.status)]
    return Report(progress=progress, amount=charge.amount, intent_id=_id_of(charge), failure=charge.failure)


def _refund_report(refund: SandboxRefund) -> RefundReport:
    return RefundReport(
        refund_id=f"sandbox_{refund.pk}",
        intent_id=_id_of(refund.charge),
        amount=refund.amount,
        progress=Progress.PAID,
        request_id=refund.key,
    )


def _invoice(charge: SandboxCharge) -> Invoice:
    return Invoice(
        id=_id_of(charge),
        number=f"SANDBOX-{charge.pk.hex[-8:].upper()}",
        created_at=charge.created_at,
        total=charge.amount,
        amount_paid=charge.amount,
        currency="usd",
        status="paid",
    )


def _charge_of(intent_id: str) -> SandboxCharge:
    charge = SandboxCharge.objects.filter(pk=intent_id.removeprefix("sandbox_")).first()
    if charge is None:
        raise ProviderNotFound()
    return charge


def _id_of(charge: SandboxCharge) -> str:
    return f"sandbox_{charge.pk}"
