"""Writing down what came of a try, and what follows from it."""

import logging
import random
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from notifications.operators.backoff import pause_after
from notifications.operators.claiming import Claimed
from notifications.operators.models import ERROR_CHARACTERS, AlertAttempt, AlertState, OperatorAlert
from notifications.operators.outcomes import Outcome, is_settled, wanted_by_all
from reliability.throttle.slots import NEVER, SharedKeeper, Slot

logger = logging.getLogger(__name__)


@transaction.atomic
def record(claimed: Claimed, outcomes: Sequence[Outcome], *, now: datetime | None = None) -> bool:
    """Whether all have taken it. Who holds an older fence writes nothing. now: instead of the database's clock."""
    mine = OperatorAlert.objects.select_for_update().waiting().filter(id=claimed.alert_id, fence=claimed.fence)
    alert = mine.first()
    if alert is None:
        return False
    AlertAttempt.objects.bulk_create(_attempt(alert, outcome) for outcome in outcomes)
    taken = {outcome.mark for outcome in outcomes if outcome.is_taken}
    alert.taken_by = sorted(taken.union(alert.taken_by))
    if all(outcome.is_taken for outcome in outcomes):
        alert.state, alert.next_at, alert.sent_at = AlertState.SENT, None, now or Now()
    else:
        _failed(alert, outcomes, now)
    alert.claimed_until = None
    alert.save(update_fields=["state", "taken_by", "tries", "next_at", "claimed_until", "sent_at"])
    return alert.state == AlertState.SENT


def _attempt(alert: OperatorAlert, outcome: Outcome) -> AlertAttempt:
    return AlertAttempt(
        alert=alert,
        target=outcome.target,
        started_at=outcome.started_at,
        milliseconds=outcome.milliseconds,
        status_code=outcome.status_code,
        error=outcome.error[:ERROR_CHARACTERS],
    )


def _failed(alert: OperatorAlert, outcomes: Sequence[Outcome], now: datetime | None) -> None:
    alert.tries += 1
    pause = pause_after(alert.tries, wanted=wanted_by_all(outcomes), chance=random.random())
    if pause is not None and not is_settled(outcomes):
        alert.next_at = (now or Now()) + pause
        return
    alert.state, alert.next_at = AlertState.GIVEN_UP, None
    extra = {"action": "alert_given_up", "alert": str(alert.id), "tries": alert.tries}
    logger.error("An alert for operators was given up", extra=extra)
    if not alert.taken_by:
        _give_back(alert)


def _give_back(alert: OperatorAlert) -> None:
    """Nobody was told, so the next time counts as the first, and says how often it happened before."""
    if alert.slot_at is not None:
        slot = Slot(alert.signature, taken_at=alert.slot_at, before=NEVER, suppressed=alert.count - 1)
        SharedKeeper().give_back(slot)
