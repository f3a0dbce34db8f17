"""Saving a graph: every save is a new version, and a version never changes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import F, Max

from blocks.registry import registry
from graphs.availability import unsavable_blocks
from graphs.document import GraphDocument
from graphs.errors import GraphNotFound, VersionTaken
from graphs.fresh_ids import with_fresh_ids
from graphs.models import Graph, GraphVersion
from graphs.references import references
from graphs.room import require_room_for_version
from graphs.storage import find_documents, write_version
from graphs.validation import validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A new version, what it holds, and `{id of a node in what was given: its id in the version}`."""

    version: GraphVersion
    document: GraphDocument
    node_ids: Mapping[str, str]


@transaction.atomic
def save_version(graph: Graph, document: GraphDocument) -> GraphVersion:
    """Save a document as the graph's next version and make it the active one. Its nodes and links get new ids.

    Raises GraphInvalid, also for a block that may not be used here, and GraphNotFound for a graph that was deleted.
    """
    sub_graphs = find_documents(references(document), owner_id=graph.owner_id)
    refused = unsavable_blocks(is_admin=graph.owner.is_staff)
    validate(document, registry, for_run=False, sub_graphs=sub_graphs, refused=refused)
    return store_next(graph, document).version


@transaction.atomic
def store_next(graph: Graph, document: GraphDocument, *, expected: Collection[int] = ()) -> Stored:
    """Store a valid document as the next version, and make it the active one.

    Of several that save at once, each waits for the one before it: the first statement holds the graph's row.
    expected: versions of which each must still be the active one.
    Raises VersionTaken, TooManyVersions and GraphNotFound.
    """
    _hold(graph)
    for number in expected:
        if number != graph.active_version:
            message = f"The active version of the graph {graph.name} is {graph.active_version}, not {number}."
            raise VersionTaken(message, expected=number, active_version=graph.active_version)
    require_room_for_version(graph)
    newest = graph.versions.aggregate(newest=Max("number"))["newest"] or 0
    fresh, node_ids = with_fresh_ids(replace(document, id=str(graph.id), version=newest + 1), registry)
    version = write_version(graph, fresh)
    _activate(graph, version)
    return Stored(version=version, document=fresh, node_ids=node_ids)


@transaction.atomic
def activate(version: GraphVersion) -> None:
    """Let this be the version that runs when none is asked for. Raises GraphNotFound for a graph that was deleted."""
    _hold(version.graph)
    _activate(version.graph, version)


def _hold(graph: Graph) -> None:
    """Keep others from saving it until the end of the transaction, and read what they have made of it."""
    if not Graph.objects.there().filter(id=graph.id).update(active_version=F("active_version")):
        raise GraphNotFound(f"There is no graph {graph.id} any more.")
    graph.refresh_from_db(fields=["name", "active_version"])


def _activate(graph: Graph, version: GraphVersion) -> None:
    graph.name, graph.description, graph.active_version = version.name, version.description, version.number
    graph.save(update_fields=["name", "description", "active_version"])
