"""Summaries of a day, a week and a month, written once each for users who have executed something."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum

from accounts.models import User
from accounts.timezones import local_day
from accounts.wishes import NotificationType, wanted, wishes_of
from executor.models import GraphExecution
from executor.statuses import TERMINAL, Status
from notifications.messages.data import (
    DailySummaryData,
    Data,
    MonthlySummaryData,
    WeeklySummaryData,
)
from notifications.messages.times import morning_of
from notifications.messages.writing import write_notice
from notifications.models import Notice
from notifications.singly import singly

#: Agents whose costs are named.
AGENTS = 20
#: Who has executed nothing for so long has nothing to be told of; the longest span and a little more.
LOOKED_BACK = timedelta(days=33)


@dataclass(frozen=True, slots=True)
class Span:
    """Days that are over: from the first to the last."""

    type: NotificationType
    first: date
    last: date


def spans_before(today: date) -> Iterator[Span]:
    """What is over when this day begins. Pure."""
    yesterday = today - timedelta(days=1)
    yield Span(NotificationType.DAILY_SUMMARY, yesterday, yesterday)
    if today.weekday() == 0:
        yield Span(NotificationType.WEEKLY_SUMMARY, today - timedelta(days=7), yesterday)
    if today.day == 1:
        yield Span(NotificationType.MONTHLY_SUMMARY, yesterday.replace(day=1), yesterday)


def summarise(*, now: datetime) -> int:
    """Write what is over since this morning where its users are. How many. May be done by several, and again."""
    recent = GraphExecution.objects.filter(created_at__gte=now - LOOKED_BACK).values("user")
    users = User.objects.filter(id__in=recent, is_active=True).order_by("id")
    return singly(users.iterator(chunk_size=500), lambda user: _summarised(user, now=now))


def _summarised(user: User, *, now: datetime) -> bool:
    today = local_day(user.timezone, now)
    if now < morning_of(user.timezone, today):
        return False
    wishes = wanted(wishes_of(user))
    spans = [span for span in spans_before(today) if wishes[span.type]]
    written = set(Notice.objects.filter(key__in=[_key(user.pk, span) for span in spans]).values_list("key", flat=True))
    return sum(_write(user, span, now=now) for span in spans if _key(user.pk, span) not in written) > 0


@transaction.atomic
def _write(user: User, span: Span, *, now: datetime) -> bool:
    executions = _of(user, span)
    if not executions.exists():
        return False
    write_notice(span.type, user.pk, _data(span, executions), key=_key(user.pk, span), happened_at=now)
    return True


def _key(user_id: UUID, span: Span) -> str:
    return f"{span.type.lower()}:{user_id}:{span.first.isoformat()}"


def _of(user: User, span: Span) -> QuerySet[GraphExecution]:
    """Root executions that have ended within the days, as the user's wall clock counts them."""
    zone = ZoneInfo(user.timezone)
    begin = datetime.combine(span.first, time(), zone).astimezone(UTC)
    end = datetime.combine(span.last + timedelta(days=1), time(), zone).astimezone(UTC)
    mine = GraphExecution.objects.filter(user=user, parent=None, is_dry_run=False, deletion=None)
    return mine.filter(ended_at__gte=begin, ended_at__lt=end, status__in=TERMINAL)


def _data(span: Span, executions: QuerySet[GraphExecution]) -> Data:
    figures = _figures(executions)
    if span.type is NotificationType.DAILY_SUMMARY:
        return DailySummaryData(**figures, date=span.first)
    if span.type is NotificationType.WEEKLY_SUMMARY:
        return WeeklySummaryData(**figures, start_date=span.first, end_date=span.last)
    return MonthlySummaryData(**figures, month=span.first.month, year=span.first.year)


def _figures(executions: QuerySet[GraphExecution]) -> dict[str, Any]:
    took = Sum(ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField()))
    sums = executions.aggregate(
        count=Count("id"),
        well=Count("id", filter=Q(status=Status.COMPLETED)),
        failed=Count("id", filter=Q(status=Status.FAILED)),
        cost=Sum("cost"),
        took=took,
    )
    agents = list(
        executions.values("graph__name").annotate(runs=Count("id"), spent=Sum("cost")).order_by("-runs", "graph__name")
    )
    dear = sorted(agents, key=lambda agent: -agent["spent"])[:AGENTS]
    seconds = sums["took"].total_seconds() if sums["took"] else 0.0
    return {
        "total_credits_used": sums["cost"] or 0,
        "total_executions": sums["count"],
        "most_used_agent": agents[0]["graph__name"] if agents else "",
        "total_execution_time": seconds,
        "successful_runs": sums["well"],
        "failed_runs": sums["failed"],
        "average_execution_time": seconds / sums["count"] if sums["count"] else 0.0,
        "cost_breakdown": {agent["graph__name"]: agent["spent"] for agent in dear if agent["spent"]},
    }
