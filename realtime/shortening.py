"""Events that are too large for live clients: their values are cut to a preview, and say where the whole is. Pure."""

from typing import Any

from reliability.sql import json_text

Event = dict[str, Any]

#: The largest event that is told whole, as JSON.
EVENT_MAX_BYTES = 256 * 1024
#: Of a preview.
TEXT_CHARACTERS = 200
ITEMS = 20
DEPTH = 4
#: What of an event may be large.
_VALUES = ("inputs", "outputs", "input_data", "output_data", "stats")


def shortened(event: Event) -> Event:
    """The event, plain JSON, as it is if it is small enough; else with `is_preview` and the `url` of the whole."""
    if len(json_text(event).encode()) <= EVENT_MAX_BYTES:
        return event
    preview = event | {name: _preview(event[name]) for name in _VALUES if name in event}
    if isinstance(event.get("error"), str):
        preview["error"] = _preview(event["error"])
    if len(json_text(preview).encode()) > EVENT_MAX_BYTES:
        preview |= {name: {} for name in _VALUES if name in event}
    return preview | {"is_preview": True, "url": url_of(event)}


def url_of(event: Event) -> str:
    """Where the API has the whole."""
    execution_id = event.get("graph_exec_id") or event["id"]
    return f"/api/v1/graphs/{event['graph_id']}/executions/{execution_id}"


def _preview(value: Any, depth: int = DEPTH) -> Any:
    if isinstance(value, str):
        return value if len(value) <= TEXT_CHARACTERS else f"{value[:TEXT_CHARACTERS]}…"
    if isinstance(value, dict):
        items = list(value.items())[:ITEMS]
        return {_preview(name): _preview(one, depth - 1) for name, one in items} if depth else "…"
    if isinstance(value, list):
        return [_preview(one, depth - 1) for one in value[:ITEMS]] if depth else "…"
    return value
