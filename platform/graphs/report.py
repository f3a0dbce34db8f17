"""What an import did to the file's graphs, told to whoever imported it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedGraph:
    """A graph of the file and where it is stored. nodes, links: how many."""

    name: str
    old_id: str
    new_id: str
    version: int
    nodes: int
    links: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that was done to a graph; what is about a node is empty where it concerns the whole.

    node: its id in the file, or once it is stored, its new id.  place: the pin or the key within it.
    """

    graph: str
    detail: str
    node: str = ""
    node_name: str = ""
    place: str = ""

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.graph, self.node_name or self.node, self.place) if part)
        return f"{where}: {self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownBlock:
    """A block that is not installed. Its nodes are kept, but the graph cannot run. nodes: their new ids."""

    block_id: str
    name: str
    nodes: list[str]


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """All that an import has to say."""

    mapped: list[MappedGraph] = field(default_factory=list)
    #: Rewritten because the file is of an older format.
    upgraded: list[Note] = field(default_factory=list)
    #: References to sub-graphs that pointed nowhere.
    repaired: list[Note] = field(default_factory=list)
    #: References to sub-graphs that still do.
    unresolved: list[Note] = field(default_factory=list)
    unknown_blocks: list[UnknownBlock] = field(default_factory=list)
    #: Secrets, and values that mean nothing here.
    dropped: list[Note] = field(default_factory=list)

    def as_dict(self) -> dict[str, list[dict[str, Any]]]:
        return asdict(self)

    def as_text(self) -> str:
        """A few lines: what was stored, then every remark."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for graph in self.mapped:
            yield f"{graph.name}: version {graph.version}, {graph.nodes} nodes, {graph.links} links, id {graph.new_id}"
        for heading in ("upgraded", "repaired", "unresolved", "dropped"):
            for note in getattr(self, heading):
                yield f"{heading}: {note}"
        for block in self.unknown_blocks:
            yield f"not installed: {block.name} ({block.block_id}), used by {_nodes(len(block.nodes))}; it cannot run"


def _nodes(number: int) -> str:
    return f"{number} node" if number == 1 else f"{number} nodes"
