"""Deleting presets. Any number of executions may have been started from one, also at this moment."""

from collections import deque
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from executor.dispatch.database import follow_own_starts
from executor.models import GraphExecution
from executor.presets.models import Preset
from executor.schedules.deleting import schedules_going
from executor.schedules.models import Schedule

#: Executions that one transaction changes: others want to write, too.
PORTION = 1000
#: Executions that are looked up at once: looking again goes through those that were changed.
LOOKED_UP = 50 * PORTION


def delete_presets(presets: QuerySet[Preset]) -> None:
    """Delete them with their schedules and webhooks, once no execution says any more that it was started from one."""
    deque(presets_going(presets), maxlen=0)


def presets_going(presets: QuerySet[Preset]) -> Iterator[None]:
    """The same, a transaction with each step."""
    ids = list(presets.values_list("id", flat=True))
    while not _deleted(ids):
        yield
        yield from schedules_going(Schedule.objects.filter(preset__in=ids))
        yield from _forgotten(ids)


@transaction.atomic
def _deleted(ids: Sequence[UUID]) -> bool:
    """False if schedules start them, or more than a portion of executions says so: both go first, without the lock.

    A tick that holds a schedule waits for this lock, so nobody who has it may wait for a schedule.
    """
    presets = Preset.objects.filter(id__in=ids)
    for user_id in presets.order_by("user").values_list("user", flat=True).distinct():
        follow_own_starts(user_id)
    if Schedule.objects.filter(preset__in=ids).exists():
        return False
    started = list(_started_from(ids)[: PORTION + 1])
    _forget(started[:PORTION])
    if len(started) > PORTION:
        return False
    presets.delete()
    return True


def _forgotten(ids: Sequence[UUID]) -> Iterator[None]:
    """By executions, a portion with each step."""
    while found := list(_started_from(ids)[:LOOKED_UP]):
        for start in range(0, len(found), PORTION):
            _forget(found[start : start + PORTION])
            yield


def _started_from(ids: Sequence[UUID]) -> "QuerySet[GraphExecution, UUID]":
    return GraphExecution.objects.filter(preset__in=ids).order_by().values_list("id", flat=True)


@transaction.atomic
def _forget(execution_ids: Sequence[UUID]) -> None:
    """They are locked in the order in which the journal locks its executions."""
    executions = GraphExecution.objects.filter(id__in=execution_ids)
    list(executions.order_by("id").select_for_update(of=("self",)).values_list("id", flat=True))
    executions.update(preset=None)
