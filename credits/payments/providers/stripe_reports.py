"""Stripe's objects in our words. Pure; they come as the JSON that Stripe sends."""

from datetime import UTC, datetime
from typing import Any

from credits.payments.providers.protocol import (
    Card,
    DisputeProgress,
    DisputeReport,
    Invoice,
    Progress,
    RefundReport,
    Report,
)
from reliability.sql import storable_text

#: What of an event's object may be kept: nothing of cards or people.
_KEPT = (
    "id", "object", "status", "payment_status", "payment_intent", "charge", "amount", "amount_total", "currency",
    "created", "reason", "failure_reason",
)  # fmt: skip

_INTENT_PROGRESS = {
    "succeeded": Progress.PAID,
    "processing": Progress.OPEN,
    "requires_confirmation": Progress.OPEN,
    "requires_capture": Progress.OPEN,
}
_REFUND_PROGRESS = {
    "succeeded": Progress.PAID,
    "failed": Progress.FAILED,
    "canceled": Progress.FAILED,
}
_DISPUTE_PROGRESS = {
    "needs_response": DisputeProgress.ASKED,
    "warning_needs_response": DisputeProgress.ASKED,
    "won": DisputeProgress.WON,
    "warning_closed": DisputeProgress.WON,
    "prevented": DisputeProgress.WON,
    "lost": DisputeProgress.LOST,
}


def session_report(session: dict[str, Any]) -> Report:
    intent = session.get("payment_intent") or {}
    return Report(
        progress=_session_progress(session, intent),
        amount=session.get("amount_subtotal") or 0,
        currency=session.get("currency") or "",
        intent_id=intent.get("id"),
        failure=_failure(intent),
    )


def _session_progress(session: dict[str, Any], intent: dict[str, Any]) -> Progress:
    if session.get("payment_status") in ("paid", "no_payment_required"):
        return Progress.PAID
    if session.get("status") == "expired":
        return Progress.EXPIRED
    failed = session.get("status") == "complete" and intent.get("status") in ("requires_payment_method", "canceled")
    return Progress.FAILED if failed else Progress.OPEN


def intents_report(intents: list[dict[str, Any]]) -> Report:
    """One payment may have several: each card that was tried has made one."""
    reports = [intent_report(intent) for intent in intents]
    for progress in (Progress.PAID, Progress.OPEN, Progress.FAILED):
        for report in reports:
            if report.progress is progress:
                return report
    return Report(progress=Progress.ABSENT)


def intent_report(intent: dict[str, Any]) -> Report:
    return Report(
        progress=_INTENT_PROGRESS.get(intent["status"], Progress.FAILED),
        amount=intent.get("amount") or 0,
        currency=intent.get("currency") or "usd",
        intent_id=intent["id"],
        failure=_failure(intent),
    )


def _failure(intent: dict[str, Any]) -> str:
    error = intent.get("last_payment_error") or intent.get("last_setup_error") or {}
    return storable_text(error.get("message") or "")[:500]


def card_of(method: dict[str, Any]) -> Card:
    card = method["card"]
    return Card(
        id=method["id"],
        brand=card["brand"],
        last4=card["last4"],
        exp_month=card.get("exp_month"),
        exp_year=card.get("exp_year"),
    )


def invoice_of(invoice: dict[str, Any]) -> Invoice:
    return Invoice(
        id=invoice["id"],
        number=invoice.get("number") or "",
        created_at=datetime.fromtimestamp(invoice["created"], UTC),
        total=invoice.get("total") or 0,
        amount_paid=invoice.get("amount_paid") or 0,
        currency=invoice.get("currency") or "usd",
        status=invoice.get("status") or "",
        hosted_invoice_url=invoice.get("hosted_invoice_url") or "",
        invoice_pdf=invoice.get("invoice_pdf") or "",
    )


def refund_report(refund: dict[str, Any]) -> RefundReport:
    return RefundReport(
        refund_id=refund["id"],
        intent_id=refund.get("payment_intent") or "",
        amount=refund["amount"],
        progress=_REFUND_PROGRESS.get(refund.get("status") or "", Progress.OPEN),
        request_id=metadata_of(refund).get("request", ""),
        failure=storable_text(refund.get("failure_reason") or ""),
    )


def dispute_report(dispute: dict[str, Any]) -> DisputeReport:
    return DisputeReport(
        dispute_id=dispute["id"],
        intent_id=dispute.get("payment_intent") or "",
        amount=dispute["amount"],
        progress=_DISPUTE_PROGRESS.get(dispute["status"], DisputeProgress.UNDER_REVIEW),
    )


def metadata_of(thing: dict[str, Any]) -> dict[str, str]:
    return thing.get("metadata") or {}


def is_event(event: Any) -> bool:
    try:
        named = event["object"] == "event" and isinstance(event["data"]["object"], dict)
        return named and all(isinstance(event[part], str) and 0 < len(event[part]) <= 120 for part in ("id", "type"))
    except (KeyError, TypeError):
        return False


def facts_of(thing: dict[str, Any]) -> dict[str, Any]:
    kept = {name: thing[name] for name in _KEPT if isinstance(thing.get(name), str | int)}
    ours = {name: value for name, value in metadata_of(thing).items() if name in ("payment", "request")}
    return {**kept, "metadata": ours}
