"""Changing what its owner has set for all executions of a graph."""

from typing import Any

from graphs.errors import GraphNotFound
from graphs.models import Graph


def change(graph: Graph, **changes: Any) -> None:
    """Write these columns and no others: a new version or a deletion that comes meanwhile stays as it is.

    Raises GraphNotFound for a graph that was deleted.
    """
    if changes and not Graph.objects.there().filter(id=graph.id).update(**changes):
        raise GraphNotFound(f"There is no graph {graph.id} any more.")
    for name, value in changes.items():
        setattr(graph, name, value)
