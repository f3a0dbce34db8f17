"""The shapes of what the API says of schedules, for its schema."""

from typing import Any

from rest_framework import serializers

from executor.schedules.models import Outcome, Overlap


class OccurrenceBodySerializer(serializers.Serializer[Any]):
    due_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(Outcome.choices)
    reason = serializers.CharField(allow_blank=True)
    execution_id = serializers.UUIDField(allow_null=True)


class ScheduleBodySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    graph_id = serializers.UUIDField()
    graph_version = serializers.IntegerField()
    preset_id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    cron = serializers.CharField()
    timezone = serializers.CharField()
    input_data = serializers.DictField()
    overlap = serializers.ChoiceField(Overlap.choices)
    misfire_grace_seconds = serializers.IntegerField()
    max_failures = serializers.IntegerField()
    ends_at = serializers.DateTimeField(allow_null=True)
    is_paused = serializers.BooleanField()
    pause_reason = serializers.CharField(allow_blank=True)
    next_run_time = serializers.DateTimeField(allow_null=True)
    last_occurrence = OccurrenceBodySerializer(allow_null=True)


class ListedScheduleBodySerializer(ScheduleBodySerializer):
    """`has_all_inputs` is false where `input_data` had no room in the list."""

    has_all_inputs = serializers.BooleanField()


class DeletedScheduleSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()


class NextTimesBodySerializer(serializers.Serializer[Any]):
    timezone = serializers.CharField()
    times = serializers.ListField(child=serializers.DateTimeField())
