"""What blocks and graphs are called. Transactions know them by id; who knows graphs says their names here."""

from collections.abc import Callable, Iterable, Mapping

from blocks.registry import registry

#: Takes ids of graphs; `{id: name}` of those that exist.
GraphNames = Callable[[Iterable[str]], Mapping[str, str]]


class _Graphs:
    """Without a source, every graph is called by its id."""

    names: GraphNames = staticmethod(lambda ids: {})


def name_graphs_by(names: GraphNames) -> None:
    """Called once, when the room above that knows graphs is ready."""
    _Graphs.names = staticmethod(names)


def graph_names(ids: Iterable[str | None]) -> dict[str, str]:
    """`{id: name}`; an unknown graph is called by the head of its id. One query."""
    wanted = {id for id in ids if id}
    known = _Graphs.names(wanted) if wanted else {}
    return {id: known.get(id, f"{id[:8]}…") for id in wanted}


def block_name(block_id: str | None) -> str:
    """Empty for no block; an unknown one is called by the head of its id."""
    if not block_id:
        return ""
    block = registry.find(block_id)
    return block.name if block else f"{block_id[:8]}…"
