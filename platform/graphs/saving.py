"""Saving a graph: every save is a new version, and a version never changes."""

from dataclasses import replace

from django.db import IntegrityError, transaction
from django.db.models import Max

from blocks.registry import registry
from graphs.document import GraphDocument
from graphs.errors import VersionTaken
from graphs.fresh_ids import with_fresh_ids
from graphs.models import Graph, GraphVersion
from graphs.references import references
from graphs.storage import find_documents, write_version
from graphs.validation import validate


@transaction.atomic
def save_version(graph: Graph, document: GraphDocument) -> GraphVersion:
    """Save a document as the graph's next version and make it the active one. Its nodes and links get new ids.

    Raises GraphInvalid, and VersionTaken for the later one of two that save at once.
    """
    sub_graphs = find_documents(references(document), owner_id=graph.owner_id)
    validate(document, registry, for_run=False, sub_graphs=sub_graphs)
    newest = graph.versions.aggregate(newest=Max("number"))["newest"] or 0
    fresh, _ = with_fresh_ids(replace(document, id=str(graph.id), version=newest + 1), registry)
    try:
        version = write_version(graph, fresh)
    except IntegrityError as error:
        raise VersionTaken(f"The graph {graph.name} has a version {fresh.version} since a moment ago.") from error
    graph.name, graph.description, graph.active_version = document.name, document.description, version.number
    graph.save(update_fields=["name", "description", "active_version"])
    return version
