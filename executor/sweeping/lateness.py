"""RUNNING executions that have run for longer than they may, with or without an owner who should have noticed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from executor.each_in_turn import each
from executor.engine.stop import Stop, duration_limit, time_limit
from executor.models import GraphExecution, GraphExecutionQuerySet
from executor.reviews.loading import seconds_covered
from executor.reviews.models import Review
from executor.statuses import Status
from executor.stopping.ending import end

#: How long an owner has to end it by itself.
GRACE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Running:
    """An execution at work. now: on the database's clock."""

    id: UUID
    started_at: datetime
    own_limit: int | None
    now: datetime

    def limit(self) -> Stop:
        """What it ends with when it is late."""
        if self.own_limit is not None and self.own_limit < settings.EXECUTION_MAX_SECONDS:
            return duration_limit(self.own_limit)
        return time_limit(settings.EXECUTION_MAX_SECONDS)

    def is_late(self, seconds_in_review: float) -> bool:
        """Whether it should have ended by itself. Time from a question until it went on does not count."""
        most = min(self.own_limit or settings.EXECUTION_MAX_SECONDS, settings.EXECUTION_MAX_SECONDS)
        ran = (self.now - self.started_at).total_seconds() - seconds_in_review
        return ran > most + GRACE_SECONDS


def overdue() -> int:
    """End those that are too late."""
    long_ago = Q(started_at__lt=Now() - timedelta(seconds=settings.EXECUTION_MAX_SECONDS + GRACE_SECONDS))
    found = _running(_at_work().filter(long_ago | Q(max_seconds__isnull=False)).order_by("started_at"))
    return each([running.id for running in found if running.is_late(0)], _end_if_late)


def _end_if_late(execution_id: UUID) -> bool:
    """False if its time was spent waiting for people."""
    found = _running(_at_work().filter(id=execution_id))
    return any(_end(running) for running in found if running.is_late(_seconds_in_review(running)))


def _at_work() -> GraphExecutionQuerySet:
    return GraphExecution.objects.filter(status=Status.RUNNING, parent=None)


def _running(executions: GraphExecutionQuerySet) -> list[Running]:
    rows = executions.annotate(now=Now()).values_list("id", "started_at", "max_seconds", "now")
    return [
        Running(execution_id, started_at, own_limit, now)
        for execution_id, started_at, own_limit, now in rows
        if started_at is not None
    ]


def _seconds_in_review(running: Running) -> float:
    """One that was taken up at this moment may not have noted it yet."""
    decided = Review.objects.filter(root=running.id, reviewed_at__isnull=False)
    spans = decided.values_list("created_at", "resumed_at")
    return seconds_covered((asked, resumed or running.now) for asked, resumed in spans)


def _end(running: Running) -> bool:
    limit = running.limit()
    return end(_at_work(), execution_id=running.id, status=limit.status, code=limit.code, message=limit.message)
