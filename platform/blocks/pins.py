"""Pin names that reach into values, and what they select and build.

`name_$_N` is element N of a list, `name_#_K` key K of a dictionary, `name_@_A` attribute A of an object; they chain, as
in `rows_$_0_#_title`. Values between nodes are JSON, so an object is a dictionary here and its attributes are its keys.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blocks.context import MISSING

INDEX, KEY, ATTRIBUTE = "_$_", "_#_", "_@_"
TOOLS = "tools"
TOOL_PREFIX = "tools_^_"
TOOL_FIELD = "_~_"

#: Steps one pin may chain.
MAX_STEPS = 32
#: Empty elements that one merge may put into lists to reach an index beyond their end.
MAX_PADDING = 10_000
#: Characters of a name that an error shows.
SHOWN = 100

_DELIMITER = re.compile(r"(_[$#@]_)")

#: A delimiter, and the text that follows it.
Step = tuple[str, str]


def is_dynamic(pin: str) -> bool:
    """Whether the name reaches into a value."""
    return INDEX in pin or KEY in pin or ATTRIBUTE in pin


def is_tools(pin: str) -> bool:
    """Whether it is the output that carries the arguments of a model's tool calls."""
    return pin == TOOLS or pin.startswith(TOOL_PREFIX)


def base_name(pin: str) -> str:
    """The declared pin that this name belongs to."""
    if is_tools(pin):
        return TOOLS
    return _DELIMITER.split(pin, maxsplit=1)[0] if is_dynamic(pin) else pin


@dataclass(frozen=True, slots=True)
class Selector:
    """What a link takes from the outputs of its source node."""

    source_name: str
    base: str
    steps: tuple[Step, ...]
    tools: bool

    def select(self, name: str, value: Any, *, sink_node_id: str | None = None, sink_name: str | None = None) -> Any:
        """The part of the output `(name, value)` that this link delivers, or MISSING.

        The sink is asked for only by tool outputs (`tools_^_{sink node id}_~_{sink name}`), which go to one pin.
        A None is delivered when the output has the very name of the link; one found inside a value is not.
        """
        if self.tools and name.startswith(TOOL_PREFIX):
            return value if name == f"{TOOL_PREFIX}{sink_node_id}{TOOL_FIELD}{sink_name}" else MISSING
        if name == self.source_name:
            return value
        if name != self.base or not self.steps:
            return MISSING
        for step in self.steps:
            value = _inside(value, step)
        return MISSING if value is None else value


def compile_selector(source_name: str) -> Selector:
    """Prepare the selector of a link's `source_name`."""
    if is_tools(source_name):
        return Selector(source_name, base=TOOLS, steps=(), tools=True)
    base, steps = _split(source_name)
    return Selector(source_name, base=base, steps=steps, tools=False)


def merge(data: Mapping[str, Any]) -> dict[str, Any]:
    """Add to `data` the containers that its dynamic names describe; those names stay in it too.

    `{"v_#_a": 1, "l_$_1": 2}` gains `v: {"a": 1}` and `l: [None, 2]`. A value of the wrong kind gives way to a new
    container. Containers are copied before they change, so `data` and what it holds stay as they were.
    Raises ValueError for an index that is not a whole number or a name with more than MAX_STEPS steps, and IndexError
    for a negative index before the start of the list or one far beyond its end.
    """
    merged = dict(data)
    names = [name for name in data if is_dynamic(name)]
    if names:
        building = _Building()
        for name in names:
            base, steps = _split(name)
            if steps:
                merged[base] = building.put(merged.get(base), steps, data[name], name[:SHOWN])
    return merged


def _split(pin: str) -> tuple[str, tuple[Step, ...]]:
    """The base name and the steps; no steps when a delimiter has nothing after it, which names nothing."""
    base, *rest = _DELIMITER.split(pin)
    steps = tuple(zip(rest[::2], rest[1::2], strict=True))
    return base, steps if all(text for _, text in steps) else ()


def _inside(value: Any, step: Step) -> Any:
    """One step into a value; None where it leads nowhere."""
    kind, text = step
    if kind != INDEX:
        return value.get(text) if isinstance(value, dict) else None
    if not isinstance(value, list | tuple):
        return None
    try:
        return value[int(text)]
    except (ValueError, IndexError):
        return None


class _Building:
    """The containers that one merge has made or copied, and may therefore change."""

    def __init__(self) -> None:
        self._own: dict[int, Any] = {}
        self._padding = MAX_PADDING

    def put(self, container: Any, steps: tuple[Step, ...], value: Any, name: str) -> Any:
        """The container, or what takes its place, with `value` where the steps lead. name: for errors."""
        if len(steps) > MAX_STEPS:
            raise ValueError(f"The input {name} has {len(steps)} steps; {MAX_STEPS} are allowed.")
        return self._put(container, steps, value, name)

    def _put(self, container: Any, steps: tuple[Step, ...], value: Any, name: str) -> Any:
        if not steps:
            return value
        (kind, text), rest = steps[0], steps[1:]
        if kind == INDEX:
            items = self._mine(container, list)
            index = self._reach(items, text, name)
            items[index] = self._put(items[index], rest, value, name)
            return items
        entries = self._mine(container, dict)
        entries[text] = self._put(entries.get(text), rest, value, name)
        return entries

    def _mine(self, container: Any, kind: type[Any]) -> Any:
        """This container if it is of the kind and ours, a copy of it if it is not ours, else a new one."""
        if id(container) in self._own and isinstance(container, kind):
            return container
        mine = kind(container) if isinstance(container, kind) else kind()
        self._own[id(mine)] = mine
        return mine

    def _reach(self, items: list[Any], text: str, name: str) -> int:
        """The index, after the list was made long enough for it."""
        try:
            index = int(text)
        except ValueError:
            raise ValueError(f"The input {name} has the index {text[:SHOWN]}, which is not a whole number.") from None
        if index < -len(items):
            raise IndexError(f"The input {name} has the index {index}, which is before the start of the list.")
        gap = index - len(items)
        if gap > self._padding:
            raise IndexError(
                f"The input {name} is too far beyond the end of its list; {MAX_PADDING} empty places are allowed."
            )
        if gap >= 0:
            self._padding -= gap
            items.extend([None] * (gap + 1))
        return index
