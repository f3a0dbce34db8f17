"""Finding the sub-graph that an AgentExecutor node means, also when its reference points nowhere. Pure.

Exporters are known to have given sub-graphs new ids without telling the nodes that run them.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from blocks.base import BlockType
from blocks.registry import Registry
from graphs.document import GraphDocument, NodeDocument
from graphs.json_text import shown
from graphs.references import Reference, reference_of
from graphs.report import Note
from graphs.schemas import names, properties_of

#: The names of a graph's inputs, and of its outputs.
Names = tuple[frozenset[str], frozenset[str]]


@dataclass(slots=True)
class Repairs:
    """A graph whose references were looked at, and what was found out."""

    graph: GraphDocument
    repaired: list[Note] = field(default_factory=list)
    unresolved: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The graphs of one file, the outermost first.

    owned: references to stored graphs of the importing user; they are left as they are.
    """

    graphs: Sequence[GraphDocument]
    names: dict[tuple[str, int], Names]
    owned: Collection[Reference] = ()

    @classmethod
    def of(cls, graphs: Sequence[GraphDocument], registry: Registry, *, owned: Collection[Reference] = ()) -> "Family":
        found = {(graph.id, graph.version): _names_of(graph, registry) for graph in graphs}
        return cls(graphs=graphs, names=found, owned=owned)


def repair(graph: GraphDocument, family: Family) -> Repairs:
    """Point every AgentExecutor node of this graph to a graph of the file, by its id and version there.

    In this order, and only where exactly one sub-graph fits: the id; version and the names of inputs and outputs; the
    version; those names. What remains is reported.
    """
    found = Repairs(graph)
    nodes = tuple(_repaired(node, family, found) for node in graph.nodes)
    found.graph = replace(graph, nodes=nodes)
    return found


def _repaired(node: NodeDocument, family: Family, found: Repairs) -> NodeDocument:
    reference = reference_of(node.block_id, node.input_default)
    if reference is None:
        return node
    target, how = _target(node, reference, family)
    if target is None:
        if reference not in family.owned:
            found.unresolved.append(_note(found, node, f"no graph of the file fits the reference {_shown(reference)}"))
        return node
    if target.id != reference.graph_id or target.version != reference.version:
        detail = f"{_shown(reference)} is {target.name} version {target.version}, found by {how}"
        found.repaired.append(_note(found, node, detail))
    return replace(node, input_default=node.input_default | {"graph_id": target.id, "graph_version": target.version})


def _target(node: NodeDocument, reference: Reference, family: Family) -> tuple[GraphDocument | None, str]:
    same_id = [graph for graph in family.graphs if graph.id and graph.id == reference.graph_id]
    if same_id:
        exact = [graph for graph in same_id if graph.version == reference.version]
        return (exact or sorted(same_id, key=lambda graph: -graph.version))[0], "its id"
    if reference in family.owned:
        return None, ""
    wanted = _names_wanted(node.input_default)
    tries: list[tuple[str, Callable[[GraphDocument], bool]]] = [
        ("version and names", lambda sub: _same_version(sub, reference) and _same_names(sub, wanted, family)),
        ("version", lambda sub: _same_version(sub, reference)),
        ("names", lambda sub: _same_names(sub, wanted, family)),
    ]
    for how, fits in tries:
        if one := _only(sub for sub in family.graphs[1:] if fits(sub)):
            return one, how
    return None, ""


def _only(graphs: Iterable[GraphDocument]) -> GraphDocument | None:
    found = list(graphs)
    return found[0] if len(found) == 1 else None


def _same_version(sub: GraphDocument, reference: Reference) -> bool:
    return sub.version == reference.version


def _same_names(sub: GraphDocument, wanted: Names | None, family: Family) -> bool:
    return wanted is not None and family.names[sub.id, sub.version] == wanted


def _names_wanted(constants: dict[str, Any]) -> Names | None:
    """What the node's own schemas say; None if it has none."""
    inputs, outputs = constants.get("input_schema"), constants.get("output_schema")
    if not inputs or not outputs:
        return None
    return frozenset(properties_of(inputs)), frozenset(properties_of(outputs))


def _names_of(graph: GraphDocument, registry: Registry) -> Names:
    return names(graph, registry, BlockType.INPUT), names(graph, registry, BlockType.OUTPUT)


def _shown(reference: Reference) -> str:
    version = f" version {reference.version}" if reference.version is not None else ""
    return f"{shown(reference.graph_id) or 'without an id'}{version}"


def _note(found: Repairs, node: NodeDocument, detail: str) -> Note:
    return Note(graph=found.graph.name, node=node.id, place="graph_id", detail=detail)
