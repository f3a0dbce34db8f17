"""A graph as plain data: what a file holds, what a version's rows hold, what the plan is made from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDocument:
    """A use of a block. input_default: `{pin: constant}`; metadata: free-form (position, customized_name …)."""

    id: str
    block_id: str
    input_default: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDocument:
    """A wire. Ends are node ids; names may be dynamic pins."""

    id: str
    source_id: str
    source_name: str
    sink_id: str
    sink_name: str
    is_static: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphDocument:
    """One version of one graph, with the graphs that it runs inside itself (a flat list, only on the outermost)."""

    id: str
    version: int
    name: str
    description: str = ""
    nodes: tuple[NodeDocument, ...] = ()
    links: tuple[LinkDocument, ...] = ()
    sub_graphs: "tuple[GraphDocument, ...]" = ()
    #: Keys of the file that mean nothing to Sluice, kept for the next export.
    extras: dict[str, Any] = field(default_factory=dict)

    def node(self, node_id: str) -> NodeDocument:
        return next(node for node in self.nodes if node.id == node_id)

    def all_graphs(self) -> "Iterator[GraphDocument]":
        """This graph, then its sub-graphs."""
        yield self
        yield from self.sub_graphs
