"""Graphs and blocks as the API shows them, in the shapes of the AutoGPT Platform."""

from functools import cache
from typing import Any

from rest_framework import serializers

from blocks.base import Block
from blocks.registry import registry
from graphs.credential_references import keep_all
from graphs.exporting import export_graph
from graphs.models import Graph, GraphVersion


class GraphSerializer(serializers.ModelSerializer[Graph]):
    """A line of the list."""

    version = serializers.IntegerField(source="active_version")
    is_active = serializers.ReadOnlyField(default=True)

    class Meta:
        model = Graph
        fields = ("id", "version", "is_active", "name", "description", "created_at")


class ImportSerializer(serializers.Serializer[Any]):
    """graph: an exported graph; whether it is a good one is for the import to say."""

    graph = serializers.DictField()


def graph_body(version: GraphVersion) -> dict[str, Any]:
    """A version with its nodes, links and sub-graphs, for its owner; secrets are left out."""
    return export_graph(version, keep=keep_all) | {
        "user_id": str(version.graph.owner_id),
        "is_active": version.number == version.graph.active_version,
        "created_at": version.created_at,
    }


@cache
def all_blocks() -> list[dict[str, Any]]:
    """Every block that may be used, by name, without its price. Blocks never change while a process runs."""
    usable = (block for block in registry if not block.disabled)
    return [block_body(block) for block in sorted(usable, key=lambda block: block.name)]


def block_body(block: Block) -> dict[str, Any]:
    return {
        "id": block.id,
        "name": block.name,
        "description": block.description,
        "categories": [{"category": category, "description": ""} for category in sorted(block.categories)],
        "inputSchema": block.Input.model_json_schema(),
        "outputSchema": block.Output.model_json_schema(),
        "staticOutput": block.static_output,
        "uiType": block.block_type,
    }
