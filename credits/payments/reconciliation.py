"""Finding what got lost between the provider and us: paid and not credited, approved and not sent."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import F, Q

from credits.payments.disputes import note_dispute
from credits.payments.errors import PaymentsUnavailable
from credits.payments.fulfilment import close, fulfil
from credits.payments.models import Payment, PaymentKind, PaymentStatus, RefundRequest, RefundStatus
from credits.payments.providers import provider_named, stripe_provider
from credits.payments.refunds import note_refund, send
from reliability.errors import SluiceError

logger = logging.getLogger(__name__)

Row = TypeVar("Row")

#: Younger payments are in the hands of whoever has just begun them.
GRACE = timedelta(minutes=2)
#: How often what has ended without money, or is disputed, is asked about, and for how long.
SELDOM = timedelta(hours=6)
MEMORY = timedelta(days=7)
BATCH = 100
UNASKED_FIRST = F("checked_at").asc(nulls_first=True)


def expire_pending(*, now: datetime) -> int:
    """End pending payments whose time is over, once the provider says that they are not paid. How many ended."""
    late = Payment.objects.filter(status=PaymentStatus.PENDING, expires_at__lte=now).select_related("account")
    return _each(late.order_by("expires_at")[:BATCH], lambda payment: _expire(payment, now))


def reconcile_payments(*, now: datetime) -> int:
    """Ask about pending payments, and now and then about those that ended without money. How many were credited."""
    waiting = Q(status=PaymentStatus.PENDING, created_at__lte=now - GRACE)
    ended = Q(status__in=(PaymentStatus.EXPIRED, PaymentStatus.FAILED), created_at__gt=now - MEMORY)
    unasked = Q(checked_at=None) | Q(checked_at__lte=now - SELDOM)
    chosen = Payment.objects.filter(waiting | (ended & unasked)).exclude(kind=PaymentKind.TOP_UP, checkout_id=None)
    oldest_first = chosen.order_by(UNASKED_FIRST, "created_at").select_related("account")
    return _each(oldest_first[:BATCH], lambda payment: _check(payment, now))


def reconcile_refunds(*, now: datetime) -> int:
    """Send approved refunds that were not sent, and look at those that are on their way. How many are done."""
    open_ones = RefundRequest.objects.filter(status=RefundStatus.APPROVED, finished_at=None)
    late = open_ones.filter(decided_at__lte=now - GRACE).select_related("payment")
    return _each(late.order_by("decided_at")[:BATCH], lambda request: _resume(request, now))


def reconcile_disputes(*, now: datetime) -> int:
    """Look at open disputes now and then. How many are over."""
    asked = Q(checked_at=None) | Q(checked_at__lte=now - SELDOM)
    disputed = Payment.objects.filter(asked, status=PaymentStatus.DISPUTED, dispute_id__isnull=False)
    return _each(disputed.order_by(UNASKED_FIRST)[:BATCH], lambda payment: _ask_about_dispute(payment, now))


def _each(rows: Iterable[Row], work: Callable[[Row], bool]) -> int:
    """One that fails is logged, and does not hold the others up."""
    done = 0
    for row in rows:
        try:
            done += work(row)
        except SluiceError as error:
            logger.warning("Reconciliation must wait: %s", error, extra={"action": "reconciliation_waits"})
    return done


def _expire(payment: Payment, now: datetime) -> bool:
    try:
        fulfil(payment, now=now)
    except PaymentsUnavailable:
        logger.info("The provider of a late payment is not set up", extra={"action": "payment_provider_gone"})
    return close(payment, PaymentStatus.EXPIRED, now=now) or payment.status == PaymentStatus.EXPIRED


def _check(payment: Payment, now: datetime) -> bool:
    Payment.objects.filter(pk=payment.pk).update(checked_at=now)
    return fulfil(payment, now=now).status == PaymentStatus.PAID


def _resume(request: RefundRequest, now: datetime) -> bool:
    if request.provider_refund_id is None:
        return send(request, now=now).finished_at is not None
    report = provider_named(request.payment.provider).refund_report(request.provider_refund_id)
    return note_refund(request.payment, report, now=now)


def _ask_about_dispute(payment: Payment, now: datetime) -> bool:
    Payment.objects.filter(pk=payment.pk).update(checked_at=now)
    provider = stripe_provider()
    report = provider.dispute_report(payment.dispute_id or "")
    return note_dispute(payment, report, provider, now=now) != "disputed"
