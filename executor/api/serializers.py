"""Executions as the API shows them, in the shapes of the AutoGPT Platform."""

from typing import Any

from rest_framework import serializers

from executor.models import GraphExecution
from executor.telling.payloads import Payload
from executor.telling.snapshot import graph_snapshot


class CeilingsSerializer(serializers.Serializer[Any]):
    """max_cost: credits. priority: the highest of one user's waiting executions goes first."""

    max_cost = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True, default=None)
    max_seconds = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, allow_null=True, default=None
    )
    priority = serializers.IntegerField(min_value=-100, max_value=100, default=0)


class LaunchSerializer(CeilingsSerializer):
    """inputs: `{input name: value}`. input_masks: `{node id: {pin: value}}`. skipped_nodes: ids.

    credentials_inputs: `{credentials input of the graph: {id, provider, type, title}}`.
    """

    inputs = serializers.DictField(default=dict)
    credentials_inputs = serializers.DictField(child=serializers.DictField(), default=dict)
    input_masks = serializers.DictField(child=serializers.DictField(), default=dict)
    skipped_nodes = serializers.ListField(child=serializers.UUIDField(), max_length=1000, default=list)
    dry_run = serializers.BooleanField(source="is_dry_run", default=False)
    preset_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class RetrySerializer(CeilingsSerializer):
    """Without ceilings, those of the first execution hold."""


class AgainSerializer(CeilingsSerializer):
    """from_node: its id; without it everything runs again."""

    from_node = serializers.UUIDField(required=False, allow_null=True, default=None)


class BlockOptionsSerializer(serializers.Serializer[Any]):
    """How one block is run by itself."""

    max_cost = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True, default=None)
    dry_run = serializers.BooleanField(source="is_dry_run", default=False)


class EstimateSerializer(serializers.Serializer[Any]):
    """version: its number; the active one unless given."""

    graph_id = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True, default=None)
    inputs = serializers.DictField(default=dict)


class PageSerializer(serializers.Serializer[Any]):
    """Which part of a list, newest first."""

    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=100, default=25)


def execution_body(execution: GraphExecution) -> Payload:
    """Without its outputs."""
    return _without_type(graph_snapshot(execution, with_outputs=False)) | {
        "trigger": execution.trigger,
        "preset_id": execution.preset_id,
        "continues": execution.continues_id,
        "is_dry_run": execution.is_dry_run,
        "max_cost": execution.max_cost,
        "max_seconds": execution.max_seconds,
        "priority": execution.priority,
        "created_at": execution.created_at,
    }


def _without_type(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if name != "event_type"}
