"""What is sent, whichever way it goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """title: one line.  text: plain, in lines.  link: the page that shows more, or nothing."""

    #: The same at every try.
    id: str
    title: str
    text: str
    link: str = ""
    #: For mail; without it there is only the text.
    html: str = field(default="", repr=False)
    #: For webhooks: the type of the message, when it happened, and what it says.
    type: str = "message"
    happened_at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    #: For mail: further headers.
    headers: Mapping[str, str] = field(default_factory=dict)


def cut(text: str, units: int) -> str:
    """At most so many UTF-16 units, as browsers and chats count, with “…” where it was cut. Pure."""
    if _units(text) <= units:
        return text
    return text.encode("utf-16-le", "replace")[: 2 * (units - 1)].decode("utf-16-le", "ignore") + "…"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2
