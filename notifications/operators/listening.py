"""What the ledger says, for operators."""

import logging
from dataclasses import asdict
from typing import Any

from django.db import transaction

from accounts.models import User
from credits.amounts import credits_and_dollars
from credits.events import (
    AccountFroze,
    AuditFailed,
    BalanceCrossed,
    CostUncovered,
    CreditEvent,
    FundsExhausted,
    KeyConflict,
)
from graphs.names import names_of
from notifications.operators.alerting import alert, note
from notifications.operators.links import admin_link
from notifications.operators.models import AlertChannel

logger = logging.getLogger(__name__)

#: By what it is that an operator must look at.
TITLES: dict[type[object], str] = {
    KeyConflict: "Ledger: a key was used again for something else",
    CostUncovered: "Ledger: work has cost more than could be paid",
    AccountFroze: "Ledger: an account was frozen",
    AuditFailed: "Audit: something does not add up",
}


def hear_ledger(sender: object, *, event: CreditEvent, **kwargs: Any) -> None:
    """Listens to `credits.events.credit_events`, after the commit."""
    title = TITLES.get(type(event))
    if title is None:
        return
    facts = asdict(event)
    audited = event if isinstance(event, AuditFailed) else None
    alert(
        AlertChannel.PLATFORM,
        signature=f"ledger:{type(event).__name__}:{facts.get('user_id', '')}",
        title=title,
        text=audit_text(audited) if audited else facts_text(facts),
        link=admin_link("credits_account_changelist"),
        count=audited.faults if audited else None,
    )


def note_funds(sender: object, *, event: BalanceCrossed | FundsExhausted, **kwargs: Any) -> None:
    """Listens to `credits.events.credits_changing`, which is told once for each that there is.

    It is written in the transaction that it is told of. What fails here undoes nothing of that.
    """
    try:
        with transaction.atomic():
            _note_shortage(event) if isinstance(event, FundsExhausted) else _note_low(event)
    except Exception:
        logger.exception("Operators could not be told", extra={"action": "alert_failed", "title": type(event).__name__})


def audit_text(event: AuditFailed) -> str:
    """Pure."""
    more = event.faults - len(event.problems)
    return "\n".join([*event.problems, *([f"and {more} more"] if more > 0 else [])])


def facts_text(facts: dict[str, Any]) -> str:
    """Pure."""
    return "\n".join(f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in facts.items())


def _note_shortage(event: FundsExhausted) -> None:
    email = _email(event.user_id)
    graph = names_of([event.graph_id]).get(event.graph_id, event.graph_id) or "none"
    note(
        AlertChannel.PRODUCT,
        signature=f"funds:{event.user_id}:{event.graph_id}",
        title="Insufficient Funds Alert",
        text=facts_text(
            {
                "user": email,
                "agent": graph,
                "balance": credits_and_dollars(event.balance),
                "attempted_cost": credits_and_dollars(event.amount),
                "shortfall": credits_and_dollars(event.shortfall),
            }
        ),
        link=_spending(email),
    )


def _note_low(event: BalanceCrossed) -> None:
    email = _email(event.user_id)
    note(
        AlertChannel.PRODUCT,
        signature=f"low-balance:{event.user_id}",
        title="Low Balance Alert",
        text=facts_text(
            {
                "user": email,
                "balance": credits_and_dollars(event.balance),
                "threshold": credits_and_dollars(event.threshold),
            }
        ),
        link=_spending(email),
    )


def _email(user_id: str) -> str:
    return User.objects.values_list("email", flat=True).get(pk=user_id)


def _spending(email: str) -> str:
    return admin_link("credits_spending_changelist", user=email)
