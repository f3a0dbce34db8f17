"""Schedules as the API takes and shows them; what the AutoGPT Platform has too has its names."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any

from rest_framework import serializers

from executor.schedules.cron import read_cron
from executor.schedules.models import Occurrence, Overlap, Schedule

YEAR_SECONDS = 366 * 24 * 3600


class ScheduleSerializer(serializers.Serializer[Any]):
    """What a schedule can be given. timezone: empty for the user's own. ends_at: nothing starts after it."""

    name = serializers.CharField(max_length=200)
    cron = serializers.CharField(max_length=200)
    timezone = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    inputs = serializers.DictField(required=False)
    overlap = serializers.ChoiceField(choices=Overlap.choices, required=False)
    misfire_grace_seconds = serializers.IntegerField(min_value=0, max_value=YEAR_SECONDS, required=False)
    max_failures = serializers.IntegerField(min_value=0, max_value=100, required=False)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)


class NewScheduleSerializer(ScheduleSerializer):
    """graph_version: its number; the active one unless given. preset_id: whose inputs lie under the given ones."""

    graph_version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True)
    preset_id = serializers.UUIDField(required=False, allow_null=True)


class CountSerializer(serializers.Serializer[Any]):
    """How many of the next times are asked for."""

    count = serializers.IntegerField(min_value=1, max_value=100, default=10)


def schedule_body(schedule: Schedule) -> dict[str, Any]:
    return body_with(schedule, schedule.occurrences.order_by("-due_at").first())


def body_with(schedule: Schedule, last: Occurrence | None) -> dict[str, Any]:
    """last: what became of the last time that it was due."""
    return {
        "id": schedule.id,
        "user_id": schedule.user_id,
        "graph_id": schedule.graph_id,
        "graph_version": schedule.version.number,
        "preset_id": schedule.preset_id,
        "name": schedule.name,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "input_data": schedule.inputs,
        "overlap": schedule.overlap,
        "misfire_grace_seconds": schedule.misfire_grace_seconds,
        "max_failures": schedule.max_failures,
        "ends_at": schedule.ends_at,
        "is_paused": schedule.is_paused,
        "pause_reason": schedule.pause_reason,
        "next_run_time": None if schedule.is_paused else schedule.next_at,
        "last_occurrence": occurrence_body(last) if last else None,
    }


def occurrence_body(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "due_at": occurrence.due_at,
        "outcome": occurrence.outcome,
        "reason": occurrence.reason,
        "execution_id": occurrence.execution_id,
    }


def next_times(schedule: Schedule, count: int) -> list[datetime]:
    """When it is due next, if nobody pauses it."""
    times = read_cron(schedule.cron, schedule.timezone).after(datetime.now(UTC))
    ends_at = schedule.ends_at
    return [due for due in islice(times, count) if ends_at is None or due <= ends_at]
