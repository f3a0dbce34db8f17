"""What is sent to answer or to forward a message of Gmail."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Protocol

from blocks.context import Context
from blocks.library.gmail_messages import GMAIL, files_of, header, html_of, message, parts_of, text_of
from blocks.library.mail_reading import addresses_in
from blocks.library.mail_writing import ContentType, Letter
from blocks.service import text_in
from blocks.web import File

FORWARDED = "---------- Forwarded message ---------"
#: Message-IDs that an answer refers to: the first and the newest ones.
MAX_REFERENCES = 50


class Answer(Protocol):
    """The inputs of who answers."""

    parentMessageId: str  # noqa: N815 - as the pin is called
    to: list[str]
    cc: list[str]
    bcc: list[str]
    replyAll: bool  # noqa: N815
    subject: str
    body: str
    content_type: ContentType | None


class Forward(Protocol):
    """The inputs of who forwards."""

    messageId: str  # noqa: N815
    to: list[str]
    cc: list[str]
    bcc: list[str]
    subject: str
    forwardMessage: str  # noqa: N815
    includeAttachments: bool  # noqa: N815
    content_type: ContentType | None


async def answer(context: Context, input: Answer, files: Sequence[File]) -> Letter:
    """The answer to a message, to those who are named, else to who wrote it, or to everybody."""
    parent = await message(context, input.parentMessageId, form="metadata")
    to, cc = input.to, input.cc
    if not (to or cc or input.bcc):
        me = text_in(await GMAIL.ask(context, "GET", "/profile"), "emailAddress") if input.replyAll else ""
        to, cc = readers(parent, me=me, all_of_them=input.replyAll)
    return Letter(
        to=to,
        cc=cc,
        bcc=input.bcc,
        subject=input.subject or prefixed("Re:", header(parent, "Subject")),
        body=input.body,
        content_type=input.content_type or "auto",
        attachments=files,
        headers=thread_headers(parent),
    )


async def forward(context: Context, input: Forward, files: Sequence[File]) -> Letter:
    """The message with a text before it; as HTML if it is so, unless plain text is wanted."""
    said = await message(context, input.messageId)
    parts = parts_of(said)
    html = "" if input.content_type == "plain" else await html_of(context, said, parts)
    text = "" if html else await text_of(context, said, parts)
    attached = await files_of(context, said, parts) if input.includeAttachments else []
    note = input.forwardMessage
    return Letter(
        to=input.to,
        cc=input.cc,
        bcc=input.bcc,
        subject=input.subject or prefixed("Fwd:", header(said, "Subject")),
        body=forwarded_html(said, note, html, note_is_html=input.content_type == "html")
        if html
        else forwarded_text(said, note, text),
        content_type="html" if html else "plain",
        attachments=[*attached, *files],
    )


def readers(parent: dict[str, Any], *, me: str, all_of_them: bool) -> tuple[list[str], list[str]]:
    """Who an answer goes to, and who gets a copy. me: the address that is left out where others are left."""
    writer = addresses_in(header(parent, "Reply-To") or header(parent, "From"))
    if not all_of_them:
        return writer, []
    to = _others([*writer, *addresses_in(header(parent, "To"))], [me]) or writer
    return to, _others(addresses_in(header(parent, "Cc")), [me, *to])


def thread_headers(parent: dict[str, Any]) -> dict[str, str]:
    """By which programs for mail put the answer below the message (RFC 5322, 3.6.4)."""
    own = header(parent, "Message-ID")
    if not own:
        return {}
    earlier = header(parent, "References").split()
    kept = earlier[:1] + earlier[1:][-MAX_REFERENCES:]
    return {"In-Reply-To": own, "References": " ".join([*kept, own])}


def prefixed(prefix: str, subject: str) -> str:
    return subject if subject.lower().startswith(prefix.lower()) else f"{prefix} {subject}".strip()


def forwarded_text(said: dict[str, Any], note: str, text: str) -> str:
    lines = [FORWARDED, *(f"{name}: {value}" for name, value in _head(said))]
    return "\n\n".join(part for part in (note, "\n".join(lines), text) if part)


def forwarded_html(said: dict[str, Any], note: str, html: str, *, note_is_html: bool) -> str:
    """note_is_html: if not, it is shown as it is written."""
    lines = [FORWARDED, *(f"{name}: {value}" for name, value in _head(said))]
    shown = note if note_is_html else escape(note).replace("\n", "<br>")
    return f"<div>{shown}</div><br><div>{'<br>'.join(map(escape, lines))}</div><br>{html}"


def _head(said: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, value) for name in ("From", "Date", "Subject", "To") if (value := header(said, name))]


def _others(found: Iterable[str], known: Iterable[str]) -> list[str]:
    """Each once, without those who are known; case does not matter."""
    seen = {address.lower() for address in known}
    others = []
    for address in found:
        if address.lower() not in seen:
            seen.add(address.lower())
            others.append(address)
    return others
