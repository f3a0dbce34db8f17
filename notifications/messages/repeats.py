"""Counting errors that come again, so that they are told the 1st, 2nd, 4th, 8th … time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import models, transaction

from accounts.wishes import NotificationType

#: Without one for so long, the next is the first again.
FORGOTTEN_AFTER = timedelta(days=1)


class Repeat(models.Model):
    """subject: what fails, a graph or a node of one."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "subject"], name="repeat_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.count}"


@transaction.atomic
def count_again(user_id: UUID, kind: str, subject: str, *, now: datetime) -> int:
    """How often it has come in a row, this time included."""
    first = Repeat(user_id=user_id, kind=kind, subject=subject, last_at=now)
    Repeat.objects.bulk_create([first], ignore_conflicts=True)
    repeat = Repeat.objects.select_for_update().get(user_id=user_id, kind=kind, subject=subject)
    is_forgotten = now - repeat.last_at > FORGOTTEN_AFTER
    repeat.count, repeat.last_at = (1 if is_forgotten else repeat.count + 1), now
    repeat.save(update_fields=["count", "last_at"])
    return repeat.count


def end_repeats(user_id: UUID, kind: str, subject: str) -> None:
    """It went well."""
    Repeat.objects.filter(user_id=user_id, kind=kind, subject=subject).delete()


def forget_repeats(*, now: datetime) -> int:
    return Repeat.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()[0]


def end_errors_of(user_id: UUID, graph_id: UUID, *, but_for: Iterable[UUID]) -> None:
    """An execution of the graph has ended in which only these nodes have failed."""
    failing = [f"{graph_id}:{node_id}" for node_id in but_for]
    of_graph = Repeat.objects.filter(
        user_id=user_id, kind=NotificationType.BLOCK_EXECUTION_FAILED, subject__startswith=f"{graph_id}:"
    )
    of_graph.exclude(subject__in=failing).delete()
