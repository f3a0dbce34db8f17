"""Importing exported graphs. A file is data: nothing in it is run, and nothing it names is contacted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from accounts.credentials.finding import usable
from blocks.registry import registry
from graphs.availability import unsavable_blocks
from graphs.credential_references import Keep, keep_own, named_credentials
from graphs.document import GraphDocument, NodeDocument
from graphs.fresh_ids import with_fresh_ids
from graphs.limits import limits_in_force
from graphs.models import Graph, GraphVersion
from graphs.parsing import ParsedFile, parse_file
from graphs.preparing import Draft, prepare
from graphs.references import Reference, reference_of, references, with_masks_for
from graphs.report import ImportReport
from graphs.reporting import tell, unknown_blocks
from graphs.room import require_room_for_graph
from graphs.storage import find_documents, write_version
from reliability.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The outermost graph as it is stored, and what was done to the file's graphs."""

    graph: Graph
    version: GraphVersion
    report: ImportReport


def import_graph(user: "User", content: bytes | str | dict[str, Any]) -> Imported:
    """Store an exported graph and its sub-graphs as graphs of this user: all of them, or nothing.

    1. Read the file, within limits.
    2. Bring it up to date, take secrets out, mend references to sub-graphs, check it.
    3. Give all graphs, nodes and links new ids.
    4. Store them, with the report.
    Raises GraphInvalid with the reason; node ids in it are those of the file. Raises TooManyGraphs.
    """
    drafts = drafts_of(user, parse_file(content, limits_in_force()))
    report = ImportReport()
    graphs = _with_new_ids(user, drafts, report)
    return _store(user, graphs, report)


def drafts_of(user: "User", parsed: ParsedFile) -> list[Draft]:
    """The file's graphs as this user may store them. Raises GraphInvalid."""
    return prepare(
        parsed,
        registry,
        owned=_owned(user, parsed.graph),
        keep=_credentials_of(user, parsed.graph),
        refused=unsavable_blocks(is_admin=user.is_staff),
    )


def _owned(user: "User", main: GraphDocument) -> dict[Reference, GraphDocument]:
    """What the file's nodes refer to among the user's stored graphs."""
    wanted = {reference for graph in main.all_graphs() for reference in references(graph)}
    return find_documents(wanted, owner_id=user.id)


def _credentials_of(user: "User", main: GraphDocument) -> Keep:
    """Lets references to this user's own credentials stay."""
    return keep_own(usable(user.id, named_credentials(main.all_graphs(), registry)).keys())


def _with_new_ids(user: "User", drafts: list[Draft], report: ImportReport) -> list[GraphDocument]:
    """The graphs of the drafts under new ids, told in the report. Versions of one graph stay versions of one graph."""
    graph_ids = {draft.graph.id: str(uuid7()) for draft in drafts}
    fresh = [with_fresh_ids(draft.graph, registry) for draft in drafts]
    in_file = {Reference(graph.id, graph.version): node_ids for graph, node_ids in fresh if graph.id}
    renamed = []
    for draft, (document, node_ids) in zip(drafts, fresh, strict=True):
        nodes = tuple(of_user(node, user, graph_ids, in_file) for node in document.nodes)
        graph = replace(document, id=graph_ids[draft.graph.id], nodes=nodes, sub_graphs=())
        tell(report, draft, graph, node_ids)
        renamed.append(graph)
    report.unknown_blocks = unknown_blocks(renamed)
    return renamed


def of_user(
    node: NodeDocument,
    user: "User",
    graph_ids: Mapping[str, str] = MappingProxyType({}),
    in_file: Mapping[Reference, Mapping[str, str]] = MappingProxyType({}),
) -> NodeDocument:
    """An AgentExecutor runs the graphs as they are stored now, for the user that they belong to now.

    graph_ids: the new ids of the file's graphs.  in_file: those of the nodes of each of them.
    """
    reference = reference_of(node.block_id, node.input_default)
    if reference is None:
        return node
    constants = {"inputs": {}} | node.input_default | {"user_id": str(user.id)}
    if reference in in_file:
        constants["graph_id"] = graph_ids[reference.graph_id]
        constants = with_masks_for(constants, in_file[reference])
    return replace(node, input_default=constants)


@transaction.atomic
def _store(user: "User", graphs: list[GraphDocument], report: ImportReport) -> Imported:
    require_room_for_graph(user)
    main = graphs[0]
    rows = {document.id: document for document in sorted(graphs, key=lambda graph: graph.version)} | {main.id: main}
    stored = {id_: _graph_row(user, document, is_sub_graph=id_ != main.id) for id_, document in rows.items()}
    Graph.objects.bulk_create(stored.values())
    version = write_version(stored[main.id], main, report=report.as_dict())
    for document in graphs[1:]:
        write_version(stored[document.id], document)
    return Imported(graph=stored[main.id], version=version, report=report)


def _graph_row(user: "User", document: GraphDocument, *, is_sub_graph: bool) -> Graph:
    return Graph(
        id=UUID(document.id),
        owner=user,
        name=document.name,
        description=document.description,
        active_version=document.version,
        is_sub_graph=is_sub_graph,
    )
