"""Holding a schedule, and letting it go on."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal

from executor.schedules.cron import read_cron
from executor.schedules.models import Outcome, Schedule

logger = logging.getLogger(__name__)

BY_HAND = "Paused by hand."

#: Sent with `schedule` and `reason`, inside the transaction in which one is paused that its owner has not paused. A
#: listener that raises undoes it.
schedule_pausing = Signal()


@transaction.atomic
def pause(schedule_id: UUID, *, reason: str) -> None:
    """Nothing starts until somebody resumes it. Who has not done it by hand is told."""
    running = Schedule.objects.filter(id=schedule_id, is_paused=False)
    if running.update(is_paused=True, pause_reason=reason[:500]) and reason != BY_HAND:
        schedule_pausing.send(sender=Schedule, schedule=Schedule.objects.get(id=schedule_id), reason=reason[:500])
    logger.warning("A schedule is paused", extra={"action": "schedule_paused", "schedule": str(schedule_id)})


@transaction.atomic
def resume(schedule: Schedule, *, now: datetime) -> None:
    """Go on with the next time after now: what became due in between does not start, nor does what had waited.

    One that is not paused stays as it is.
    """
    following = read_cron(schedule.cron, schedule.timezone).next_after(now)
    if following is not None and schedule.ends_at is not None and following > schedule.ends_at:
        following = None
    paused = Schedule.objects.filter(id=schedule.id, is_paused=True)
    if paused.update(is_paused=False, pause_reason="", resumed_at=now, next_at=following):
        waiting = schedule.occurrences.filter(outcome=Outcome.WAITING)
        waiting.update(outcome=Outcome.SKIPPED, reason="The schedule was paused.")
