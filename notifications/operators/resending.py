"""Sending an alert again."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from notifications.operators.models import AlertState, OperatorAlert


def resend(alert: OperatorAlert, *, now: datetime) -> bool:
    """Let it be tried now, under the same id, with all its tries before it, whatever else was sent in this hour.

    To those that have not taken it; once all have, to all. False while it is being tried, and while another one of its
    signature waits.
    """
    is_tried = Q(state=AlertState.WAITING, claimed_until__gte=now)
    idle = OperatorAlert.objects.filter(~is_tried, id=alert.id)
    taken_by = [] if alert.state == AlertState.SENT else alert.taken_by
    try:
        with transaction.atomic():
            return bool(
                idle.update(
                    state=AlertState.WAITING,
                    tries=0,
                    taken_by=taken_by,
                    admitted_at=now,
                    next_at=now,
                    claimed_until=None,
                    fence=F("fence") + 1,
                )
            )
    except IntegrityError:
        return False
