"""Complaints at the bank: conceded when the credits are still there, else answered with what was done with them."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from credits.models import Account, Transaction
from credits.payments.events import PaymentDisputed, publish
from credits.payments.models import CREDITED, Payment, PaymentStatus
from credits.payments.providers.protocol import DisputeProgress, DisputeReport, Notifying
from credits.payments.refunding import settle_status, take_back

logger = logging.getLogger(__name__)

#: What Stripe takes.
EVIDENCE_MAX_LENGTH = 20_000


def note_dispute(payment: Payment, report: DisputeReport, provider: Notifying, *, now: datetime) -> str:
    """Bring the books to where the provider says a dispute is, and answer it if the bank waits. What came of it.

    Only the provider's newest word counts, so it does not matter in which order its messages arrive.
    """
    if report.progress in (DisputeProgress.ASKED, DisputeProgress.UNDER_REVIEW):
        _mark(payment, report)
    if report.progress is DisputeProgress.ASKED:
        report = _answered(payment, report, provider)
    match report.progress:
        case DisputeProgress.LOST:
            lost(payment, report, now=now)
            return "lost"
        case DisputeProgress.WON:
            settle_status(payment, dispute_is_over=True)
            return "won"
        case _:
            return "disputed"


@transaction.atomic
def lost(payment: Payment, report: DisputeReport, *, now: datetime) -> bool:
    """The bank has given the money back. False if the credits were taken before."""
    _mark(payment, report)
    taken = take_back(payment, reference=report.dispute_id, amount=report.amount, reason="Lost dispute", now=now)
    settle_status(payment, dispute_is_over=True)
    return taken


def concedes(*, amount: int, balance: int, tolerance: int) -> bool:
    """Whether enough credits are left that contesting is not worth it. Pure; credits."""
    return balance - amount >= tolerance


def evidence(entries: Iterable[Transaction]) -> str:
    """What the user has done, oldest first, one line each. If it is too long, the oldest lines are left out."""
    lines = [_line(entry) for entry in entries]
    kept: list[str] = []
    room = EVIDENCE_MAX_LENGTH - 100
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    left_out = len(lines) - len(kept)
    head = [f"({left_out} older transactions are left out.)"] if left_out else []
    return "\n".join([*head, *reversed(kept)])


def _answered(payment: Payment, report: DisputeReport, provider: Notifying) -> DisputeReport:
    account = Account.objects.get(pk=payment.account_id)
    unheld = account.balance - account.held
    conceded = concedes(amount=report.amount, balance=unheld, tolerance=settings.REFUND_TOLERANCE_CREDITS)
    user_id, payment_id = str(account.user_id), str(payment.pk)
    publish(PaymentDisputed(user_id=user_id, payment_id=payment_id, amount=report.amount, conceded=conceded))
    logger.warning("A payment is disputed", extra={"action": "payment_disputed", "payment": payment.pk})
    if conceded:
        return provider.concede(report.dispute_id)
    entries = Transaction.objects.filter(account=account).order_by("seq")
    return provider.contest(report.dispute_id, evidence=evidence(entries.iterator()))


def _mark(payment: Payment, report: DisputeReport) -> None:
    Payment.objects.filter(pk=payment.pk, status__in=CREDITED).update(
        status=PaymentStatus.DISPUTED, dispute_id=report.dispute_id
    )


def _line(entry: Transaction) -> str:
    when = entry.created_at.strftime("%Y-%m-%d %H:%M UTC")
    return f"{when}  {entry.type}  {entry.amount:+d} credits, balance {entry.running_balance}  {entry.reason}"
