"""How values are bound in hand-written SQL, for each kind of database. Knows no Django: who asks names the vendor."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

_MANY_DIGITS = re.compile(r"[0-9]{19}")
_SURROGATES = re.compile("[\ud800-\udfff]")
#: Where the JSON of a time in UTC goes on with `+00:00"`.
_WITHOUT_ZONE = -7


@dataclass(frozen=True, slots=True)
class Adapters:
    """What turns Python values into what one database's driver stores just as Django's model fields would."""

    uuid: Callable[[UUID], str | UUID]
    #: Aware times only; None stays None.
    moment: Callable[[datetime | None], str | datetime | None]
    #: JSON text.
    json: Callable[[Any], str]
    #: The mark for a value when the driver's own cursor is used. Django's cursors take %s everywhere.
    placeholder: str


def adapters(vendor: str) -> Adapters:
    """vendor: Django's `connection.vendor`, sqlite or postgresql. Raises KeyError for any other."""
    return _ADAPTERS[vendor]


def json_text(value: Any) -> str:
    """Write a value as JSON that both databases accept.

    NaN and the infinities become null, keys become text, integers may have any size. What PostgreSQL refuses in text
    is left out (NUL) or becomes U+FFFD (lone surrogates). Raises TypeError for what JSON has no word for.
    """
    try:
        text = orjson.dumps(value)
    except TypeError:
        return json.dumps(_storable(value), ensure_ascii=False, separators=(",", ":"))
    if rb"\u0000" not in text:
        return text.decode()
    return json.dumps(_storable(value), ensure_ascii=False, separators=(",", ":"))


def json_value(text: str | bytes) -> Any:
    """Read what `json_text` has written.

    orjson is fast, but makes floats of integers beyond 64 bits, and refuses those that no float can hold.
    """
    text = text if isinstance(text, str) else text.decode()
    return json.loads(text) if _MANY_DIGITS.search(text) else orjson.loads(text)


def storable_text(value: str) -> str:
    """The text without what a database refuses: NUL characters left out, lone surrogates as U+FFFD."""
    if value.isascii() and "\x00" not in value:
        return value
    return _SURROGATES.sub("\ufffd", value.replace("\x00", ""))


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_key(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return _storable(orjson.loads(orjson.dumps(value)))


def _key(key: Any) -> str:
    """A key as JSON writes it: true rather than True."""
    return storable_text(key if isinstance(key, str) else orjson.dumps(key).decode().strip('"'))


def _unchanged(value: Any) -> Any:
    return value


def _hex(value: UUID) -> str:
    return value.hex


def _utc_text(value: datetime | None) -> str | None:
    """`YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC, as Django writes it: six digits or none, so that text sorts by time."""
    if value is None:
        return None
    # orjson writes a time some times faster than its own isoformat
    text = orjson.dumps(value if value.tzinfo is UTC else value.astimezone(UTC))
    return text[1:_WITHOUT_ZONE].decode().replace("T", " ")


_ADAPTERS = {
    "sqlite": Adapters(uuid=_hex, moment=_utc_text, json=json_text, placeholder="?"),
    "postgresql": Adapters(uuid=_unchanged, moment=_unchanged, json=json_text, placeholder="%s"),
}
