"""Taking credits whose money has gone back, once per refund or dispute of the provider."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from credits.ledger import refund, reverse
from credits.payments.errors import NotRefundable, RefundInTheWay
from credits.payments.events import MoneyWentBack, RefundEnded, publish, tell_inside
from credits.payments.models import Payment, PaymentStatus, Refund, RefundRequest, RefundStatus

logger = logging.getLogger(__name__)


@transaction.atomic
def take_back(
    payment: Payment, *, reference: str, amount: int, reason: str, now: datetime, request: RefundRequest | None = None
) -> bool:
    """Take `amount` credits, spent or not. False if that was done before.

    reference: the provider's id of the refund or dispute.  request: ours, whose credits are set aside already.
    Of all that race, the unique reference lets one through; the UPDATE lets no more go back than was paid.
    Raises RefundInTheWay while another refund may still fail, NotRefundable when it is more than was paid.
    """
    made, is_new = Refund.objects.get_or_create(
        reference=reference, defaults={"payment": payment, "amount": amount, "created_at": now}
    )
    if not is_new:
        return False
    own = request is not None and _finish(request, amount, now)
    _count(payment, amount, reserved=amount if own else 0)
    facts = {"payment": str(payment.pk), "intent": payment.intent_id or "", "refund": reference}
    taken = refund(payment.account_id, amount=amount, key=f"refund:{reference}", reason=reason, reference=facts)
    Refund.objects.filter(pk=made.pk).update(transaction=taken)
    settle_status(payment)
    if own and request is not None:
        tell_inside(RefundEnded(request_id=str(request.pk)))
    publish(
        MoneyWentBack(
            user_id=str(payment.account.user_id),
            payment_id=str(payment.pk),
            amount=amount,
            balance=taken.running_balance,
        )
    )
    logger.info("A payment was refunded", extra={"action": "payment_refunded", "payment": payment.pk})
    return True


@transaction.atomic
def give_back(reference: str, *, reason: str, now: datetime) -> bool:
    """Undo `take_back`: the bank did not take the money, so the user has the credits again. False if nothing was."""
    made = Refund.objects.select_related("payment", "transaction").filter(reference=reference).first()
    if made is None or made.transaction is None:
        return False
    if not Refund.objects.filter(pk=made.pk, returned_at=None).update(returned_at=now):
        return False
    reverse(made.transaction, reason=reason)
    Payment.objects.filter(pk=made.payment_id).update(refunded_amount=F("refunded_amount") - made.amount)
    settle_status(made.payment)
    return True


def settle_status(payment: Payment, *, dispute_is_over: bool = False) -> None:
    """REFUNDED when all of it went back, else PAID. An open dispute stays one."""
    credited = Payment.objects.filter(pk=payment.pk, status__in=(PaymentStatus.PAID, PaymentStatus.REFUNDED))
    if dispute_is_over:
        credited = Payment.objects.filter(pk=payment.pk, status=PaymentStatus.DISPUTED) | credited
    whole = credited.filter(refunded_amount=F("amount")).values("pk")
    rest = credited.filter(refunded_amount__lt=F("amount")).values("pk")
    Payment.objects.filter(pk__in=whole).update(status=PaymentStatus.REFUNDED)
    Payment.objects.filter(pk__in=rest).update(status=PaymentStatus.PAID)


def _finish(request: RefundRequest, amount: int, now: datetime) -> bool:
    open_ones = RefundRequest.objects.filter(
        pk=request.pk, status=RefundStatus.APPROVED, finished_at=None, amount=amount
    )
    return bool(open_ones.update(finished_at=now, result="The money is on its way back."))


def _count(payment: Payment, amount: int, *, reserved: int) -> None:
    fits = Payment.objects.filter(
        pk=payment.pk, amount__gte=F("refunded_amount") + F("refunding_amount") - reserved + amount
    )
    if fits.update(
        refunded_amount=F("refunded_amount") + amount, refunding_amount=Greatest(F("refunding_amount") - reserved, 0)
    ):
        return
    payment.refresh_from_db()
    if payment.refunded_amount + amount <= payment.amount:
        raise RefundInTheWay()
    raise NotRefundable(f"{payment.refunded_amount} of {payment.amount} credits went back already.")
