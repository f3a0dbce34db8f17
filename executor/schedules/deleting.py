"""Deleting schedules. One may have been due any number of times."""

from collections import deque
from collections.abc import Iterator

from django.db import transaction
from django.db.models import QuerySet

from executor.schedules.models import Occurrence, Schedule

#: Occurrences that go in one transaction: others want to write, too.
PORTION = 1000


def delete_schedules(schedules: QuerySet[Schedule]) -> None:
    """Delete them with all their occurrences. From the first moment on they start nothing."""
    deque(schedules_going(schedules), maxlen=0)


def schedules_going(schedules: QuerySet[Schedule]) -> Iterator[None]:
    """The same, a transaction with each step."""
    schedules.filter(is_paused=False).update(is_paused=True)
    while _occurrences_deleted(schedules):
        yield
    _delete(schedules)


def _occurrences_deleted(schedules: QuerySet[Schedule]) -> int:
    """Some. How many those were."""
    some = Occurrence.objects.filter(schedule__in=schedules).order_by().values("id")[:PORTION]
    return Occurrence.objects.filter(id__in=some).delete()[0]


@transaction.atomic
def _delete(schedules: QuerySet[Schedule]) -> None:
    """Somebody may have resumed one; who starts it at this moment is waited for, for that makes an occurrence, too."""
    schedules.update(is_paused=True)
    schedules.delete()
