"""Exporting graphs in the format of the AutoGPT Platform, without secrets."""

import json
from typing import Any

from blocks.base import BlockType
from blocks.registry import registry
from graphs.credential_inputs import credentials_input_schema
from graphs.credential_references import Keep, keep_none
from graphs.document import GraphDocument, LinkDocument, NodeDocument
from graphs.models import GraphVersion
from graphs.references import EXECUTOR_ID
from graphs.schemas import input_schema, output_schema
from graphs.secrets import without_secrets
from graphs.storage import reachable


def export_graph(version: GraphVersion, *, keep: Keep = keep_none) -> dict[str, Any]:
    """The version as a file holds it, with every graph that it runs inside itself in one flat list, nearest first.

    The same version always gives the same file: keys and entries have a fixed order, and no time of export is noted.
    keep: what becomes of references to credentials, which no file holds.
    """
    documents = [document for _, document in reachable(version)]
    main, *subs = (exported(document, keep) for document in documents)
    asked = credentials_input_schema(documents, registry)
    return main | {"credentials_input_schema": asked, "sub_graphs": subs, "user_id": ""}


def as_text(exported: dict[str, Any]) -> str:
    """The file itself: indented, in plain characters, with an end of line at the end."""
    return json.dumps(exported, indent=2, ensure_ascii=False) + "\n"


def exported(document: GraphDocument, keep: Keep) -> dict[str, Any]:
    """One graph, without those that it runs."""
    clean, _ = without_secrets(document, registry, keep=keep)
    blocks = [registry.find_or_placeholder(node.block_id) for node in clean.nodes]
    kinds = {block.block_type for block in blocks}
    return {
        "id": clean.id,
        "version": clean.version,
        "is_active": True,
        "name": clean.name,
        "description": clean.description,
        **clean.extras,
        "nodes": [_node(node) for node in clean.nodes],
        "links": [_link(link) for link in clean.links],
        "input_schema": input_schema(clean, registry),
        "output_schema": output_schema(clean, registry),
        "has_external_trigger": BlockType.WEBHOOK in kinds,
        "has_human_in_the_loop": BlockType.HUMAN in kinds,
        "has_sensitive_action": any(block.is_sensitive for block in blocks),
    }


def _node(node: NodeDocument) -> dict[str, Any]:
    constants = node.input_default
    if node.block_id == EXECUTOR_ID:
        constants = constants | {"user_id": ""}
    return {"id": node.id, "block_id": node.block_id, "input_default": constants, "metadata": node.metadata}


def _link(link: LinkDocument) -> dict[str, Any]:
    return {
        "id": link.id,
        "source_id": link.source_id,
        "sink_id": link.sink_id,
        "source_name": link.source_name,
        "sink_name": link.sink_name,
        "is_static": link.is_static,
    }
