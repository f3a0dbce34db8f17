"""Presets as the API takes and shows them, in the shapes of the AutoGPT Platform."""

from typing import Any

from rest_framework import serializers

from executor.api.serializers import CeilingsSerializer, PageSerializer
from executor.presets.models import Preset
from executor.telling.payloads import Payload


class PresetSerializer(serializers.Serializer[Any]):
    """What can be changed. graph_version: the number of another version of the same graph."""

    name = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(max_length=5000, allow_blank=True, required=False)
    inputs = serializers.DictField(required=False)
    is_active = serializers.BooleanField(required=False)
    graph_version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)


class NewPresetSerializer(PresetSerializer):
    """Of a graph, or of an execution, whose version and inputs it takes. graph_version: the active one unless given."""

    name = serializers.CharField(max_length=200)
    graph_id = serializers.UUIDField(required=False)
    graph_execution_id = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("graph_id" in attrs) == ("graph_execution_id" in attrs):
            raise serializers.ValidationError({"graph_id": "Either graph_id or graph_execution_id is required."})
        if "graph_execution_id" in attrs and not attrs.keys().isdisjoint(("inputs", "graph_version")):
            raise serializers.ValidationError(
                {"graph_execution_id": "Its inputs and version are those of the execution."}
            )
        return attrs


class PresetsPageSerializer(PageSerializer):
    """graph_id: those of one graph only."""

    graph_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class PresetExecuteSerializer(CeilingsSerializer):
    """inputs: laid over those of the preset."""

    inputs = serializers.DictField(default=dict)
    dry_run = serializers.BooleanField(source="is_dry_run", default=False)


def preset_body(preset: Preset) -> Payload:
    return {
        "id": preset.id,
        "user_id": preset.user_id,
        "graph_id": preset.graph_id,
        "graph_version": preset.version.number,
        "name": preset.name,
        "description": preset.description,
        "inputs": preset.inputs,
        "credentials": {},
        "is_active": preset.is_active,
        "webhook_id": next((webhook.id for webhook in preset.webhooks.all()), None),
        "created_at": preset.created_at,
        "updated_at": preset.updated_at,
    }
