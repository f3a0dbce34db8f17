"""Deleting schedules. One may have been due any number of times."""

from django.db.models import QuerySet

from executor.schedules.models import Occurrence, Schedule

#: Occurrences that go in one transaction: others want to write, too.
PORTION = 1000


def delete_schedules(schedules: QuerySet[Schedule]) -> None:
    """Delete them with all their occurrences. From the first moment on they start nothing."""
    schedules.update(is_paused=True)
    while _occurrences_deleted(schedules):
        pass
    schedules.delete()


def _occurrences_deleted(schedules: QuerySet[Schedule]) -> int:
    """Some. How many those were."""
    some = Occurrence.objects.filter(schedule__in=schedules).order_by().values("id")[:PORTION]
    return Occurrence.objects.filter(id__in=some).delete()[0]
