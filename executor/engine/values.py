"""Values on their way between nodes: what JSON can hold, so that a resumed execution sees what the first one saw."""

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel

from blocks.errors import BlockError
from reliability.sql import json_text, storable_text

#: What `NodeOutput.name` holds.
NAME_CHARACTERS = 500

_MANY_DIGITS = re.compile(r"[0-9]{19}")


def normalise(value: Any, max_bytes: int) -> tuple[Any, str]:
    """The value as its row will give it back, and its JSON text.

    Raises BlockError for what JSON cannot hold and for more than `max_bytes`.
    """
    text = encode(value)
    if len(text) > max_bytes and len(text.encode()) > max_bytes:
        raise BlockError(f"An output has {len(text.encode())} bytes; the limit is {max_bytes} (NODE_OUTPUT_MAX_BYTES).")
    if value is None or type(value) in (int, bool):
        return value, text
    return _read(text), text


def _read(text: str) -> Any:
    """orjson is fast, but makes floats of integers beyond 64 bits."""
    return json.loads(text) if _MANY_DIGITS.search(text) else orjson.loads(text)


def output_name(name: str) -> str:
    """The name as its row will give it back. Raises BlockError for one that is too long."""
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
