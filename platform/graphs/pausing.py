"""Pausing a graph: its executions wait in QUEUED until it is resumed; those at work go on."""

import logging

from graphs.models import Graph

logger = logging.getLogger(__name__)


def pause(graph: Graph) -> bool:
    """Let nothing of it begin. False if it was paused already."""
    return _set(graph, is_paused=True)


def resume(graph: Graph) -> bool:
    """Let what waits begin again; the sweeper rings for it. False if it was not paused."""
    return _set(graph, is_paused=False)


def _set(graph: Graph, *, is_paused: bool) -> bool:
    changed = Graph.objects.filter(id=graph.id, is_paused=not is_paused).update(is_paused=is_paused)
    if changed:
        action = "graph_paused" if is_paused else "graph_resumed"
        logger.info("The dispatching of a graph was changed", extra={"action": action, "graph": str(graph.id)})
    return bool(changed)
