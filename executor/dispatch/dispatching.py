"""Ringing for executions that wait: for a new one at once if nothing stands before it, for the others in turn."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import connection, transaction

from executor.dispatch.bell import put
from executor.dispatch.database import LOCK_TURNS, as_uuid, many, one
from executor.dispatch.limits import limits
from executor.dispatch.models import Share
from executor.dispatch.statements import statements
from executor.dispatch.turns import Waiting, in_turn, within_places
from executor.dispatch.window import window
from executor.models import GraphExecution
from executor.statuses import Status


def ring_in_turn(execution_id: UUID) -> None:
    """Ring for an execution that has just become QUEUED. If others wait, or there is no room, it waits with them."""
    now = datetime.now(UTC)
    wish = {"id": execution_id, "now": now, "window": window()}
    if one(statements(connection.vendor).ring_at_once, wish) is None:
        dispatch()
    elif not put([execution_id], now):
        _take_back([execution_id], now)


def dispatch() -> int:
    """Ring for what waits, users in turn, as far as there is room. How many were rung.

    Steps: look whether there is anything to do; choose, and mark what is chosen, one dispatcher at a time; ring. The
    queue is filled up only once half of it is used, so that many are chosen at a time.
    """
    if not _room():
        return 0
    now = datetime.now(UTC)
    with transaction.atomic():
        chosen = _choose(now)
    ids = [one.execution_id for one in chosen]
    if ids and not put(ids, now):
        _take_back(ids, now)
        return 0
    return len(ids)


def put_back(execution_id: UUID) -> None:
    """Its job has found no room for it: it waits again, unless it was taken by now."""
    waiting = GraphExecution.objects.filter(id=execution_id, status=Status.QUEUED, parent=None)
    if waiting.update(dispatched_at=None):
        dispatch()


def _choose(now: datetime) -> list[Waiting]:
    room = _room(is_alone=True)
    chosen = list(islice(in_turn(_queues(room)), room)) if room else []
    ids = [one.execution_id for one in chosen]
    GraphExecution.objects.filter(id__in=ids, status=Status.QUEUED).update(dispatched_at=now)
    _note_turns([one.user_id for one in chosen], now)
    return chosen


def _room(*, is_alone: bool = False) -> int:
    """How many may be rung now. is_alone: until the end of the transaction nobody else chooses."""
    locks = (LOCK_TURNS,) if is_alone else ()
    row = one(statements(connection.vendor).standing, {}, locks=locks)
    assert row is not None
    running, rung, is_waiting = row
    size = window()
    if not is_waiting or rung > size // 2:
        return 0
    return max(0, min(size - rung, limits().running - running - rung))


def _queues(room: int) -> Iterator[Iterator[Waiting]]:
    for user_id, places in many(statements(connection.vendor).users_in_turn, {}):
        yield within_places(_next_of(as_uuid(user_id), room), places)


def _next_of(user_id: UUID, most: int) -> Iterator[Waiting]:
    for id, graph_id, places in many(statements(connection.vendor).next_of_user, {"user": user_id, "most": most}):
        yield Waiting(as_uuid(id), user_id, as_uuid(graph_id), places)


def _note_turns(user_ids: list[UUID], now: datetime) -> None:
    """Whoever had the last turn stands last in the next round."""
    last = {user_id: now + timedelta(microseconds=place) for place, user_id in enumerate(user_ids)}
    shares = [Share(user_id=user_id, turn_at=turn_at) for user_id, turn_at in last.items()]
    Share.objects.bulk_create(shares, update_conflicts=True, update_fields=["turn_at"], unique_fields=["user"])


def _take_back(ids: list[UUID], now: datetime) -> None:
    """The queue could not be reached: they wait again."""
    GraphExecution.objects.filter(id__in=ids, status=Status.QUEUED, dispatched_at=now).update(dispatched_at=None)
