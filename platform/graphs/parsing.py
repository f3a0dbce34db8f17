"""From a file to a document: only its shape is judged here, not whether the graph makes sense.

Unknown keys are fine at every level, and so are the shapes of all the years: 2024 files without `sub_graphs`, later
ones with computed keys, and a graph wrapped as `{"graph": {...}}`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from graphs.document import GraphDocument, LinkDocument, NodeDocument
from graphs.errors import GraphInvalid
from graphs.json_text import first_twice, read_json, shown
from graphs.limits import Limits
from graphs.references import as_version

BLOCK_ID_LENGTH = 36
NAME_LENGTH = 200
PIN_LENGTH = 500
MAX_VERSION = 2**31 - 1

#: From this day on the platform exported templates with double braces.
DOUBLE_BRACES_SINCE = date(2025, 1, 5)

#: Keys of a graph that are read, computed anew, or of use only on the platform they came from.
NOT_KEPT = frozenset(
    (
        *("id", "version", "name", "description", "nodes", "links", "sub_graphs", "user_id", "created_at"),
        *("is_active", "is_template", "input_schema", "output_schema", "credentials_input_schema"),
        *("has_external_trigger", "has_human_in_the_loop", "has_sensitive_action", "trigger_setup_info"),
        *("executions", "subgraphs", "report"),
    )
)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """single_braces: the file is from the time when templates were written `{name}`."""

    graph: GraphDocument
    single_braces: bool


def parse_file(content: bytes | str | dict[str, Any], limits: Limits) -> ParsedFile:
    """Read an exported graph. Raises GraphInvalid, naming the place and what is wrong there."""
    raw = unwrapped(read_json(_as_text(content), max_bytes=limits.max_bytes))
    subs = _list(raw, "sub_graphs", "")
    _limit("sub_graphs", len(subs), limits.max_sub_graphs, "sub-graphs")
    graphs = [_graph(sub, f"sub_graphs.{index}.", limits) for index, sub in enumerate(subs)]
    graph = replace(_graph(raw, "", limits), sub_graphs=tuple(graphs))
    _refuse_twice(
        (f"{one.id} version {one.version}" for one in graph.all_graphs()), "The graph {} is in the file twice."
    )
    return ParsedFile(graph, single_braces=_is_from_single_brace_days(raw))


def _as_text(content: bytes | str | dict[str, Any]) -> bytes | str:
    """What has been parsed elsewhere is judged by the same rules as text."""
    if isinstance(content, bytes | str):
        return content
    try:
        return json.dumps(content)
    except RecursionError as error:
        raise GraphInvalid("The graph is nested too deep.") from error
    except (TypeError, ValueError) as error:
        raise GraphInvalid(f"The graph is not JSON: {error}.") from error


def unwrapped(raw: Any) -> dict[str, Any]:
    """The graph itself, also where it stands under the key `graph`. Raises GraphInvalid."""
    if isinstance(raw, dict) and "nodes" not in raw and isinstance(raw.get("graph"), dict):
        raw = raw["graph"]
    if not isinstance(raw, dict) or "nodes" not in raw:
        raise GraphInvalid("The file is no graph: it must be an object with the keys name, nodes and links.")
    return raw


def _is_from_single_brace_days(raw: dict[str, Any]) -> bool:
    """By its date; files of that time have none, but later ones have sub-graphs or schemas."""
    try:
        return date.fromisoformat(str(raw.get("created_at"))[:10]) < DOUBLE_BRACES_SINCE
    except ValueError:
        return "sub_graphs" not in raw and "input_schema" not in raw


def _graph(raw: Any, place: str, limits: Limits) -> GraphDocument:
    if not isinstance(raw, dict):
        raise _wrong_type(place.removesuffix("."), "an object", raw)
    nodes = [_node(node, f"{place}nodes.{index}") for index, node in enumerate(_list(raw, "nodes", place))]
    links = [_link(link, f"{place}links.{index}") for index, link in enumerate(_list(raw, "links", place))]
    _limit(f"{place}nodes", len(nodes), limits.max_nodes, "nodes (GRAPH_MAX_NODES)")
    _limit(f"{place}links", len(links), limits.max_links, "links (GRAPH_MAX_LINKS)")
    _refuse_twice((node.id for node in nodes), f"The node id {{}} is used twice in {place}nodes.")
    return GraphDocument(
        id=_text(raw, "id", place, default=None if place else "", longest=NAME_LENGTH),
        version=_version(raw, place),
        name=_text(raw, "name", place, longest=NAME_LENGTH),
        description=_text(raw, "description", place, default=""),
        nodes=tuple(nodes),
        links=tuple(links),
        extras={key: value for key, value in raw.items() if key not in NOT_KEPT and value is not None},
    )


def _node(raw: Any, place: str) -> NodeDocument:
    if not isinstance(raw, dict):
        raise _wrong_type(place, "an object", raw)
    block_id = _text(raw, "block_id", f"{place}.")
    if len(block_id) != BLOCK_ID_LENGTH:
        raise GraphInvalid(f"{place}.block_id must have {BLOCK_ID_LENGTH} characters, not {len(block_id)}.")
    return NodeDocument(
        id=_text(raw, "id", f"{place}.", longest=NAME_LENGTH),
        block_id=block_id,
        input_default=_object(raw, "input_default", place),
        metadata=_object(raw, "metadata", place),
    )


def _link(raw: Any, place: str) -> LinkDocument:
    if not isinstance(raw, dict):
        raise _wrong_type(place, "an object", raw)
    is_static = raw.get("is_static")
    if not isinstance(is_static, bool | None):
        raise _wrong_type(f"{place}.is_static", "true or false", is_static)
    return LinkDocument(
        id=_text(raw, "id", f"{place}.", default=""),
        source_id=_text(raw, "source_id", f"{place}."),
        source_name=_text(raw, "source_name", f"{place}.", longest=PIN_LENGTH),
        sink_id=_text(raw, "sink_id", f"{place}."),
        sink_name=_text(raw, "sink_name", f"{place}.", longest=PIN_LENGTH),
        is_static=bool(is_static),
    )


def _text(raw: dict[str, Any], key: str, place: str, *, default: str | None = None, longest: int | None = None) -> str:
    """A text; without a default it must be there and not be empty."""
    value = raw.get(key)
    if value is None and default is not None:
        return default
    if value is None:
        raise GraphInvalid(f"{place}{key} is missing.")
    if not isinstance(value, str):
        raise _wrong_type(f"{place}{key}", "a text", value)
    if not value and default is None:
        raise GraphInvalid(f"{place}{key} is empty.")
    if longest is not None and len(value) > longest:
        raise GraphInvalid(f"{place}{key} has {len(value)} characters; at most {longest} are allowed.")
    return value


def _version(raw: dict[str, Any], place: str) -> int:
    value = raw.get("version")
    if value is None:
        return 1
    number = as_version(value)
    if number is None or not 1 <= number <= MAX_VERSION:
        raise GraphInvalid(f"{place}version must be a whole number from 1 to {MAX_VERSION}, not {shown(value)}.")
    return number


def _list(raw: dict[str, Any], key: str, place: str) -> list[Any]:
    value = raw.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong_type(f"{place}{key}", "a list", value)
    return value


def _object(raw: dict[str, Any], key: str, place: str) -> dict[str, Any]:
    value = raw.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong_type(f"{place}.{key}", "an object", value)
    return value


def _limit(place: str, count: int, most: int, what: str) -> None:
    if count > most:
        raise GraphInvalid(f"{place} has {count:,} entries; at most {most:,} {what} are allowed.")


def _refuse_twice(ids: Iterable[str], sentence: str) -> None:
    twice = first_twice(ids)
    if twice is not None:
        raise GraphInvalid(sentence.format(shown(twice)))


def _wrong_type(place: str, wanted: str, value: Any) -> GraphInvalid:
    return GraphInvalid(f"{place} must be {wanted}, not {shown(value)}.")
