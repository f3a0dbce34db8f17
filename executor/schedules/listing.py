"""Schedules in a list."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import OuterRef, Subquery

from executor.schedules.models import Occurrence, Schedule, ScheduleQuerySet
from executor.schedules.serializers import body_with
from executor.telling.fitting import LARGE_IN_VERSION, fill
from executor.telling.payloads import Payload


def listed_bodies(schedules: ScheduleQuerySet) -> list[Payload]:
    """Three queries, and never more inputs in memory than an answer may hold."""
    shown = list(schedules.select_related("version").defer("inputs", *LARGE_IN_VERSION))
    full, last = fill(shown, "inputs"), _last_occurrences([schedule.id for schedule in shown])
    return [body_with(schedule, last.get(schedule.id)) | {"has_all_inputs": schedule.id in full} for schedule in shown]


def _last_occurrences(ids: Sequence[UUID]) -> dict[UUID, Occurrence]:
    newest = Occurrence.objects.filter(schedule=OuterRef("pk")).order_by("-due_at").values("pk")[:1]
    wanted = Schedule.objects.filter(id__in=ids).values(last=Subquery(newest))
    return {occurrence.schedule_id: occurrence for occurrence in Occurrence.objects.filter(pk__in=wanted)}
