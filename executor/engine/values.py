"""Values on their way between nodes: what JSON can hold, so that a resumed execution sees what the first one saw."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from blocks.errors import BlockError
from reliability.nesting import is_deeper
from reliability.sql import json_text, json_value, storable_text

#: How deep lists and objects may stand in each other: everything that reads a value can do so much.
DEPTH = 64
#: What `NodeOutput.name` holds.
NAME_CHARACTERS = 500


class Emitted(NamedTuple):
    """An output as its row will give it back. text: the value as JSON, of so many bytes."""

    name: str
    value: Any
    text: str
    bytes: int


def normalise(name: str, value: Any, max_bytes: int) -> Emitted:
    """Raises BlockError for what JSON cannot hold, a value or a name that is too long, and a value that is too deep."""
    text = encode(value)
    bytes = size(text)
    if bytes > max_bytes:
        raise BlockError(f"An output has {bytes} bytes; the limit is {max_bytes} (NODE_OUTPUT_MAX_BYTES).")
    if _is_plain(value):
        return Emitted(_output_name(name), value, text, bytes)
    read = json_value(text)
    if text.count("[") + text.count("{") > DEPTH and is_deeper(read, DEPTH):
        raise BlockError(f"An output is nested more than {DEPTH} deep.")
    return Emitted(_output_name(name), read, text, bytes)


def size(text: str) -> int:
    """Bytes of a JSON text."""
    return len(text) if text.isascii() else len(text.encode())


def _is_plain(value: Any) -> bool:
    """Whether JSON gives back the very value."""
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind is str:
        return bool(value.isascii()) and "\x00" not in value
    return value is None or kind is int or kind is bool


def _output_name(name: str) -> str:
    if len(name) > NAME_CHARACTERS:
        raise BlockError(f"The name of an output has {len(name)} characters; {NAME_CHARACTERS} are allowed.")
    return storable_text(name)


def encode(value: Any) -> str:
    """JSON text for a row. Raises BlockError for what JSON cannot hold."""
    try:
        return json_text(value)
    except (TypeError, RecursionError):
        pass
    try:
        return json_text(_plain(value))
    except (TypeError, RecursionError) as error:
        raise BlockError(f"An output cannot be stored as JSON: {error}.") from error


def _plain(value: Any) -> Any:
    """The same with models as dictionaries, sets as sorted lists and bytes as text."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value
