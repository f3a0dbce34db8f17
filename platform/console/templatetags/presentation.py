"""How values, times and statuses are written on the pages."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template

from console.durations import duration_text
from credits import amounts
from executor.statuses import Status

register = template.Library()

#: Beside the word, so that colour is never all there is.
GLYPHS = {
    Status.INCOMPLETE: "…",
    Status.QUEUED: "○",
    Status.RUNNING: "●",
    Status.REVIEW: "◐",
    Status.COMPLETED: "✓",
    Status.FAILED: "✕",
    Status.TERMINATED: "■",
}


@register.filter
def glyph(status: str) -> str:
    return GLYPHS[Status(status)]


@register.filter
def word(status: str) -> str:
    return str(Status(status).label)


@register.filter
def plain(value: Any) -> str:
    """Text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def pairs(values: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """Names with their values. The template's own `.items` would find a pin of that name instead."""
    return values.items()


@register.filter
def grouped(number: int) -> str:
    """A whole number with its thousands marked."""
    return f"{number:,}"


@register.filter
def dollars(credits: int) -> str:
    return amounts.dollars(credits)


@register.filter
def seconds(value: float | None) -> str:
    """A dash for nothing."""
    return "–" if value is None else duration_text(value)


@register.simple_tag
def between(start: str | None, end: str | None) -> str:
    """The time between two moments in ISO 8601."""
    if start is None or end is None:
        return seconds(None)
    return seconds((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
