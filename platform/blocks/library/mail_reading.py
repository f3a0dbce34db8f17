"""The text of an e-mail, however it is sent."""

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Any

#: Characters of a text that are given; the rest is cut off.
TEXT_CHARACTERS = 100_000

_BREAKS = frozenset({"br", "p", "div", "tr", "li", "blockquote", "table", "ul", "ol"} | {f"h{n}" for n in range(1, 7)})
_SPACES = re.compile(r"\s+")
_HIDDEN = frozenset({"style", "script", "head", "title", "template"})


class _Reader(HTMLParser):
    """Gathers what a reader sees, a line for each paragraph."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(_SPACES.sub(" ", data))


def text_of_html(html: str) -> str:
    """What one reads of it, without markup."""
    reader = _Reader()
    reader.feed(html[: 10 * TEXT_CHARACTERS])
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)[:TEXT_CHARACTERS]


def text_of(message: Message) -> str:
    """Its plain text, else its HTML as text; empty if it has neither."""
    texts = {part.get_content_type(): part for part in reversed(_leaves(message)) if not _is_attachment(part)}
    if plain := texts.get("text/plain"):
        return _content(plain)[:TEXT_CHARACTERS]
    html = texts.get("text/html")
    return text_of_html(_content(html)) if html else ""


def header_of(message: Message, name: str) -> str:
    """Decoded (RFC 2047), in one line; as it is sent if it cannot be decoded."""
    raw = " ".join(str(message.get(name, "")).split())
    try:
        return str(make_header(decode_header(raw)))
    except (LookupError, UnicodeError, HeaderParseError):
        return raw


def addresses_in(header: str) -> list[str]:
    """The plain addresses of a header such as To."""
    return [plain for _, plain in getaddresses([header]) if plain]


def attachments_of(message: Message) -> list[dict[str, Any]]:
    """Name, type and size of each."""
    return [
        {
            "filename": part.get_filename() or "",
            "content_type": part.get_content_type(),
            "size": len(_bytes(part)),
        }
        for part in _leaves(message)
        if _is_attachment(part)
    ]


def _leaves(message: Message) -> list[Message]:
    return [part for part in message.walk() if not part.is_multipart()]


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _content(part: Message) -> str:
    """By its charset, if that is known."""
    try:
        return _bytes(part).decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return _bytes(part).decode("utf-8", "replace")


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
