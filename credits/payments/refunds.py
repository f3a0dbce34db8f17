"""Refunds that users ask for: within the tolerance at once, else when an operator approves.

`refunding_amount` of the payment sets the credits aside between the decision and the provider's answer, so that many
requests at once never ask for more than was paid.
"""

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from credits.models import Account
from credits.orders import check_reason, whole_credits
from credits.payments.errors import (
    AlreadyDecided,
    NotRefundable,
    PaymentNotFound,
    ProviderNotFound,
    ProviderRefused,
    ProviderUnavailable,
    RefundAskedThisWeek,
    RefundRefused,
)
from credits.payments.events import RefundAsked, RefundEnded, RefundRequested, publish, tell_inside
from credits.payments.models import Payment, PaymentKind, PaymentStatus, RefundRequest, RefundStatus
from credits.payments.providers import provider_named
from credits.payments.providers.protocol import Progress, RefundReport
from credits.payments.refunding import give_back, take_back
from reliability.ids import uuid7

logger = logging.getLogger(__name__)

REFUNDABLE_KINDS = (PaymentKind.TOP_UP, PaymentKind.AUTO_TOP_UP)
WAITS = "An operator looks at it."


def needs_approval(*, amount: int, balance: int, tolerance: int, is_frozen: bool) -> bool:
    """Whether too much of what was bought is spent to give the money back at once. Pure; credits."""
    return is_frozen or amount - balance > tolerance


def week_of(moment: datetime) -> str:
    """The ISO week, as YYYY-WW."""
    return moment.strftime("%G-%V")


def payment_of(account: Account, transaction_key: str) -> Payment:
    """A user's own payment by the key of its transaction, or by its id. Raises PaymentNotFound."""
    own = Payment.objects.filter(account=account)
    if "\x00" in transaction_key:
        raise PaymentNotFound()
    found = own.filter(transaction__key=transaction_key).first()
    if found is None and (payment_id := _uuid(transaction_key)):
        found = own.filter(pk=payment_id).first()
    if found is None:
        raise PaymentNotFound()
    return found


def request_refund(
    account: Account,
    payment: Payment,
    *,
    now: datetime,
    amount: int | None = None,
    reason: str = "",
    id: UUID | None = None,
) -> RefundRequest:
    """Ask for money back; without an amount, for all that is left. Done at once, or left for an operator to decide.

    If the provider does not answer, the request is approved all the same: reconciliation sends it again.
    id: its own, if the caller has chosen one; a request that was made with it before is taken up again.
    Raises NotRefundable, RefundAskedThisWeek, RefundRefused and PaymentsUnavailable.
    """
    if id is not None and (made := RefundRequest.objects.filter(pk=id, account=account).first()):
        return _taken_up(made, now=now)
    provider_named(payment.provider)
    wanted = whole_credits(payment.refundable if amount is None else amount) if payment.refundable else 0
    if payment.status != PaymentStatus.PAID or payment.kind not in REFUNDABLE_KINDS or not wanted:
        raise NotRefundable("Only a paid top-up can be refunded.")
    if wanted > payment.refundable:
        raise NotRefundable(f"At most {payment.refundable} credits of this payment can go back.")
    waits = _waits(account, wanted)
    with transaction.atomic():
        request = _new_request(account, payment, wanted, check_reason(reason), now, id or uuid7())
        if waits:
            tell_inside(RefundAsked(request_id=str(request.pk)))
        else:
            _approve(request, now=now, actor=None, result="Approved.")
    if not waits:
        return _sent(request, now=now)
    publish(RefundRequested(user_id=str(account.user_id), request_id=str(request.pk), amount=wanted))
    return request


def approve(request: RefundRequest, *, now: datetime, actor: User | None = None, reason: str = "") -> RefundRequest:
    """Decide for it, set the credits aside, and ask the provider. Approving twice refunds once.

    Raises AlreadyDecided, NotRefundable, RefundRefused and ProviderUnavailable.
    """
    _approve(request, now=now, actor=actor, result=check_reason(reason) or "Approved.")
    return send(request, now=now)


def reject(request: RefundRequest, *, now: datetime, actor: User, reason: str) -> RefundRequest:
    """Decide against it; the reason is told to the user. Raises AlreadyDecided."""
    with transaction.atomic():
        _decide(request, RefundStatus.REJECTED, now=now, actor=actor, result=check_reason(reason, required=True))
        RefundRequest.objects.filter(pk=request.pk).update(finished_at=now)
        tell_inside(RefundEnded(request_id=str(request.pk)))
    request.refresh_from_db()
    return request


