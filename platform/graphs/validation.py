"""Whether a graph makes sense: its wires, its pins and what its blocks need. Pure; loops are legal.

The rules are those of the AutoGPT Platform.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType

from blocks.base import Block, BlockType
from blocks.coercion import keys_of, matches
from blocks.pins import base_name, is_dynamic
from blocks.registry import Registry
from graphs.document import GraphDocument, LinkDocument, NodeDocument
from graphs.errors import GraphInvalid
from graphs.json_text import shown
from graphs.pin_names import Names, PinNames
from graphs.policy import wrong_keys
from graphs.references import Reference, reference_of

#: `{node id: {pin: message}}`.
NodeErrors = dict[str, dict[str, str]]
#: The graphs that AgentExecutor nodes run.
SubGraphs = Mapping[Reference, GraphDocument]
#: `{block id: why, as a sentence}`.
Refused = Mapping[str, str]
NOTHING: Refused = MappingProxyType({})
#: Where it is, in which pin, and what is wrong.
Trouble = tuple[str, str, str]

#: They must be complete before the graph is run, so that others know what it asks for and gives.
_ALWAYS_COMPLETE = frozenset((BlockType.INPUT, BlockType.OUTPUT, BlockType.AGENT))
#: How many errors, and how many names of pins, a message lists.
_ERRORS_SHOWN = 3
_NAMES_SHOWN = 12


def validate(
    document: GraphDocument, registry: Registry, *, for_run: bool, sub_graphs: SubGraphs, refused: Refused = NOTHING
) -> None:
    """Raise GraphInvalid if anything is wrong with the graph; see `check`."""
    refuse(document.name, check(document, registry, for_run=for_run, sub_graphs=sub_graphs, refused=refused))


def check(
    document: GraphDocument, registry: Registry, *, for_run: bool, sub_graphs: SubGraphs, refused: Refused = NOTHING
) -> NodeErrors:
    """All that is wrong, per node and pin; the pin is empty for what concerns a node as a whole.

    for_run: also what may be missing while the graph is still worked on.
    sub_graphs: as far as they are known; a node that runs another one is judged by the schemas stored in it.
    refused: the blocks that the graph may not have here, beside those that are disabled everywhere.
    """
    errors: NodeErrors = defaultdict(dict)
    for node_id, pin, message in _Check(document, registry, for_run, sub_graphs, refused).troubles():
        errors[node_id].setdefault(pin, message)
    return dict(errors)


def refuse(name: str, errors: NodeErrors) -> None:
    """Raise GraphInvalid if there are errors in the graph of this name."""
    if not errors:
        return
    messages = [message for pins in errors.values() for message in pins.values()]
    more = f" There are {len(messages)} errors in all." if len(messages) > _ERRORS_SHOWN else ""
    shown = " ".join(messages[:_ERRORS_SHOWN])
    raise GraphInvalid(f"The graph {name} is not valid. {shown}{more}", node_errors=errors)


class _Check:
    """One look at one graph."""

    def __init__(
        self, document: GraphDocument, registry: Registry, for_run: bool, sub_graphs: SubGraphs, refused: Refused
    ) -> None:
        self.document = document
        self.registry = registry
        self.for_run = for_run
        self.sub_graphs = sub_graphs
        self.refused = refused
        self.nodes = {node.id: node for node in document.nodes}
        self.pin_names = PinNames(registry, sub_graphs)

    def troubles(self) -> Iterator[Trouble]:
        for node in self.document.nodes:
            yield from self._of_node(node)
        for link in self.document.links:
            yield from self._of_link(link)

    # --- nodes

    def _of_node(self, node: NodeDocument) -> Iterator[Trouble]:
        block = self.registry.find(node.block_id)
        if block is None:
            if self.for_run:
                name = self.registry.find_or_placeholder(node.block_id).name
                yield self._trouble(node, "", f"the block {name} ({node.block_id}) is not installed.")
            return
        if block.disabled:
            yield self._trouble(node, "", f"the block {block.name} is disabled.")
        elif block.id in self.refused:
            yield self._trouble(node, "", self.refused[block.id])
        if block.block_type is BlockType.INPUT and _is_for_credentials(node.input_default.get("name")):
            yield self._trouble(node, "name", "an input must not be called credentials or *_credentials.")
        if self.for_run or block.block_type in _ALWAYS_COMPLETE:
            yield from self._missing(node, block)
        if self.for_run:
            yield from self._without_graph(node)
        for key, message in wrong_keys(node.metadata, block):
            yield self._trouble(node, f"metadata.{key}", message)

    def _missing(self, node: NodeDocument, block: Block) -> Iterator[Trouble]:
        constants = node.input_default.items()
        given = {base_name(pin) for pin, value in constants if value is not None or is_dynamic(pin)}
        given |= self._linked_pins.get(node.id, frozenset())
        for name, field in block.Input.model_fields.items():
            null_will_do = name in node.input_default and matches(None, field.annotation)
            if field.is_required() and given.isdisjoint(keys_of(name, field)) and not null_will_do:
                yield self._trouble(node, name, f"the input {name} is required.")

    @cached_property
    def _linked_pins(self) -> Mapping[str, frozenset[str]]:
        pins: dict[str, set[str]] = defaultdict(set)
        for link in self.document.links:
            pins[link.sink_id].add(base_name(link.sink_name))
        return {node_id: frozenset(names) for node_id, names in pins.items()}

    def _without_graph(self, node: NodeDocument) -> Iterator[Trouble]:
        reference = reference_of(node.block_id, node.input_default)
        if reference is not None and reference not in self.sub_graphs:
            version = f" version {reference.version}" if reference.version is not None else ""
            message = f"the graph {shown(reference.graph_id)}{version} is not there, or is not yours."
            yield self._trouble(node, "graph_id", message)

    # --- links

    def _of_link(self, link: LinkDocument) -> Iterator[Trouble]:
        source, sink = self.nodes.get(link.source_id), self.nodes.get(link.sink_id)
        if source is not None:
            yield from self._of_pin(source, link.source_name, self.pin_names.outputs(source), "output")
        else:
            message = f"A link comes from the node {shown(link.source_id)}, which is not in the graph."
            yield link.sink_id, link.sink_name, message
        if sink is not None:
            yield from self._of_pin(sink, link.sink_name, self.pin_names.inputs(sink), "input")
        else:
            message = f"A link goes to the node {shown(link.sink_id)}, which is not in the graph."
            yield link.source_id, link.source_name, message

    def _of_pin(self, node: NodeDocument, pin: str, names: Names, kind: str) -> Iterator[Trouble]:
        if names is not None and base_name(pin) not in names:
            there = _listed(names)
            yield self._trouble(node, pin, f"there is no {kind} {shown(pin)}; there is: {there}.")

    def _trouble(self, node: NodeDocument, pin: str, message: str) -> Trouble:
        return node.id, pin, f"{self._label(node)}: {message}"

    def _label(self, node: NodeDocument) -> str:
        block = self.registry.find_or_placeholder(node.block_id)
        name = node.metadata.get("customized_name")
        label = f"{shown(name)} ({block.name}, node " if name else f"{block.name} (node "
        return f"{label}{shown(node.id)})"


@lru_cache(maxsize=64)
def _listed(names: frozenset[str]) -> str:
    """Some of the names. Many links may miss the same block, which may have very many."""
    return ", ".join(map(shown, sorted(names)[:_NAMES_SHOWN])) or "none"


def _is_for_credentials(name: object) -> bool:
    return isinstance(name, str) and (name == "credentials" or name.endswith("_credentials"))
