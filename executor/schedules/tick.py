"""The clock's task: starts what schedules are due. Any number of clocks may run it at once; one due time starts once.

Who moves a schedule's `next_at` on, by a conditional UPDATE, may start it; that, the occurrence and the execution of
one due time are one transaction. A crash before the COMMIT leaves it due.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from django.db import transaction

from executor.launching.launch import launch
from executor.models import GraphExecution, GraphExecutionQuerySet, Trigger
from executor.schedules.cron import read_cron
from executor.schedules.decisions import Situation, decide
from executor.schedules.failing import failures_in_a_row
from executor.schedules.models import Occurrence, Outcome, Schedule
from executor.schedules.pausing import pause
from executor.stopping.cancel import request_cancel_all
from reliability.errors import SluiceError

logger = logging.getLogger(__name__)

#: Deals with one time of a schedule, and says what became of it; empty if there was nothing to do.
Work = Callable[[UUID, datetime], str]

#: Times of one schedule that one tick deals with.
AT_ONCE = 2000
#: What became of a time that has its occurrence already: nothing more.
DEALT_WITH = "DEALT_WITH"
#: Times that were due longer ago than this are recorded together.
REMEMBERED = timedelta(days=1)


def tick(*, now: datetime) -> dict[str, int]:
    """Start what is due and what has waited for its turn. Counts the occurrences by outcome."""
    counts: Counter[str] = Counter()
    for schedule_id in _due(now):
        counts.update(takewhile(bool, (_attempt(_fire, schedule_id, now) for _ in range(AT_ONCE))))
    for schedule_id in _with_waiting():
        counts.update(filter(None, [_attempt(_start_waiting, schedule_id, now)]))
    return dict(counts)


def _attempt(work: Work, schedule_id: UUID, now: datetime) -> str:
    """One schedule's trouble is not the others'. What may go better later is left due; the rest pauses the schedule.

    One that was deleted since it was found starts nothing.
    """
    try:
        with transaction.atomic():
            return work(schedule_id, now)
    except Schedule.DoesNotExist:
        return ""
    except SluiceError as error:
        if not error.retryable:
            pause(schedule_id, reason=error.message)
    except Exception:
        logger.exception("A schedule failed", extra={"action": "schedule_failed", "schedule": str(schedule_id)})
    return ""


def _due(now: datetime) -> list[UUID]:
    due = Schedule.objects.filter(is_paused=False, user__is_active=True, next_at__lte=now)
    return list(due.order_by("next_at").values_list("id", flat=True))


def _fire(schedule_id: UUID, now: datetime) -> str:
    """Deal with the first time that this schedule has become due. Empty if there is none for us."""
    schedule = _read(schedule_id)
    due = schedule.next_at
    if due is None or due > now:
        return ""
    following = _following(schedule, max(due, now - REMEMBERED))
    if not _move_on(schedule, following) or _paused_for_failures(schedule):
        return ""
    if due < now - REMEMBERED:
        return _record(
            schedule, due, Outcome.MISSED, f"Nothing started from then until {now - REMEMBERED:%F %H:%M} UTC."
        )
    if schedule.occurrences.filter(due_at=due).exists():
        return DEALT_WITH
    return _deal_with(schedule, due, now, is_last=following is None or following > now)


def _read(schedule_id: UUID) -> Schedule:
    return Schedule.objects.select_related("user", "version__graph", "preset").get(id=schedule_id)


def _following(schedule: Schedule, moment: datetime) -> datetime | None:
    """The next time after that moment, unless the schedule has ended by then."""
    following = read_cron(schedule.cron, schedule.timezone).next_after(moment)
    if following is None or (schedule.ends_at is not None and following > schedule.ends_at):
        return None
    return following


def _move_on(schedule: Schedule, following: datetime | None) -> bool:
    """False if another clock was faster."""
    mine = Schedule.objects.filter(id=schedule.id, next_at=schedule.next_at, is_paused=False)
    return mine.update(next_at=following) == 1


def _paused_for_failures(schedule: Schedule) -> bool:
    failures = failures_in_a_row(schedule)
    if not schedule.max_failures or failures < schedule.max_failures:
        return False
    pause(schedule.id, reason=f"{failures} executions in a row have failed.")
    return True


def _deal_with(schedule: Schedule, due: datetime, now: datetime, *, is_last: bool) -> str:
    """is_last: nothing else of this schedule is due by now."""
    running, waiting = _running(schedule), schedule.occurrences.filter(outcome=Outcome.WAITING)
    decision = decide(
        due,
        overlap=schedule.overlap,
        grace=timedelta(seconds=schedule.misfire_grace_seconds),
        situation=Situation(now=now, running=running.exists(), waiting=waiting.count(), is_last=is_last),
    )
    if decision.outcome is not Outcome.STARTED:
        return _record(schedule, due, decision.outcome, decision.reason)
    if decision.stops_earlier:
        waiting.update(outcome=Outcome.SKIPPED, reason="A later one has replaced it.")
        request_cancel_all(running)
    return _start(schedule, Occurrence.objects.create(schedule=schedule, due_at=due, outcome=Outcome.STARTED))


def _running(schedule: Schedule) -> GraphExecutionQuerySet:
    """Found by the graph: few of its executions have not ended, and any number of the schedule's occurrences have."""
    return GraphExecution.objects.active().filter(graph=schedule.graph_id, occurrence__schedule=schedule).order_by()


def _record(schedule: Schedule, due: datetime, outcome: Outcome, reason: str) -> str:
    Occurrence.objects.create(schedule=schedule, due_at=due, outcome=outcome, reason=reason[:500])
    return outcome


def _start(schedule: Schedule, occurrence: Occurrence) -> str:
    """Launch it. A refusal that will not pass by itself is recorded."""
    try:
        with transaction.atomic():
            occurrence.execution = _launched(schedule)
        occurrence.outcome = Outcome.STARTED
    except SluiceError as error:
        if error.retryable:
            raise
        occurrence.outcome, occurrence.reason = Outcome.REFUSED, error.message[:500]
    occurrence.save(update_fields=["outcome", "reason", "execution"])
    return occurrence.outcome


def _launched(schedule: Schedule) -> GraphExecution:
    saved = schedule.preset.inputs if schedule.preset else {}
    return launch(
        schedule.user,
        schedule.version,
        inputs={**saved, **schedule.inputs},
        trigger=Trigger.SCHEDULE,
        preset=schedule.preset,
    )


def _with_waiting() -> list[UUID]:
    waiting = Schedule.objects.filter(is_paused=False, user__is_active=True, occurrences__outcome=Outcome.WAITING)
    return list(waiting.distinct().values_list("id", flat=True))


def _start_waiting(schedule_id: UUID, now: datetime) -> str:
    """Start the oldest that waits, if nothing of this schedule runs any more, and nobody has paused it meanwhile."""
    schedule = _read(schedule_id)
    if _running(schedule).exists():
        return ""
    oldest = schedule.occurrences.filter(outcome=Outcome.WAITING).order_by("due_at").first()
    if oldest is None:
        return ""
    mine = schedule.occurrences.filter(id=oldest.id, outcome=Outcome.WAITING, schedule__is_paused=False)
    return _start(schedule, oldest) if mine.update(outcome=Outcome.STARTED) else ""
