"""Reading JSON that a stranger wrote, and refusing what would hurt later.

What is refused here is what Python's reader lets through: keys given twice, NaN and infinite numbers, numbers beyond 64
bits, NUL and broken characters (no database takes them), `__proto__`, and nesting that is deeper than any graph needs.
"""

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

from graphs.errors import GraphInvalid

MAX_DEPTH = 64
#: Characters of the file that an error shows.
SHOWN = 60
#: Where a value is: the keys and indexes that lead to it.
Path = tuple[str | int, ...]

_SMALLEST, _LARGEST = -(2**63), 2**64 - 1


def read_json(content: bytes | str, *, max_bytes: int) -> Any:
    """The value that the text holds. Raises GraphInvalid with the reason."""
    text = _text(content, max_bytes)
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise _too_deep(()) from error
    except ValueError as error:
        raise GraphInvalid(f"The file is not JSON: {str(error)[:200]}.") from error
    _check(value)
    return value


def shown(value: Any) -> str:
    """A value of the file, short and on one line, for an error."""
    text = value[: SHOWN + 1] if isinstance(value, str) else repr(value)[: SHOWN + 1]
    text = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _text(content: bytes | str, max_bytes: int) -> str:
    try:
        raw = content if isinstance(content, bytes) else content.encode()
        if len(raw) > max_bytes:
            raise GraphInvalid(f"The file has {len(raw):,} bytes; at most {max_bytes:,} are allowed (GRAPH_MAX_BYTES).")
        return raw.decode("utf-8-sig")
    except UnicodeError as error:
        raise GraphInvalid(f"The file is not UTF-8 text: {str(error)[-100:]}.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise GraphInvalid(f"The key {shown(first_twice(key for key, _ in pairs))} is given twice in one object.")
    return found


def first_twice(keys: Iterable[str]) -> str | None:
    """The first of the keys that was there before."""
    seen: set[str] = set()
    return next((key for key in keys if key in seen or seen.add(key)), None)  # type: ignore[func-returns-value]


def _refuse_constant(name: str) -> NoReturn:
    raise GraphInvalid(f"{name} is not allowed: JSON numbers are finite.")


def _check(value: Any) -> None:
    """Walk through all of it, without recursion."""
    waiting: list[tuple[Any, Path]] = [(value, ())]
    while waiting:
        found, path = waiting.pop()
        if len(path) >= MAX_DEPTH:
            raise _too_deep(path)
        for key, member in _entries(found):
            if isinstance(key, str):
                _check_key(key, path)
            if isinstance(member, dict | list):
                waiting.append((member, (*path, key)))
            elif isinstance(member, str):
                _check_text(member, (*path, key))
            elif isinstance(member, int | float):
                _check_number(member, path, key)


def _entries(found: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(found, dict):
        return found.items()
    return enumerate(found) if isinstance(found, list) else ()


def _check_key(key: str, path: Path) -> None:
    _check_text(key, path)
    if key == "__proto__":
        raise GraphInvalid(f"The key __proto__ is not allowed{_at(path)}.")


def _check_text(text: str, path: Path) -> None:
    if "\0" in text:
        raise GraphInvalid(f"There is a NUL character{_at(path)}; it cannot be stored.")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise GraphInvalid(f"There is half a surrogate pair{_at(path)}; it is no character.") from error


def _check_number(number: float, path: Path, key: str | int) -> None:
    if isinstance(number, int):
        if not _SMALLEST <= number <= _LARGEST:
            raise GraphInvalid(f"There is a whole number of more than 64 bits{_at((*path, key))}.")
    elif not math.isfinite(number):
        raise GraphInvalid(f"There is a number that is too large{_at((*path, key))}.")


def _too_deep(path: Path) -> GraphInvalid:
    return GraphInvalid(f"The file is nested too deep{_at(path)}; at most {MAX_DEPTH} levels are allowed.")


def _at(path: Path) -> str:
    place = ".".join(shown(key) if isinstance(key, str) else str(key) for key in path)
    return f" at {place[:300]}" if place else ""
