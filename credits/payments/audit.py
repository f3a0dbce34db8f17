"""What payments add to the ledger's audit: money that came in or went back, and credits, must agree.

These faults freeze no account: the ledger itself adds up, it is a payment that says something else of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from credits.audit import Fault
from credits.audit.checks import register
from credits.models import Transaction, TransactionType
from credits.payments.models import CREDITED, Payment, PaymentKind, PaymentStatus, Refund, RefundRequest, RefundStatus

#: The only transaction that each kind of payment makes.
TYPE_OF_KIND = {
    PaymentKind.TOP_UP: TransactionType.TOP_UP,
    PaymentKind.AUTO_TOP_UP: TransactionType.TOP_UP,
    PaymentKind.CARD_CHECK: TransactionType.CARD_CHECK,
}
PAYMENT, REFUND = "payment:", "refund:"


def add_checks() -> None:
    """Called when all apps are there."""
    for check in (payments, refunds):
        register(check)


def payments(*, strict: bool) -> Iterator[Fault]:
    """Paid payments without their credits, credits without their payment, and unpaid ones with credits."""
    yield from _faults(Payment.objects.all(), "payment", _wrong_payments())
    known = Exists(Payment.objects.filter(transaction=OuterRef("pk")))
    yield from _unknown(Transaction.objects.filter(~known, key__startswith=PAYMENT), "payment")


def refunds(*, strict: bool) -> Iterator[Fault]:
    """Money that went back without its credits being taken, and the other way round."""
    yield from _faults(Refund.objects.all(), "refund", _wrong_refunds(), account="payment__account")
    known = Exists(Refund.objects.filter(transaction=OuterRef("pk")))
    yield from _unknown(
        Transaction.objects.filter(~known, key__startswith=REFUND, type=TransactionType.REFUND), "refund"
    )
    yield from _faults(_with_sums(), "payment", _wrong_sums())


def _wrong_payments() -> Mapping[str, Q]:
    fits = Q(transaction__account=F("account"), transaction__amount=F("amount"))
    typed = Q(pk__in=[])
    for kind, type in TYPE_OF_KIND.items():
        typed |= Q(kind=kind, transaction__type=type)
    return {
        "is paid, and its credits were not given": Q(status__in=CREDITED, transaction=None),
        "is not paid, and its credits were given": ~Q(status__in=CREDITED) & Q(transaction__isnull=False),
        "was credited by a transaction that does not fit": Q(transaction__isnull=False) & ~(fits & typed),
        "is refunded, and not all of it went back": Q(status=PaymentStatus.REFUNDED) & ~Q(refunded_amount=F("amount")),
    }


def _wrong_refunds() -> Mapping[str, Q]:
    fits = Q(
        transaction__account=F("payment__account"),
        transaction__type=TransactionType.REFUND,
        transaction__amount=-F("amount"),
    )
    returned = Q(returned_at__isnull=False)
    return {
        "has taken no credits": Q(transaction=None),
        "has taken credits by a transaction that does not fit": Q(transaction__isnull=False) & ~fits,
        "was not taken by the bank, and the credits were not given back": returned & Q(transaction__reversal=None),
        "has gone back, and so have the credits": ~returned & Q(transaction__reversal__isnull=False),
    }


def _with_sums() -> QuerySet[Any]:
    """Payments with what their refunds have taken, and what their approved requests are about to take."""
    gone = Refund.objects.filter(payment=OuterRef("pk"), returned_at=None)
    going = RefundRequest.objects.filter(payment=OuterRef("pk"), status=RefundStatus.APPROVED, finished_at=None)
    return Payment.objects.annotate(gone=_sum(gone), going=_sum(going))


def _wrong_sums() -> Mapping[str, Q]:
    return {
        "has another refunded amount than its refunds": ~Q(refunded_amount=F("gone")),
        "has another amount on its way back than its requests": ~Q(refunding_amount=F("going")),
    }


def _sum(rows: QuerySet[Any]) -> Coalesce:
    of_payment = rows.order_by().values("payment").annotate(total=Sum("amount")).values("total")
    return Coalesce(of_payment, Value(0))


def _faults(rows: QuerySet[Any], name: str, wrong: Mapping[str, Q], *, account: str = "account") -> Iterator[Fault]:
    for problem, condition in wrong.items():
        for email, row_id in rows.filter(condition).values_list(f"{account}__user__email", "pk").iterator():
            yield Fault(email, f"{name} {row_id} {problem}")


def _unknown(rows: QuerySet[Transaction], name: str) -> Iterable[Fault]:
    for email, seq, key in rows.values_list("account__user__email", "seq", "key").iterator():
        yield Fault(email, f"transaction {seq} ({key}) is about a {name} that is not there")
