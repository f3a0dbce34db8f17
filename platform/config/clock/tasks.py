"""What must happen regularly, beside the sweep. Every task may run anywhere, any number of times, at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from api.idempotency import forget_answers
from credits import holds
from credits.audit import audit_and_freeze
from credits.audits.asking import run_asked
from credits.payments import tasks as payments
from executor.deleting.erasing import erase
from executor.files.storing import expire_uploads
from executor.reviews.expiring import expire_reviews
from executor.schedules.tick import tick
from executor.webhooks.tick import settle_due
from notifications.deliveries.delivering import deliver_due
from notifications.deliveries.forgetting import forget_notices
from notifications.messages.digests import gather_due
from notifications.messages.expiring import note_expiring
from notifications.messages.repeats import forget_repeats
from notifications.messages.summaries import summarise
from notifications.monitors.watch import MONITORS, SLOW_MONITORS, watch
from notifications.operators.forgetting import forget_alerts
from notifications.operators.sending import send_due
from reliability.throttle.slots import forget as forget_occurrences

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Task:
    """name: as the log says it. every_seconds: from one start to the next."""

    name: str
    every_seconds: float
    work: Work


def lanes() -> tuple[tuple[Task, ...], ...]:
    """Those of one lane wait for each other."""
    return (prompt_tasks(), patient_tasks(), outward_tasks(), delivering_tasks(), watching_tasks(), alerting_tasks())


def prompt_tasks() -> tuple[Task, ...]:
    """Short ones that somebody waits for."""
    return (Task("schedules", 1, lambda: tick(now=datetime.now(UTC))),)


def patient_tasks() -> tuple[Task, ...]:
    return (
        Task("auto_top_ups", 5, payments.auto_top_ups),
        Task("expire_reviews", 5, expire_reviews),
        Task("expire_uploads", 60, lambda: expire_uploads(now=datetime.now(UTC))),
        Task("expire_holds", 30, lambda: holds.expire(now=datetime.now(UTC))),
        Task("retry_payment_events", 30, payments.retry_events),
        Task("expire_payments", 60, payments.expire_payments),
        Task("erase_deleted", 60, lambda: erase(now=datetime.now(UTC))),
        Task("reconcile_payments", 300, payments.reconcile),
        Task("audit", 3600, audit_and_freeze),
        Task("audit_asked_for", 5, run_asked),
        Task("forget_answers", 3600, lambda: forget_answers(now=datetime.now(UTC))),
        Task("forget_occurrences", 3600, lambda: forget_occurrences(now=datetime.now(UTC))),
        Task("gather_notices", 30, lambda: gather_due(now=datetime.now(UTC))),
        Task("summarise", 300, lambda: summarise(now=datetime.now(UTC))),
        Task("note_expiring", 3600, lambda: note_expiring(now=datetime.now(UTC))),
        Task("forget_repeats", 3600, lambda: forget_repeats(now=datetime.now(UTC))),
        Task("forget_alerts", 3600, lambda: forget_alerts(now=datetime.now(UTC))),
        Task("forget_notices", 3600, lambda: forget_notices(now=datetime.now(UTC))),
    )


def outward_tasks() -> tuple[Task, ...]:
    """Those that wait for other servers."""
    return (Task("settle_webhooks", 15, settle_due),)


def delivering_tasks() -> tuple[Task, ...]:
    """What users are waiting to be told."""
    return (Task("deliver", 1, deliver_due),)


def watching_tasks() -> tuple[Task, ...]:
    """What finds faults before users do."""
    return (
        Task("monitors", 60, lambda: watch(MONITORS, now=datetime.now(UTC))),
        Task("slow_monitors", 3600, lambda: watch(SLOW_MONITORS, now=datetime.now(UTC))),
    )


def alerting_tasks() -> tuple[Task, ...]:
    """What operators are to be told."""
    return (Task("alerts", 2, send_due),)
