"""Requeueing: what the sweeper does by itself after a while, at once, for executions that an operator has chosen.

Nothing is taken from an owner whose lease has not ended: each step is a conditional UPDATE or a ring, and the claim
decides who goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now
from redis.exceptions import RedisError

from executor.dispatch.bell import job_id, jobs_in_queue, put
from executor.dispatch.dispatching import dispatch
from executor.models import GraphExecution
from executor.reviews.requeueing import requeue_if_answered
from executor.statuses import TERMINAL, Status
from executor.sweeping.leases import abandoned
from executor.sweeping.leftovers import never_queued

#: Of those, a job in the queue is about what they wait for.
RUNG = (Status.QUEUED, Status.RUNNING)
REDIS_AWAY = "Redis does not answer; it is rung once Redis is back"
CHANGED = "it has changed in the meantime"
ASKS_A_PERSON = "it waits for a person"


@dataclass(slots=True)
class Requeued:
    """rung: workers were told of them.  waiting: they wait for their turn.  refused: why nothing was done, by id."""

    rung: list[UUID] = field(default_factory=list)
    waiting: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether there is anything to do. has_lease: its owner may still work on it."""

    id: UUID
    status: Status
    root_id: UUID | None
    is_to_be_stopped: bool
    has_lease: bool
    claims: int
    dispatched_at: datetime | None


def requeue(execution_ids: Sequence[UUID]) -> Requeued:
    """Ring again for those of these that wait or were left behind, and say why not for each of the others."""
    done = Requeued()
    try:
        jobs = jobs_in_queue()
    except (RedisError, OSError):
        done.refused = dict.fromkeys(execution_ids, REDIS_AWAY)
        return done
    for standing in _standing(execution_ids):
        reason = why_not(standing, jobs) or _STEPS[standing.status](standing, done)
        if reason:
            done.refused[standing.id] = reason
    dispatch()
    _part(done)
    return done


def why_not(standing: Standing, jobs: set[str]) -> str:
    """Why an execution is not requeued; empty if it may be. Pure. jobs: ids of those in the queue."""
    if standing.status in TERMINAL:
        return "it has ended"
    if standing.root_id is not None:
        return f"it runs inside {standing.root_id}"
    if standing.is_to_be_stopped:
        return "it is to be stopped"
    if standing.status == Status.RUNNING and standing.has_lease:
        return "a worker has it, and its lease has not ended"
    if standing.status == Status.RUNNING and standing.claims >= settings.MAX_CLAIMS:
        return f"{standing.claims} workers in a row have left it, so the sweeper ends it"
    if standing.status in RUNG and standing.dispatched_at and job_id(standing.id, standing.dispatched_at) in jobs:
        return "its job waits in the queue"
    return ""


def _standing(execution_ids: Sequence[UUID]) -> list[Standing]:
    """On the database's clock."""
    rows = GraphExecution.objects.filter(id__in=execution_ids).annotate(now=Now()).order_by("id")
    fields = rows.values_list(
        "id", "status", "root_id", "cancel_requested_at", "lease_until", "now", "claims", "dispatched_at"
    )
    return [
        Standing(id, Status(status), root, stop_at is not None, bool(lease and lease >= now), claims, rung_at)
        for id, status, root, stop_at, lease, now, claims, rung_at in fields
    ]


def _wait_again(standing: Standing, done: Requeued) -> str:
    """Its job is gone from the queue: only what nobody has rung for since."""
    queued = GraphExecution.objects.filter(id=standing.id, status=Status.QUEUED, dispatched_at=standing.dispatched_at)
    return _noted(done, standing, queued.update(dispatched_at=None))


def _queue(standing: Standing, done: Requeued) -> str:
    return _noted(done, standing, never_queued().filter(id=standing.id).update(status=Status.QUEUED))


def _go_on(standing: Standing, done: Requeued) -> str:
    if not requeue_if_answered(standing.id):
        return ASKS_A_PERSON
    done.waiting.append(standing.id)
    return ""


def _offer(standing: Standing, done: Requeued) -> str:
    """To other workers. The row stays its owner's until one of them claims it."""
    now = datetime.now(UTC)
    left = abandoned().filter(id=standing.id, cancel_requested_at=None, dispatched_at=standing.dispatched_at)
    if not left.update(dispatched_at=now):
        return CHANGED
    if not put([standing.id], now):
        return REDIS_AWAY
    done.rung.append(standing.id)
    return ""


def _noted(done: Requeued, standing: Standing, changed: int) -> str:
    if not changed:
        return CHANGED
    done.waiting.append(standing.id)
    return ""


def _part(done: Requeued) -> None:
    """Of those that wait, the dispatcher may have rung some."""
    rung = GraphExecution.objects.filter(id__in=done.waiting, dispatched_at__isnull=False)
    told = set(rung.values_list("id", flat=True))
    done.rung += [id for id in done.waiting if id in told]
    done.waiting = [id for id in done.waiting if id not in told]


_STEPS: dict[Status, Callable[[Standing, Requeued], str]] = {
    Status.INCOMPLETE: _queue,
    Status.QUEUED: _wait_again,
    Status.REVIEW: _go_on,
    Status.RUNNING: _offer,
}
