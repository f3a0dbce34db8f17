"""The shapes of what the API says of presets, for its schema."""

from typing import Any

from rest_framework import serializers

from executor.api.bodies import PaginationBodySerializer


class PresetBodySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    graph_id = serializers.UUIDField()
    graph_version = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    inputs = serializers.DictField()
    credentials = serializers.DictField()
    is_active = serializers.BooleanField()
    webhook_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ListedPresetBodySerializer(PresetBodySerializer):
    """`has_all_inputs` is false where `inputs` had no room in the list."""

    has_all_inputs = serializers.BooleanField()


class PresetsBodySerializer(serializers.Serializer[Any]):
    presets = ListedPresetBodySerializer(many=True)
    pagination = PaginationBodySerializer()
