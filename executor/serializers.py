"""Executions as the API shows them, in the shapes of the AutoGPT Platform."""

from typing import Any

from rest_framework import serializers

from executor.models import GraphExecution
from executor.payloads import Payload
from executor.snapshot import graph_snapshot, node_snapshots


class LaunchSerializer(serializers.Serializer[Any]):
    """inputs: `{input name: value}`. max_cost: credits."""

    inputs = serializers.DictField(default=dict)
    max_cost = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True, default=None)


class EstimateSerializer(serializers.Serializer[Any]):
    """version: its number; the active one unless given."""

    graph_id = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True, default=None)
    inputs = serializers.DictField(default=dict)


class PageSerializer(serializers.Serializer[Any]):
    """Which part of a list, newest first."""

    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=100, default=25)


def execution_body(execution: GraphExecution, *, with_outputs: bool = False) -> Payload:
    return _without_type(graph_snapshot(execution, with_outputs=with_outputs)) | {
        "trigger": execution.trigger,
        "max_cost": execution.max_cost,
        "created_at": execution.created_at,
    }


def detailed_body(execution: GraphExecution) -> Payload:
    """With its outputs and everything that ran in it."""
    runs = node_snapshots(execution, execution.node_executions.order_by("number"))
    return execution_body(execution, with_outputs=True) | {"node_executions": [_without_type(run) for run in runs]}


def _without_type(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if name != "event_type"}
