"""Hiding a graph that its owner deletes, and which graphs stand in the way or become of no use."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet

from graphs.errors import GraphNotFound
from graphs.models import Graph, Node
from graphs.references import EXECUTOR_ID, reference_of
from graphs.storage import as_uuid


def hide(graph: Graph, *, now: datetime) -> None:
    """Nobody finds it any more, and of its executions none begins. Raises GraphNotFound if it is hidden already."""
    if not Graph.objects.there().filter(id=graph.id).update(deleted_at=now, is_paused=True):
        raise GraphNotFound(f"There is no graph {graph.id} any more.")
    graph.deleted_at, graph.is_paused = now, True


def users_of(graph: Graph) -> list[Graph]:
    """The graphs of the same owner whose active versions run it, by name."""
    return _with_nodes_for(graph, _runners(graph).filter(version__number=F("version__graph__active_version")))


def of_no_use_without(graph: Graph) -> list[Graph]:
    """Graphs that are there only because others run them, of which this one, now hidden, was the last."""
    nodes = Node.objects.filter(version__graph=graph, block_id=EXECUTOR_ID)
    hidden = Graph.objects.there().filter(owner=graph.owner_id, is_sub_graph=True, id__in=_ids(nodes))
    return [sub for sub in hidden if not _with_nodes_for(sub, _runners(sub))]


def _runners(graph: Graph) -> QuerySet[Node]:
    """The nodes of other graphs that run graphs."""
    nodes = Node.objects.filter(version__graph__owner=graph.owner_id, version__graph__deleted_at=None)
    return nodes.filter(block_id=EXECUTOR_ID).exclude(version__graph=graph)


def _with_nodes_for(graph: Graph, nodes: QuerySet[Node]) -> list[Graph]:
    found = (node.version.graph for node in nodes.select_related("version__graph") if graph.id in _ids([node]))
    return sorted({user.id: user for user in found}.values(), key=lambda user: user.name)


def _ids(nodes: Iterable[Node]) -> set[UUID]:
    """Of the graphs that they run."""
    found = (reference_of(node.block_id, node.input_default) for node in nodes)
    return {id_ for reference in found if reference is not None and (id_ := as_uuid(reference.graph_id))}
