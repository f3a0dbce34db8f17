"""Telling whoever saves a file what was done to its graphs. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from blocks.registry import registry
from graphs.document import GraphDocument, NodeDocument
from graphs.json_text import shown
from graphs.preparing import Draft
from graphs.report import ImportReport, MappedGraph, Note, UnknownBlock

#: How many notes of one kind a report holds of each graph.
NOTES_TOLD = 200


def tell(report: ImportReport, draft: Draft, graph: GraphDocument, node_ids: Mapping[str, str]) -> None:
    """What was done to one graph. graph: as it is stored.  node_ids: `{id in the file: id in it}`."""
    names = {node.id: _name(node) for node in draft.graph.nodes}

    def stored(notes: list[Note]) -> list[Note]:
        told = _shortened(notes, graph.name)
        return [replace(note, node=node_ids.get(note.node, ""), node_name=names.get(note.node, "")) for note in told]

    report.mapped.append(_mapped(draft.graph, graph))
    report.upgraded += stored(draft.upgraded)
    report.repaired += stored(draft.repaired)
    report.unresolved += stored(draft.unresolved)
    report.dropped += stored(draft.dropped)


def unknown_blocks(graphs: list[GraphDocument]) -> list[UnknownBlock]:
    nodes: dict[str, list[str]] = defaultdict(list)
    for graph in graphs:
        for node in graph.nodes:
            if registry.find(node.block_id) is None:
                nodes[node.block_id].append(node.id)
    return [
        UnknownBlock(block_id=block_id, name=registry.find_or_placeholder(block_id).name, nodes=node_ids)
        for block_id, node_ids in nodes.items()
    ]


def _shortened(notes: list[Note], graph: str) -> list[Note]:
    """A report stays readable, and smaller than the file."""
    more = len(notes) - NOTES_TOLD
    return [*notes[:NOTES_TOLD], Note(graph=graph, detail=f"and {more:,} more")] if more > 0 else notes


def _mapped(old: GraphDocument, new: GraphDocument) -> MappedGraph:
    return MappedGraph(
        name=new.name,
        old_id=old.id,
        new_id=new.id,
        version=new.version,
        nodes=len(new.nodes),
        links=len(new.links),
    )


def _name(node: NodeDocument) -> str:
    return shown(node.metadata.get("customized_name") or registry.find_or_placeholder(node.block_id).name)
