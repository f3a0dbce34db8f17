"""Graphs and blocks as the API takes and shows them, in the shapes of the AutoGPT Platform."""

from collections import defaultdict
from functools import cache
from typing import Any

from rest_framework import serializers

from api.paging import CursorQuery
from blocks.base import Block
from blocks.registry import registry
from graphs.credential_inputs import credentials_input_schema
from graphs.credential_references import keep_all
from graphs.exporting import export_graph, exported
from graphs.models import Graph, GraphVersion
from graphs.storage import documents_of
from graphs.trigger_info import trigger_setup_info

VERSION_MAX = 2**31 - 1
#: Versions of a graph that one answer shows in full.
VERSIONS_MAX = 25


class GraphSerializer(serializers.ModelSerializer[Graph]):
    """A line of the list."""

    user_id = serializers.UUIDField(source="owner_id", read_only=True)
    version = serializers.IntegerField(source="active_version")
    is_active = serializers.BooleanField(read_only=True, default=True)

    class Meta:
        model = Graph
        fields = ("id", "user_id", "version", "is_active", "name", "description", "created_at")


class GraphsQuery(CursorQuery):
    """Without both parameters the newest graphs are listed, by name."""

    @property
    def asks_for_pages(self) -> bool:
        return not {"cursor", "limit"}.isdisjoint(self.initial_data)


class ImportSerializer(serializers.Serializer[Any]):
    """graph: an exported graph; whether it is a good one is for the import to say."""

    graph = serializers.DictField()


class GraphQuery(serializers.Serializer[Any]):
    """version: another one than the active one.  for_export: as a file, which others may be given."""

    version = serializers.IntegerField(
        min_value=1, max_value=VERSION_MAX, required=False, allow_null=True, default=None
    )
    for_export = serializers.BooleanField(default=False)


class VersionQuery(serializers.Serializer[Any]):
    """for_export: as a file, which others may be given."""

    for_export = serializers.BooleanField(default=False)


class VersionsQuery(serializers.Serializer[Any]):
    """Which part of the list, the newest version first."""

    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=VERSIONS_MAX, default=VERSIONS_MAX)


class ActiveVersionSerializer(serializers.Serializer[Any]):
    active_graph_version = serializers.IntegerField(min_value=1, max_value=VERSION_MAX)


def graph_body(version: GraphVersion) -> dict[str, Any]:
    """A version with its nodes, links and sub-graphs, for its owner; secrets are left out."""
    body = export_graph(version, keep=keep_all)
    return _with_computed(body) | {"sub_graphs": list(map(_with_computed, body["sub_graphs"]))} | _of_version(version)


def version_bodies(versions: list[GraphVersion]) -> list[dict[str, Any]]:
    """The same of several, without what they run inside themselves. Two queries, however many there are."""
    bodies = []
    for version, document in zip(versions, documents_of(versions), strict=True):
        body = _with_computed(exported(document, keep_all)) | {"sub_graphs": []}
        asked = credentials_input_schema([document], registry)
        bodies.append(body | {"credentials_input_schema": asked} | _of_version(version))
    return bodies


def _of_version(version: GraphVersion) -> dict[str, Any]:
    return {
        "user_id": str(version.graph.owner_id),
        "is_active": version.number == version.graph.active_version,
        "created_at": version.created_at,
    }


def _with_computed(body: dict[str, Any]) -> dict[str, Any]:
    """With what a file has not, because it follows from the rest."""
    going_in, going_out = defaultdict[str, list[Any]](list), defaultdict[str, list[Any]](list)
    for link in body["links"]:
        going_in[link["sink_id"]].append(link)
        going_out[link["source_id"]].append(link)
    nodes = [
        node
        | {
            "graph_id": body["id"],
            "graph_version": body["version"],
            "input_links": going_in[node["id"]],
            "output_links": going_out[node["id"]],
            "webhook_id": None,
            "webhook": None,
        }
        for node in body["nodes"]
    ]
    return body | {"nodes": nodes, "trigger_setup_info": trigger_setup_info(nodes, registry)}


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
        "contributors": [],
        "inputSchema": block.Input.model_json_schema(),
        "outputSchema": block.Output.model_json_schema(),
        "staticOutput": block.static_output,
        "uiType": block.block_type,
    }
