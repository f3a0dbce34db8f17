"""Saving what a client has made of a graph, by the same rules as an import."""

from dataclasses import dataclass, replace
from typing import Any

from graphs.errors import GraphInvalid
from graphs.importing import drafts_of, of_user
from graphs.json_text import shown
from graphs.limits import limits_in_force
from graphs.models import Graph, GraphVersion
from graphs.parsing import parse_file, unwrapped
from graphs.report import ImportReport
from graphs.reporting import tell, unknown_blocks
from graphs.saving import store_next


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The new version, and what was done to what was given."""

    version: GraphVersion
    report: ImportReport


def save_edited(graph: Graph, content: dict[str, Any], *, expected: int | None = None) -> Saved:
    """Store it as the graph's next version and make that the active one. The graphs that it runs are left as they are.

    expected: the version that must still be the active one; the one that the content names must be so, too.
    Raises GraphInvalid, with the node ids of the content; VersionTaken, and GraphNotFound if it was deleted meanwhile.
    """
    raw = unwrapped(content) | {"sub_graphs": []}
    parsed = parse_file(raw, limits_in_force())
    _require_same(graph, parsed.graph.id)
    named = None if raw.get("version") is None else parsed.graph.version
    # Without an id, what runs the graph itself is looked for among those that are stored.
    parsed = replace(parsed, graph=replace(parsed.graph, id=""), single_braces=False)
    [draft] = drafts_of(graph.owner, parsed)
    document = replace(draft.graph, nodes=tuple(of_user(node, graph.owner) for node in draft.graph.nodes))
    stored = store_next(graph, document, expected=[number for number in (expected, named) if number is not None])
    report = ImportReport()
    draft.graph = replace(draft.graph, id=str(graph.id))
    tell(report, draft, stored.document, stored.node_ids)
    report.unknown_blocks = unknown_blocks([stored.document])
    return Saved(version=stored.version, report=report)


def _require_same(graph: Graph, id_: str) -> None:
    """What carries the id of another graph was sent to the wrong address."""
    if id_ and id_.lower() != str(graph.id):
        raise GraphInvalid(f"id is {shown(id_)}, but the address names the graph {graph.id}.", node_errors={})
