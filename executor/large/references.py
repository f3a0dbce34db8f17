"""Values too large for a row: a file has them; rows, events and pages have a reference. No I/O here.

In memory there are only the values themselves. A reference takes its value's place when rows and events are made, by
the identity of the value: whatever is made of a large value, a part of it for instance, is a value of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

#: A reference is `{FILE: path, BYTES: size of the JSON text}`, and nothing else looks so.
FILE = "$file"
BYTES = "$bytes"


def reference(path: str, bytes: int) -> dict[str, Any]:
    return {FILE: path, BYTES: bytes}


def path_of(value: Any) -> str | None:
    """Where the value is that this refers to; None if it is no reference."""
    if isinstance(value, dict) and value.keys() == {FILE, BYTES} and isinstance(value[FILE], str):
        return value[FILE]
    return None


def folder_of_root(root_id: UUID) -> str:
    """Where the large values of an execution and of everything inside it are."""
    return f"executions/{root_id}"


def folder_of(root_id: UUID, node_execution_id: UUID | str) -> str:
    """Where the large outputs of a node execution are."""
    return f"{folder_of_root(root_id)}/{node_execution_id}"


@dataclass(slots=True)
class LargeValues:
    """Those of one root execution that are in memory."""

    #: By the identity of the value: the value, which so stays what it is, and its reference.
    _known: dict[int, tuple[Any, dict[str, Any]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._known)

    def add(self, value: Any, reference: dict[str, Any]) -> None:
        self._known[id(value)] = value, reference

    def referred(self, value: Any) -> Any:
        """The same with references in place of large values."""
        if not self._known:
            return value
        return _replaced(value, lambda inner: known[1] if (known := self._known.get(id(inner))) else None)


def resolved(value: Any, values: Mapping[str, Any]) -> Any:
    """The same with the values in place of references that have one. values: by path."""
    if not values:
        return value
    return _replaced(value, lambda inner: values.get(path_of(inner) or ""))


def _replaced(value: Any, instead: Any) -> Any:
    """instead: gives what takes a value's place, or None."""
    found = instead(value)
    if found is not None:
        return found
    if isinstance(value, dict):
        return {key: _replaced(item, instead) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, instead) for item in value]
    return value
