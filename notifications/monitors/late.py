"""Executions that wait for too long for a worker, or run for too long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from executor.late import running_since, waiting_since
from executor.statuses import Status
from notifications.monitors.findings import Finding
from notifications.operators.links import admin_link

RUNNING_TOO_LONG = timedelta(days=1)
#: Executions that are looked at, and those that are named.
AT_MOST, NAMED = 1000, 5


@dataclass(frozen=True, slots=True)
class Late:
    """since: when it began to wait, or to run, without the time in which a person was asked."""

    execution_id: UUID
    graph_id: UUID
    user_id: UUID
    since: datetime


def late_executions(now: datetime) -> Iterator[Finding]:
    waiting = timedelta(seconds=settings.LATE_QUEUED_SECONDS)
    if queued := late_in_queue(now - waiting):
        title = f"Executions wait for more than {settings.LATE_QUEUED_SECONDS} s"
        yield _finding("queued", title, Status.QUEUED, queued)
    if running := late_at_work(now - RUNNING_TOO_LONG):
        yield _finding("running", "Executions run for more than 24 h", Status.RUNNING, running)


def late_in_queue(before: datetime) -> list[Late]:
    """Those that nobody has paused."""
    return _late(waiting_since(before))


def late_at_work(before: datetime) -> list[Late]:
    return _late(running_since(before))


def described(late: Sequence[Late], *, most: int = AT_MOST) -> str:
    """How many, of whom, and the first of them. Pure."""
    users = len({one.user_id for one in late})
    number = f"{most} or more" if len(late) >= most else str(len(late))
    lines = [f"{number} of {users} user{'' if users == 1 else 's'}. The oldest:"]
    lines += [f"{one.execution_id} of graph {one.graph_id}, since {one.since:%Y-%m-%d %H:%M}" for one in late[:NAMED]]
    return "\n".join(lines)


def _late(executions: QuerySet[Any]) -> list[Late]:
    return [Late(*row) for row in executions.values_list("id", "graph_id", "user_id", "began")[:AT_MOST]]


def _finding(name: str, title: str, status: Status, late: Sequence[Late]) -> Finding:
    return Finding(
        name=f"late-{name}",
        title=title,
        text=described(late),
        link=admin_link("executor_graphexecution_changelist", status__exact=status.value),
        since=late[0].since,
        count=len(late),
    )
