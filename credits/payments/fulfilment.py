"""Turning money that has come in into credits, once.

The webhook, the browser's return and the clock all end here: `fulfil` asks the provider for the truth and believes
nothing else.
"""

import logging
from datetime import datetime

from django.db import transaction

from credits.ledger import card_check, top_up
from credits.models import Transaction
from credits.payments.auto_top_up_record import note_failure, note_success
from credits.payments.customers import customer_id_of
from credits.payments.events import AutoTopUpFailed, publish
from credits.payments.models import UNPAID, Payment, PaymentKind, PaymentStatus
from credits.payments.providers import provider_named
from credits.payments.providers.protocol import Progress, Report

logger = logging.getLogger(__name__)

CURRENCY = "usd"
REASONS = {
    PaymentKind.TOP_UP: "Top-up",
    PaymentKind.AUTO_TOP_UP: "Automatic top-up",
    PaymentKind.CARD_CHECK: "Card check",
}


def fulfil(payment: Payment, *, now: datetime) -> Payment:
    """Bring a payment to where the provider says it is. Raises PaymentsUnavailable and ProviderUnavailable."""
    provider = provider_named(payment.provider)
    report = provider.report(payment, customer_id=customer_id_of(payment.account, provider))
    return apply_report(payment, report, now=now)


def apply_report(payment: Payment, report: Report, *, now: datetime) -> Payment:
    """The payment as it is afterwards. What is open, or unknown to the provider, stays as it is."""
    match report.progress:
        case Progress.PAID if not _fits(payment, report):
            logger.error("A payment is not what was ordered", extra={"action": "payment_odd", "payment": payment.pk})
            close(payment, PaymentStatus.FAILED, failure=f"{report.amount} {report.currency} were paid.", now=now)
        case Progress.PAID:
            credit(payment, report, now=now)
        case Progress.FAILED:
            close(payment, PaymentStatus.FAILED, failure=report.failure or "The payment failed.", now=now)
        case Progress.EXPIRED:
            close(payment, PaymentStatus.EXPIRED, now=now)
    payment.refresh_from_db()
    return payment


@transaction.atomic
def credit(payment: Payment, report: Report, *, now: datetime) -> bool:
    """Give the credits of a paid payment. True for the one call, of all that race, that gives them."""
    waiting = Payment.objects.filter(pk=payment.pk, status__in=UNPAID)
    if not waiting.update(status=PaymentStatus.PAID, paid_at=now, intent_id=report.intent_id, failure=""):
        return False
    made = _transaction(payment, report)
    Payment.objects.filter(pk=payment.pk).update(transaction=made)
    if payment.kind == PaymentKind.AUTO_TOP_UP:
        note_success(payment.account_id)
    logger.info("A payment was credited", extra={"action": "payment_paid", "payment": payment.pk})
    return True


@transaction.atomic
def close(payment: Payment, status: PaymentStatus, *, now: datetime, failure: str = "") -> bool:
    """End a pending payment without credits: FAILED or EXPIRED. False if it was not pending any more."""
    pending = Payment.objects.filter(pk=payment.pk, status=PaymentStatus.PENDING)
    if not pending.update(status=status, failure=failure[:500]):
        return False
    if payment.kind == PaymentKind.AUTO_TOP_UP:
        note_failure(payment.account_id, now=now)
        user_id, payment_id = str(payment.account.user_id), str(payment.pk)
        publish(AutoTopUpFailed(user_id=user_id, payment_id=payment_id, failure=failure or status.label))
    logger.info("A payment was closed", extra={"action": "payment_closed", "payment": payment.pk, "status": status})
    return True


def _transaction(payment: Payment, report: Report) -> Transaction:
    kind = PaymentKind(payment.kind)
    key, reason = f"payment:{payment.pk}", REASONS[kind]
    reference = {"payment": str(payment.pk), "intent": report.intent_id or "", "provider": payment.provider}
    if kind is PaymentKind.CARD_CHECK:
        return card_check(payment.account_id, key=key, reason=reason, reference=reference)
    return top_up(payment.account_id, amount=payment.amount, key=key, reason=reason, reference=reference)


def _fits(payment: Payment, report: Report) -> bool:
    return report.amount == payment.amount and report.currency == CURRENCY
