"""Graph versions as rows and as plain data."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from graphs.document import GraphDocument, LinkDocument, NodeDocument
from graphs.errors import GraphNotFound
from graphs.models import Graph, GraphQuerySet, GraphVersion, Link, Node
from graphs.references import Reference, references


def document_of(version: GraphVersion) -> GraphDocument:
    """Read a version, without the graphs that it runs inside itself."""
    return _document(version, version.nodes.order_by("position"), version.links.order_by("position"))


def documents_of(versions: Iterable[GraphVersion]) -> list[GraphDocument]:
    """The same for several, in their order. Two queries."""
    versions = list(versions)
    nodes, links = defaultdict[UUID, list[Node]](list), defaultdict[UUID, list[Link]](list)
    for node in Node.objects.filter(version__in=versions).order_by("position"):
        nodes[node.version_id].append(node)
    for link in Link.objects.filter(version__in=versions).order_by("position"):
        links[link.version_id].append(link)
    return [_document(version, nodes[version.id], links[version.id]) for version in versions]


def version_of(graphs: GraphQuerySet, graph_id: UUID, number: int | None = None) -> GraphVersion:
    """A version of one of these graphs; without a number, the active one. Raises GraphNotFound."""
    graph = graphs.filter(id=graph_id).first()
    if graph is None:
        raise GraphNotFound(f"There is no graph {graph_id}.")
    wanted = graph.active_version if number is None else number
    version = graph.versions.select_related("graph").filter(number=wanted).first()
    if version is None:
        raise GraphNotFound(f"The graph {graph.name} has no version {wanted}.")
    return version


def reachable(version: GraphVersion) -> Iterator[tuple[GraphVersion, GraphDocument]]:
    """This version, then every one that it runs inside itself, nearest first and each once; the owner's only."""
    waiting, seen = deque([version]), {version.id}
    while waiting:
        current = waiting.popleft()
        document = document_of(current)
        yield current, document
        for found in find_versions(references(document), owner_id=version.graph.owner_id).values():
            if found.id not in seen:
                seen.add(found.id)
                waiting.append(found)


def find_documents(wanted: Iterable[Reference], *, owner_id: UUID) -> dict[Reference, GraphDocument]:
    """The stored graphs that are referred to, as far as this user owns them."""
    return {reference: document_of(found) for reference, found in find_versions(wanted, owner_id=owner_id).items()}


def find_versions(
    wanted: Iterable[Reference], *, owner_id: UUID, with_deleted: bool = False
) -> dict[Reference, GraphVersion]:
    """The stored versions that are referred to, in the given order, as far as this user owns them. Two queries.

    with_deleted: also of graphs that were deleted, for what runs already.
    """
    ids = {reference: as_uuid(reference.graph_id) for reference in wanted}
    own = Graph.objects.filter(owner=owner_id)
    graphs = (own if with_deleted else own.there()).in_bulk([id_ for id_ in ids.values() if id_])
    numbers = {
        reference: (id_, graphs[id_].active_version if reference.version is None else reference.version)
        for reference, id_ in ids.items()
        if id_ in graphs
    }
    rows = GraphVersion.objects.filter(graph__in=graphs, number__in={number for _, number in numbers.values()})
    versions = {(row.graph_id, row.number): row for row in rows.select_related("graph")} if graphs else {}
    return {reference: versions[key] for reference, key in numbers.items() if key in versions}


def write_version(graph: Graph, document: GraphDocument, *, report: dict[str, Any] | None = None) -> GraphVersion:
    """Store a document as a version of the graph. Its ids must be new; call it inside a transaction."""
    version = GraphVersion.objects.create(
        graph=graph,
        number=document.version,
        name=document.name,
        description=document.description,
        extras=document.extras,
        import_report=report or {},
    )
    Node.objects.bulk_create(_node_rows(version, document))
    Link.objects.bulk_create(_link_rows(version, document))
    return version


def _document(version: GraphVersion, nodes: Iterable[Node], links: Iterable[Link]) -> GraphDocument:
    return GraphDocument(
        id=str(version.graph_id),
        version=version.number,
        name=version.name,
        description=version.description,
        nodes=tuple(map(_node, nodes)),
        links=tuple(map(_link, links)),
        extras=version.extras,
    )


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _node(row: Node) -> NodeDocument:
    return NodeDocument(id=str(row.id), block_id=row.block_id, input_default=row.input_default, metadata=row.metadata)


def _link(row: Link) -> LinkDocument:
    return LinkDocument(
        id=str(row.id),
        source_id=str(row.source_id),
        source_name=row.source_name,
        sink_id=str(row.sink_id),
        sink_name=row.sink_name,
        is_static=row.is_static,
    )


def _node_rows(version: GraphVersion, document: GraphDocument) -> Iterator[Node]:
    for position, node in enumerate(document.nodes):
        yield Node(
            id=UUID(node.id),
            version=version,
            block_id=node.block_id,
            input_default=node.input_default,
            metadata=node.metadata,
            position=position,
        )


def _link_rows(version: GraphVersion, document: GraphDocument) -> Iterator[Link]:
    for position, link in enumerate(document.links):
        yield Link(
            id=UUID(link.id),
            version=version,
            source_id=UUID(link.source_id),
            sink_id=UUID(link.sink_id),
            source_name=link.source_name,
            sink_name=link.sink_name,
            is_static=link.is_static,
            position=position,
        )
