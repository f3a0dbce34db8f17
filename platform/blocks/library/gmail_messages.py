"""Messages of Gmail (API version 1) as it gives and takes them."""

import base64
import binascii
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

from blocks.context import Context
from blocks.errors import BlockError
from blocks.library.mail_reading import TEXT_CHARACTERS, addresses_in, text_of_html
from blocks.service import Service, text_in
from blocks.web import File

GMAIL = Service("Gmail", "https://gmail.googleapis.com/gmail/v1/users/me")

#: How deep the parts of a message may lie in one another.
MAX_DEPTH = 10


@dataclass(slots=True)
class Parts:
    """The leaves of a message. files: those with a name."""

    plain: dict[str, Any] | None = None
    html: dict[str, Any] | None = None
    files: list[dict[str, Any]] = field(default_factory=list)


async def message(context: Context, message_id: str, *, form: str = "full") -> dict[str, Any]:
    """As Gmail gives it. form: full, or metadata for the headers alone."""
    return await GMAIL.ask(context, "GET", f"/messages/{part_of_path(message_id)}", params={"format": form})


async def send(context: Context, letter: EmailMessage, *, thread_id: str = "") -> dict[str, Any]:
    """What Gmail says of the message that it has sent: id, threadId, labelIds."""
    raw = base64.urlsafe_b64encode(letter.as_bytes()).decode()
    body = {"raw": raw, **({"threadId": thread_id} if thread_id else {})}
    return await GMAIL.ask(context, "POST", "/messages/send", json=body, timeout_seconds=120)


async def email_of(context: Context, said: dict[str, Any]) -> dict[str, Any]:
    """A message as blocks give it."""
    parts = parts_of(said)
    return {
        "threadId": text_in(said, "threadId"),
        "labelIds": [str(label) for label in said.get("labelIds") or []],
        "id": text_in(said, "id"),
        "subject": header(said, "Subject"),
        "snippet": text_in(said, "snippet"),
        "from_": next(iter(addresses_in(header(said, "From"))), ""),
        "to": addresses_in(header(said, "To")),
        "cc": addresses_in(header(said, "Cc")),
        "bcc": addresses_in(header(said, "Bcc")),
        "date": header(said, "Date"),
        "body": await text_of(context, said, parts) or text_in(said, "snippet"),
        "sizeEstimate": int(said.get("sizeEstimate") or 0),
        "attachments": [_described(part) for part in parts.files],
    }


async def text_of(context: Context, said: dict[str, Any], parts: Parts) -> str:
    """Its plain text, else its HTML as text."""
    if parts.plain is not None:
        return (await _text(context, said, parts.plain))[:TEXT_CHARACTERS]
    return text_of_html(await _text(context, said, parts.html)) if parts.html is not None else ""


async def html_of(context: Context, said: dict[str, Any], parts: Parts) -> str:
    return await _text(context, said, parts.html) if parts.html is not None else ""


async def files_of(context: Context, said: dict[str, Any], parts: Parts) -> list[File]:
    """The attached files themselves."""
    return [
        File(
            text_in(part, "filename"),
            await _content(context, said, part),
            text_in(part, "mimeType") or "application/octet-stream",
        )
        for part in parts.files
    ]


def parts_of(said: dict[str, Any]) -> Parts:
    """The first plain text, the first HTML, and the files, wherever they lie."""
    parts = Parts()
    _gather(said.get("payload"), parts, MAX_DEPTH)
    return parts


def header(said: dict[str, Any], name: str) -> str:
    """The value of the first header with this name; empty if there is none."""
    payload = said.get("payload")
    found = payload.get("headers") if isinstance(payload, dict) else None
    return next((text_in(one, "value") for one in found or [] if text_in(one, "name").lower() == name.lower()), "")


def part_of_path(identifier: str) -> str:
    """Raises BlockError for an empty one, which would make another path of it."""
    if not identifier.strip():
        raise BlockError("The id of the message is empty.")
    return quote(identifier.strip(), safe="")


def _gather(part: Any, parts: Parts, depth: int) -> None:
    if not (isinstance(part, dict) and depth):
        return
    if text_in(part, "filename"):
        parts.files.append(part)
    elif text_in(part, "mimeType") == "text/plain" and parts.plain is None:
        parts.plain = part
    elif text_in(part, "mimeType") == "text/html" and parts.html is None:
        parts.html = part
    for below in part.get("parts") or []:
        _gather(below, parts, depth - 1)


def _described(part: dict[str, Any]) -> dict[str, Any]:
    body = part.get("body") if isinstance(part.get("body"), dict) else {}
    return {
        "filename": text_in(part, "filename"),
        "content_type": text_in(part, "mimeType"),
        "size": int((body or {}).get("size") or 0),
        "attachment_id": text_in(body, "attachmentId"),
    }


async def _text(context: Context, said: dict[str, Any], part: dict[str, Any]) -> str:
    """Gmail gives texts in UTF-8."""
    return (await _content(context, said, part)).decode("utf-8", "replace")


async def _content(context: Context, said: dict[str, Any], part: dict[str, Any]) -> bytes:
    """What is in the part, or kept apart from it because it is large."""
    data, kept_as = text_in(part, "body", "data"), text_in(part, "body", "attachmentId")
    if not data and kept_as:
        path = f"/messages/{part_of_path(text_in(said, 'id'))}/attachments/{part_of_path(kept_as)}"
        data = text_in(await GMAIL.ask(context, "GET", path), "data")
    try:
        return base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
    except (binascii.Error, ValueError) as error:
        raise BlockError("Gmail gave a part of the message that cannot be decoded.") from error
