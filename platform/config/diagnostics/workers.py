"""What the page "Workers and queue" shows: Redis says who is there, the database who has what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from redis.exceptions import RedisError

from config.health.findings import first_line
from config.health.heartbeats import client, clock_age
from executor.dispatch.database import one
from executor.dispatch.models import RepairCount
from executor.dispatch.statements import statements
from executor.dispatch.window import window
from executor.models import GraphExecution
from executor.statuses import Status
from executor.worker.roster import SeenWorker, seen

#: How long one command to Redis is waited for.
REDIS_SECONDS = 1.0
#: Owners that are shown: more have no worker each.
MOST_OWNERS = 500


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds executions, by the database. over: those of them whose lease is over."""

    name: str
    executions: int
    over: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A worker, and what it has."""

    worker: SeenWorker
    executions: int
    over: int
    oldest: datetime | None


def standing() -> dict[str, Any]:
    """Whatever of it can be found out."""
    held = owners()
    shown = {"figures": figures(), "repairs": list(RepairCount.objects.all()), "limit": settings.HEARTBEAT_MAX_SECONDS}
    try:
        roster = seen()
        age = _clock_age()
    except (RedisError, OSError, ValueError) as error:
        return {**shown, "trouble": first_line(error), "unknown": held}
    lines, unknown = matched(roster.workers, held)
    found = {"roster": roster, "lines": lines, "unknown": unknown, "window": window()}
    return {**shown, **found, "clock_age": age, "is_clock_silent": age is None or age > settings.HEARTBEAT_MAX_SECONDS}


def figures() -> dict[str, Any]:
    """Executions that somebody started, by the database. oldest: when the first of those that wait was queued."""
    row = one(statements(connection.vendor).standing, {})
    assert row is not None
    queued = GraphExecution.objects.roots().filter(status=Status.QUEUED)
    waiting = queued.aggregate(queued=Count("id"), oldest=Min("created_at"))
    return {"running": row[0], "rung": row[1], **waiting}


def owners() -> list[Owner]:
    """Of running executions, those with the most first."""
    running = GraphExecution.objects.roots().filter(status=Status.RUNNING).order_by()
    counted = running.values("owner").annotate(
        executions=Count("id"), over=Count("id", filter=Q(lease_until__lt=Now())), oldest=Min("started_at")
    )
    rows = counted.order_by("-executions", "owner").values_list("owner", "executions", "over", "oldest")
    return [Owner(*row) for row in rows[:MOST_OWNERS]]


def matched(workers: Sequence[SeenWorker], held: Sequence[Owner]) -> tuple[list[Line], list[Owner]]:
    """Workers with what they have, and owners that are none of them. Pure."""
    of_workers = {worker.name: [one for one in held if one.name.startswith(worker.owner)] for worker in workers}
    known = {one.name for some in of_workers.values() for one in some}
    return [_line(worker, of_workers[worker.name]) for worker in workers], [o for o in held if o.name not in known]


def _line(worker: SeenWorker, held: Sequence[Owner]) -> Line:
    oldest = min((one.oldest for one in held if one.oldest), default=None)
    return Line(worker, sum(one.executions for one in held), sum(one.over for one in held), oldest)


def _clock_age() -> float | None:
    """Seconds since a clock has swept. Raises RedisError and OSError."""
    with client(seconds=REDIS_SECONDS) as redis:
        return clock_age(redis)
