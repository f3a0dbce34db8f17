"""How large a graph may be."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """max_bytes: of the whole file.  max_nodes, max_links: of each graph in it."""

    max_bytes: int
    max_nodes: int
    max_links: int
    max_sub_graphs: int = 100


def limits_in_force() -> Limits:
    return Limits(
        max_bytes=settings.GRAPH_MAX_BYTES, max_nodes=settings.GRAPH_MAX_NODES, max_links=settings.GRAPH_MAX_LINKS
    )
