"""Money that has come in, for which no credits were given."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from credits.payments.models import CREDITED, Payment, PaymentEvent, PaymentKind, PaymentStatus
from notifications.monitors.findings import Finding
from notifications.operators.links import admin_link

#: What is tried again by itself has this long.
PATIENCE = timedelta(minutes=10)
#: After its time a payment is asked for every few minutes until its end is known.
UNKNOWN_FOR = timedelta(hours=1)


def uncredited_payments(now: datetime) -> Iterator[Finding]:
    """Payments without credits, messages of the provider that could not be acted on, and payments without an end."""
    paid = Payment.objects.filter(transaction=None, status__in=CREDITED, amount__gt=0, paid_at__lt=now - PATIENCE)
    paid = paid.exclude(kind=PaymentKind.CARD_CHECK).order_by("paid_at")
    if (since := paid.values_list("paid_at", flat=True).first()) is not None:
        yield _finding("uncredited", "Payments are paid, but not credited", "payment", since, paid.count())
    unhandled = PaymentEvent.objects.filter(handled_at=None, received_at__lt=now - PATIENCE).order_by("received_at")
    if (received := unhandled.values_list("received_at", flat=True).first()) is not None:
        title = "Messages of the payment provider could not be acted on"
        yield _finding("events", title, "paymentevent", received, unhandled.count())
    pending = Payment.objects.filter(status=PaymentStatus.PENDING, expires_at__lt=now - UNKNOWN_FOR)
    if (over := pending.order_by("expires_at").values_list("expires_at", flat=True).first()) is not None:
        yield _finding("pending", "Nobody knows the end of payments", "payment", over, pending.count())


def _finding(name: str, title: str, model: str, since: datetime, count: int) -> Finding:
    return Finding(
        name=f"payments-{name}",
        title=title,
        text="What users have paid may be missing from their accounts.",
        link=admin_link(f"payments_{model}_changelist"),
        since=since,
        count=count,
    )