def send(request: RefundRequest, *, now: datetime) -> RefundRequest:
    """Ask the provider for an approved refund; asking again gives the same one. Raises as `approve` does."""
    payment = Payment.objects.get(pk=request.payment_id)
    provider = provider_named(payment.provider)
    try:
        report = provider.refund(intent_id=payment.intent_id or "", amount=request.amount, request_id=str(request.pk))
    except (ProviderRefused, ProviderNotFound) as refusal:
        _release(request, refusal.message, now=now)
        raise RefundRefused(refusal.message) from refusal
    RefundRequest.objects.filter(pk=request.pk).update(provider_refund_id=report.refund_id)
    note_refund(payment, report, now=now)
    request.refresh_from_db()
    return request


def note_refund(payment: Payment, report: RefundReport, *, now: datetime) -> bool:
    """Bring the books to where the provider says a refund is. True if that changed something."""
    request = _request_of(payment, report)
    if report.progress is Progress.PAID:
        return take_back(
            payment, reference=report.refund_id, amount=report.amount, reason="Refund", now=now, request=request
        )
    if report.progress is not Progress.FAILED:
        return False
    if give_back(report.refund_id, reason="The bank did not take the refund", now=now):
        return True
    return request is not None and _release(request, report.failure or "The bank did not take the refund.", now=now)


def _taken_up(request: RefundRequest, *, now: datetime) -> RefundRequest:
    """Go on with what was begun before. Raises RefundRefused if it has come to nothing."""
    if request.status == RefundStatus.REJECTED:
        raise RefundRefused(request.result)
    is_unsent = request.status == RefundStatus.APPROVED and request.finished_at is None
    return _sent(request, now=now) if is_unsent else request


def _sent(request: RefundRequest, *, now: datetime) -> RefundRequest:
    """Raises RefundRefused."""
    try:
        return send(request, now=now)
    except ProviderUnavailable:
        logger.info("A refund must wait for its provider", extra={"action": "refund_waits", "refund": request.pk})
        request.refresh_from_db()
        return request


def _waits(account: Account, amount: int) -> bool:
    account.refresh_from_db()
    tolerance, frozen = settings.REFUND_TOLERANCE_CREDITS, account.frozen_at is not None
    unheld = account.balance - account.held  # what is set aside is as good as spent
    return needs_approval(amount=amount, balance=unheld, tolerance=tolerance, is_frozen=frozen)


@transaction.atomic
def _approve(request: RefundRequest, *, now: datetime, actor: User | None, result: str) -> None:
    _decide(request, RefundStatus.APPROVED, now=now, actor=actor, result=result)
    free = Payment.objects.filter(
        pk=request.payment_id,
        status=PaymentStatus.PAID,
        amount__gte=F("refunded_amount") + F("refunding_amount") + request.amount,
    )
    if not free.update(refunding_amount=F("refunding_amount") + request.amount):
        raise NotRefundable()


def _new_request(
    account: Account, payment: Payment, amount: int, reason: str, now: datetime, id: UUID
) -> RefundRequest:
    try:
        with transaction.atomic():
            return RefundRequest.objects.create(
                id=id,
                account=account,
                payment=payment,
                amount=amount,
                reason=reason,
                week=week_of(now),
                result=WAITS,
                created_at=now,
            )
    except IntegrityError as error:
        raise RefundAskedThisWeek() from error


def _decide(request: RefundRequest, status: RefundStatus, *, now: datetime, actor: User | None, result: str) -> None:
    pending = RefundRequest.objects.filter(pk=request.pk, status=RefundStatus.PENDING)
    if not pending.update(status=status, decided_at=now, decided_by=actor, result=result):
        raise AlreadyDecided()


@transaction.atomic
def _release(request: RefundRequest, why: str, *, now: datetime) -> bool:
    """The money will not go back: the credits are no longer set aside."""
    unfinished = RefundRequest.objects.filter(pk=request.pk, status=RefundStatus.APPROVED, finished_at=None)
    if not unfinished.update(status=RefundStatus.REJECTED, finished_at=now, result=why[:500]):
        return False
    payments = Payment.objects.filter(pk=request.payment_id)
    payments.update(refunding_amount=F("refunding_amount") - request.amount)
    tell_inside(RefundEnded(request_id=str(request.pk)))
    logger.warning("A refund was refused", extra={"action": "refund_refused", "payment": request.payment_id})
    return True


def _request_of(payment: Payment, report: RefundReport) -> RefundRequest | None:
    request_id = _uuid(report.request_id)
    return RefundRequest.objects.filter(pk=request_id, payment=payment).first() if request_id else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
