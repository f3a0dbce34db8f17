"""How values, times and credits are written on a terminal."""

import json
from typing import Any

from console.durations import duration_text


def one_line(text: str, limit: int = 200) -> str:
    """Text that can do a terminal no harm: on one line, without control characters, at most `limit` characters."""
    safe = text if text.isprintable() else json.dumps(text)[1:-1]
    return safe if len(safe) <= limit else f"{safe[: limit - 1]}…"


def value_text(value: Any) -> str:
    """A whole value on one line: printable text as it is, everything else as JSON."""
    if isinstance(value, str):
        return value if value.isprintable() else json.dumps(value)
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def is_block(value: Any) -> bool:
    """Whether it is text of several lines that can do a terminal no harm."""
    return isinstance(value, str) and "\n" in value.rstrip() and all(line.isprintable() for line in value.splitlines())


def seconds_text(seconds: float | None) -> str:
    """Nothing for nothing."""
    return "" if seconds is None else duration_text(seconds)


def credits_text(credits: int) -> str:
    return counted(credits, "credit")


def counted(number: int, noun: str) -> str:
    """`1 node`, `2 nodes`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
