"""Limits before work: whether one more execution of a user may be stored. A check that cannot be made lets none in."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.transaction import TransactionManagementError

from executor.dispatch.database import LOCK_STARTS_OF_USER, one
from executor.dispatch.limits import limits
from executor.dispatch.statements import statements
from executor.errors import QueueFull, TooManyExecutions
from executor.models import GraphExecution

MINUTE = timedelta(seconds=60)
#: When to try again if too many wait: nobody can know when they will have begun.
RETRY_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a user has waiting and has started within a minute, what waits in all, and how much of it there may be."""

    queued_of_user_max: int
    starts_max: int
    queued_of_user: int
    starts: int
    queued: int
    queued_max: int


def require_room(user_id: UUID) -> None:
    """Raises TooManyExecutions or QueueFull if no further execution of this user may be stored now.

    Called inside the transaction that stores it. Starts of one user follow one another from here to its end, so the
    user's own limits are exact; the limit for all may be passed by as many starts as are under way at once.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("Limits hold only inside the transaction that stores the execution.")
    now = datetime.now(UTC)
    load = _load(user_id, now)
    if load.starts >= load.starts_max:
        raise _too_many_starts(load, _seconds_until_free(user_id, load.starts_max, now))
    check_waiting(load)


def check_waiting(load: Load) -> None:
    """Raises TooManyExecutions or QueueFull if too many wait."""
    if load.queued_of_user >= load.queued_of_user_max:
        raise TooManyExecutions(
            f"{load.queued_of_user} of your executions wait already, the most that may (QUEUED_PER_USER_MAX).",
            limit="QUEUED_PER_USER_MAX",
            maximum=load.queued_of_user_max,
            retry_after=RETRY_SECONDS,
        )
    if load.queued >= load.queued_max:
        raise QueueFull(
            f"{load.queued_max} executions wait in this installation, the most that may (QUEUED_MAX).",
            limit="QUEUED_MAX",
            maximum=load.queued_max,
            retry_after=RETRY_SECONDS,
        )


def _load(user_id: UUID, now: datetime) -> Load:
    row = one(
        statements(connection.vendor).load, {"user": user_id, "since": now - MINUTE}, locks=(LOCK_STARTS_OF_USER,)
    )
    assert row is not None
    queued_of_user_max, starts_max, queued_of_user, starts, queued = row
    return Load(
        queued_of_user_max=queued_of_user_max,
        starts_max=starts_max,
        queued_of_user=queued_of_user,
        starts=starts,
        queued=queued,
        queued_max=limits().queued,
    )


def _too_many_starts(load: Load, seconds: int) -> TooManyExecutions:
    return TooManyExecutions(
        f"You have started {load.starts} executions within a minute, the most that you may (STARTS_PER_MINUTE_MAX).",
        limit="STARTS_PER_MINUTE_MAX",
        maximum=load.starts_max,
        retry_after=seconds,
    )


def _seconds_until_free(user_id: UUID, most: int, now: datetime) -> int:
    """Until the oldest of the newest `most` starts is a minute old."""
    if most == 0:
        return int(MINUTE.total_seconds())
    starts = GraphExecution.objects.filter(user=user_id, parent=None).order_by("-created_at")
    oldest = starts.values_list("created_at", flat=True)[most - 1]
    return max(1, math.ceil((oldest + MINUTE - now).total_seconds()))
