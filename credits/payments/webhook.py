"""The provider's messages: verified, kept in the inbox, then acted on. They are hints only; the truth is asked for."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F, Q

from credits.payments.disputes import note_dispute
from credits.payments.errors import EventNotYet, NotRefundable, ProviderNotFound, RefundInTheWay
from credits.payments.finding import credited_payment, payment_by_id
from credits.payments.fulfilment import fulfil
from credits.payments.models import PaymentEvent
from credits.payments.providers import notifying_provider
from credits.payments.providers.protocol import Event, Notifying
from credits.payments.refunds import note_refund
from reliability.errors import SluiceError

logger = logging.getLogger(__name__)

IGNORED = "ignored"
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
#: About three days.
TRIES_MAX = 80


def receive(body: bytes, signature: str, *, now: datetime) -> bool:
    """Take one message in and act on it. False if acting failed: it is tried again, by the provider and by us.

    A message that was acted on before changes nothing. Raises EventInvalid and WebhookUnavailable; nothing is kept.
    """
    provider = notifying_provider()
    return handle(_kept(provider.event(body, signature), provider, now), now=now)


def handle(row: PaymentEvent, *, now: datetime) -> bool:
    """Act on a kept message. Any number of times at once: what it leads to happens once."""
    if row.handled_at is not None:
        return True
    try:
        outcome = _act(row, notifying_provider(), now)
    except (EventNotYet, RefundInTheWay) as wait:
        return _postpone(row, wait.message, now)
    except NotRefundable as refusal:
        logger.error("A refund is more than was paid", extra={"action": "refund_odd", "event": row.event_id})
        outcome = f"refused: {refusal.message}"
    except SluiceError as error:
        return _postpone(row, error.message, now)
    except Exception:
        logger.exception("A payment event failed", extra={"action": "payment_event_failed", "event": row.event_id})
        return _postpone(row, "It failed; the log says why.", now)
    unhandled = PaymentEvent.objects.filter(pk=row.pk, handled_at=None)
    unhandled.update(handled_at=now, outcome=outcome[:500], next_try_at=None, attempts=F("attempts") + 1)
    return True


def due_events(*, now: datetime) -> list[PaymentEvent]:
    """Messages whose handling failed, and whose time has come; also those that a crash has left alone."""
    left_alone = Q(next_try_at=None, attempts=0, received_at__lte=now - FIRST_WAIT)
    due = PaymentEvent.objects.filter(Q(next_try_at__lte=now) | left_alone, handled_at=None)
    return list(due.order_by("received_at")[:100])


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many tries."""
    return min(FIRST_WAIT * 2 ** min(attempts, 10), LONGEST_WAIT)


def _kept(event: Event, provider: Notifying, now: datetime) -> PaymentEvent:
    fields = {"type": event.type, "payload": dict(event.facts), "received_at": now}
    row, _ = PaymentEvent.objects.get_or_create(provider=provider.name, event_id=event.event_id, defaults=fields)
    return row


def _act(row: PaymentEvent, provider: Notifying, now: datetime) -> str:
    act = ACTIONS.get(row.type)
    try:
        return IGNORED if act is None else act(row, provider, now)
    except ProviderNotFound:
        return IGNORED


def _payment(row: PaymentEvent, provider: Notifying, now: datetime) -> str:
    payment = payment_by_id(str(row.payload.get("metadata", {}).get("payment", "")), provider)
    return IGNORED if payment is None else fulfil(payment, now=now).status.lower()


def _refund(row: PaymentEvent, provider: Notifying, now: datetime) -> str:
    report = provider.refund_report(str(row.payload.get("id", "")))
    payment = credited_payment(report.intent_id, provider, now=now)
    if payment is None:
        return IGNORED
    return "refunded" if note_refund(payment, report, now=now) else f"unchanged: {report.progress}"


def _dispute(row: PaymentEvent, provider: Notifying, now: datetime) -> str:
    report = provider.dispute_report(str(row.payload.get("id", "")))
    payment = credited_payment(report.intent_id, provider, now=now)
    return IGNORED if payment is None else note_dispute(payment, report, provider, now=now)


def _postpone(row: PaymentEvent, why: str, now: datetime) -> bool:
    attempts = row.attempts + 1
    next_try = now + wait_after(attempts) if attempts < TRIES_MAX else None
    unhandled = PaymentEvent.objects.filter(pk=row.pk, handled_at=None)
    unhandled.update(attempts=F("attempts") + 1, outcome=why[:500], next_try_at=next_try)
    if next_try is None:
        logger.error("A payment event is given up", extra={"action": "payment_event_lost", "event": row.event_id})
    return False


Action = Callable[[PaymentEvent, Notifying, datetime], str]
ACTIONS: dict[str, Action] = {
    "checkout.session.completed": _payment,
    "checkout.session.async_payment_succeeded": _payment,
    "checkout.session.async_payment_failed": _payment,
    "checkout.session.expired": _payment,
    "payment_intent.succeeded": _payment,
    "payment_intent.payment_failed": _payment,
    "setup_intent.succeeded": _payment,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.closed": _dispute,
}
