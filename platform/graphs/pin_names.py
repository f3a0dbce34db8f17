"""The names that links of a node may go to and come from. Pure."""

from collections.abc import Mapping
from functools import cache

from blocks.base import Block, BlockType, Pins
from blocks.coercion import keys_of
from blocks.pins import base_name
from blocks.registry import Registry
from graphs.document import GraphDocument, NodeDocument
from graphs.references import Reference, reference_of
from graphs.schemas import names, properties_of

#: None for any name.
Names = frozenset[str] | None

#: Their outputs are named by the graph's author, so they have no `error` of their own.
_WITHOUT_ERROR = frozenset((BlockType.INPUT, BlockType.OUTPUT, BlockType.AGENT))


class PinNames:
    """Answers for the nodes of one graph, and remembers: many links may meet at one node."""

    def __init__(self, registry: Registry, sub_graphs: Mapping[Reference, GraphDocument]) -> None:
        self._registry = registry
        self._sub_graphs = sub_graphs
        self._of_graphs: dict[tuple[Reference, BlockType], frozenset[str]] = {}
        self._of_nodes: dict[tuple[str, BlockType], Names] = {}

    def inputs(self, node: NodeDocument) -> Names:
        return self._known(node, BlockType.INPUT)

    def outputs(self, node: NodeDocument) -> Names:
        return self._known(node, BlockType.OUTPUT)

    def _known(self, node: NodeDocument, side: BlockType) -> Names:
        key = (node.id, side)
        if key not in self._of_nodes:
            self._of_nodes[key] = self._find(node, side)
        return self._of_nodes[key]

    def _find(self, node: NodeDocument, side: BlockType) -> Names:
        """A block that is not installed may have any."""
        block = self._registry.find(node.block_id)
        if block is None:
            return None
        if block.block_type is BlockType.AGENT:
            return self._of_sub_graph(node, side)
        if side is BlockType.OUTPUT:
            return _outputs(block)
        return _inputs(block, node) if block.open_input else keys(block.Input)

    def _of_sub_graph(self, node: NodeDocument, side: BlockType) -> Names:
        """Those of the graph itself if it is known: the schemas stored in the node may be stale."""
        reference = reference_of(node.block_id, node.input_default)
        if reference is not None and reference in self._sub_graphs:
            key = (reference, side)
            if key not in self._of_graphs:
                found = names(self._sub_graphs[reference], self._registry, side)
                self._of_graphs[key] = frozenset(map(base_name, found))
            return self._of_graphs[key]
        stored = node.input_default.get("input_schema" if side is BlockType.INPUT else "output_schema")
        return frozenset(map(base_name, properties_of(stored))) if stored else None


@cache
def keys(model: type[Pins]) -> frozenset[str]:
    """The names of a block's inputs, also the former ones."""
    return frozenset(key for name, field in model.model_fields.items() for key in keys_of(name, field))


def _inputs(block: Block, node: NodeDocument) -> Names:
    """Of a block that takes in others than it declares: any, as long as their schema is not known."""
    schema = node.input_default.get(block.open_schema)
    return keys(block.Input) | frozenset(map(base_name, properties_of(schema))) if schema else None


def _outputs(block: Block) -> frozenset[str]:
    implicit = () if block.block_type in _WITHOUT_ERROR else ("error",)
    return frozenset((*block.Output.model_fields, *implicit))
