"""Tools as a model sees them, made from nodes, and what its calls of them mean. Pure.

The names are those of the AutoGPT Platform's Orchestrator.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blocks.llm.chat import Tool, ToolCall
from blocks.llm.tool_nodes import NodeCall, NodeResult, ToolNode

#: What providers take as a name.
NAME_CHARACTERS = 64
#: Characters of a constant in a description, and of all of a description.
CONSTANT_CHARACTERS = 100
DESCRIPTION_CHARACTERS = 1000
#: Characters of a result that a model is shown.
RESULT_CHARACTERS = 40_000

_UNFIT = re.compile(r"[^a-zA-Z0-9_-]")
#: What providers understand of a schema.
_KEPT = frozenset(
    (
        "type", "description", "items", "properties", "required", "additionalProperties", "anyOf", "allOf", "oneOf",
        "$ref", "format", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern",
    )
)  # fmt: skip
#: What holds values, not schemas.
_VALUES = frozenset(("enum", "const", "default"))


class BadCall(Exception):
    """A call that cannot be made; its text says why, to the model."""


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A node under the name by which the model calls it. pins: `{parameter: pin}`."""

    node: ToolNode
    tool: Tool
    pins: Mapping[str, str]


class Toolbox:
    """The tools of one node execution."""

    def __init__(self, nodes: Sequence[ToolNode]) -> None:
        self.offered = list(_offered(nodes))
        self._by_name = {offered.tool.name: offered for offered in self.offered}

    @property
    def tools(self) -> tuple[Tool, ...]:
        return tuple(offered.tool for offered in self.offered)

    def read(self, call: ToolCall) -> NodeCall:
        """What the model wants. Raises BadCall."""
        offered = self._by_name.get(call.name)
        if offered is None:
            raise BadCall(f"There is no tool {call.name!r}; there is: {', '.join(self._by_name) or 'none'}.")
        return NodeCall(id=call.id, node_id=offered.node.node_id, pins=_pins(offered, _arguments(call)))

    def every_pin(self, call: NodeCall) -> list[tuple[str, Any]]:
        """All pins that the model may fill, with None for those that it has not."""
        node = next(offered.node for offered in self.offered if offered.node.node_id == call.node_id)
        return [(pin, call.pins.get(pin)) for pin in node.pins]


def cleaned(name: str) -> str:
    """As providers take it: letters, digits, `_` and `-`, in lower case."""
    return _UNFIT.sub("_", name).lower()[:NAME_CHARACTERS] or "tool"


def result_text(result: NodeResult) -> str:
    """What the model is told: `{output: value}`, a list of values where there are several."""
    found: dict[str, list[Any]] = {}
    for name, value in result.outputs:
        found.setdefault(name, []).append(value)
    shown: dict[str, Any] = {name: values if len(values) > 1 else values[0] for name, values in found.items()}
    if result.error:
        shown["error"] = result.error
    if not shown:
        return "Done. There is no output."
    return shortened(json.dumps(shown, ensure_ascii=False, default=str))


def shortened(text: str) -> str:
    """What a tool has given, as far as a model is shown it."""
    left_out = len(text) - RESULT_CHARACTERS
    return text if left_out <= 0 else f"{text[:RESULT_CHARACTERS]} [… {left_out} characters left out]"


def _offered(nodes: Sequence[ToolNode]) -> Iterable[OfferedTool]:
    names = [cleaned(node.name) for node in nodes]
    counted: dict[str, int] = {}
    taken: set[str] = set()
    for node, name in zip(nodes, names, strict=True):
        is_twin = names.count(name) > 1
        unique = _unique(name, counted, taken, starts_at_one=is_twin)
        pins = _parameters(node.pins)
        tool = Tool(name=unique, description=_description(node, is_twin), parameters=_schema(node, pins))
        yield OfferedTool(node, tool, pins)


def _unique(name: str, counted: dict[str, int], taken: set[str], *, starts_at_one: bool) -> str:
    """Twins are called `_1`, `_2` …; a name that is taken nevertheless is passed over."""
    found = name
    while found in taken or (starts_at_one and found == name):
        counted[name] = counted.get(name, 0) + 1
        ending = f"_{counted[name]}"
        found = name[: NAME_CHARACTERS - len(ending)] + ending
    taken.add(found)
    return found


def _parameters(pins: Iterable[str]) -> dict[str, str]:
    """`{parameter: pin}`."""
    counted: dict[str, int] = {}
    taken: set[str] = set()
    return {_unique(cleaned(pin), counted, taken, starts_at_one=False): pin for pin in pins}


def _description(node: ToolNode, is_twin: bool) -> str:
    """Twins are told apart by their constants."""
    text = node.description
    if is_twin and node.constants:
        settings = ", ".join(f"{name}={_short(value)}" for name, value in node.constants.items())
        text = f"{text} [Pre-configured: {settings}]"
    return text[:DESCRIPTION_CHARACTERS]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= CONSTANT_CHARACTERS else f"{text[:CONSTANT_CHARACTERS]}…"


def _schema(node: ToolNode, parameters: Mapping[str, str]) -> dict[str, Any]:
    properties = {parameter: plain_schema(node.pins[pin]) for parameter, pin in parameters.items()}
    required = [parameter for parameter, pin in parameters.items() if pin in node.required]
    schema: dict[str, Any] = {"type": "object", "properties": properties, "required": required}
    if '"$ref"' in json.dumps(properties, default=str):
        schema["$defs"] = {name: plain_schema(definition) for name, definition in node.definitions.items()}
    return schema


def plain_schema(schema: Any) -> Any:
    """Without what only our own pages understand."""
    if not isinstance(schema, Mapping):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties" and isinstance(value, Mapping):
            found[key] = {name: plain_schema(part) for name, part in value.items()}
        elif key in _VALUES:
            found[key] = value
        elif key in _KEPT:
            found[key] = [plain_schema(part) for part in value] if isinstance(value, list) else plain_schema(value)
    return found


def _arguments(call: ToolCall) -> dict[str, Any]:
    try:
        found = json.loads(call.arguments or "{}")
    except ValueError:
        raise BadCall(f"The arguments of {call.name} are not valid JSON.") from None
    if not isinstance(found, dict):
        raise BadCall(f"The arguments of {call.name} must be a JSON object.")
    return found


def _pins(offered: OfferedTool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by the pins that they are for. Raises BadCall for one that is unknown, or required and missing."""
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        pin = offered.pins.get(name) or offered.pins.get(cleaned(name))
        if pin is None:
            known = ", ".join(offered.pins) or "none"
            raise BadCall(f"{offered.tool.name} has no parameter {name!r}; it has: {known}.")
        found[pin] = value
    missing = [parameter for parameter, pin in offered.pins.items() if pin in offered.node.required - found.keys()]
    if missing:
        raise BadCall(f"{offered.tool.name} lacks the required {', '.join(missing)}.")
    return found
