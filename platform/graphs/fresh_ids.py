"""Giving a graph's nodes and links ids that nobody has used before."""

from collections.abc import Mapping
from dataclasses import replace

from blocks.registry import Registry
from graphs.document import GraphDocument, LinkDocument
from reliability.ids import uuid7


def with_fresh_ids(document: GraphDocument, registry: Registry) -> tuple[GraphDocument, dict[str, str]]:
    """The graph with new ids for its nodes and links, and `{old node id: new node id}`.

    Whether a link is static is worked out anew from the block at its source.
    """
    ids = {node.id: str(uuid7()) for node in document.nodes}
    static = {node.id for node in document.nodes if registry.find_or_placeholder(node.block_id).static_output}
    nodes = tuple(replace(node, id=ids[node.id]) for node in document.nodes)
    links = tuple(_fresh(link, ids, link.is_static or link.source_id in static) for link in document.links)
    return replace(document, nodes=nodes, links=links), ids


def _fresh(link: LinkDocument, ids: Mapping[str, str], is_static: bool) -> LinkDocument:
    return replace(link, id=str(uuid7()), source_id=ids[link.source_id], sink_id=ids[link.sink_id], is_static=is_static)
