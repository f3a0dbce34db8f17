"""Writing an e-mail: what the blocks that send one have in common."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, getaddresses
from typing import Literal

from blocks.errors import BlockError
from blocks.web import File

ContentType = Literal["auto", "plain", "html"]

MAX_RECIPIENTS = 100
SUBJECT_CHARACTERS = 998
BODY_CHARACTERS = 1_000_000
ATTACHMENT_BYTES = 18 * 1024 * 1024

_HTML = re.compile(r"<(?:html|body|div|p|br|table|h[1-6]|ul|ol|li|a|b|i|strong|em|span|img)\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """headers: further ones, by their names."""

    subject: str
    body: str
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    sender: str = ""
    content_type: ContentType = "auto"
    attachments: Sequence[File] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def written(letter: Letter) -> EmailMessage:
    """The message. Raises BlockError naming what cannot be sent."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(letter.subject)[:SUBJECT_CHARACTERS]
    if letter.sender:
        message["From"] = addresses([letter.sender], "the sender")[:1]
    for name, pin in (("To", "to"), ("Cc", "cc"), ("Bcc", "bcc")):
        if found := addresses(getattr(letter, pin), pin):
            message[name] = found
    _check(letter, message)
    message["Date"] = formatdate()
    for name, value in letter.headers.items():
        message[name] = one_line(value)
    message.set_content(letter.body, subtype="html" if is_html(letter) else "plain")
    for file in letter.attachments:
        _attach(message, file)
    return message


def recipients(message: EmailMessage) -> list[str]:
    """The plain addresses of everybody who gets it."""
    found = [message[name].addresses for name in ("To", "Cc", "Bcc") if message[name]]
    return [address.addr_spec for group in found for address in group]


def addresses(texts: Sequence[str], pin: str) -> list[Address]:
    """Each text holds one address or several, with names or without. Raises BlockError for what is none."""
    lines = [text.strip() for text in texts if text.strip()]
    if not all(line.isprintable() for line in lines):
        raise BlockError(f"{pin} must hold e-mail addresses, without line ends.")
    found = [_address(name, plain, pin) for name, plain in getaddresses(lines)]
    if len(found) > MAX_RECIPIENTS:
        raise BlockError(f"{pin} has {len(found)} addresses; at most {MAX_RECIPIENTS} are allowed.")
    return found


def is_html(letter: Letter) -> bool:
    """Whether the text is to be sent as HTML: as it says, or if there are tags in it."""
    return letter.content_type == "html" or (letter.content_type == "auto" and bool(_HTML.search(letter.body)))


def one_line(text: str) -> str:
    """Without line ends, so that no header can smuggle in another."""
    return " ".join(text.split())


def _address(name: str, plain: str, pin: str) -> Address:
    try:
        address = Address(display_name=name, addr_spec=plain)
    except (ValueError, IndexError) as error:
        raise BlockError(f"{pin} must hold e-mail addresses, not {plain[:100] or name[:100]!r}.") from error
    if not (address.username and address.domain):
        raise BlockError(f"{pin} must hold e-mail addresses, not {plain[:100] or name[:100]!r}.")
    return address


def _check(letter: Letter, message: EmailMessage) -> None:
    if not recipients(message):
        raise BlockError("The e-mail has no recipient: to, cc and bcc are empty.")
    if len(letter.body) > BODY_CHARACTERS:
        raise BlockError(f"body has {len(letter.body):,} characters; at most {BODY_CHARACTERS:,} are allowed.")
    total = sum(len(file.content) for file in letter.attachments)
    if total > ATTACHMENT_BYTES:
        raise BlockError(f"The attachments have {total:,} bytes; at most {ATTACHMENT_BYTES:,} are allowed.")


def _attach(message: EmailMessage, file: File) -> None:
    main, _, sub = file.content_type.partition("/")
    if main in ("message", "multipart") or not (main.isalnum() and sub):
        main, sub = "application", "octet-stream"
    message.add_attachment(file.content, maintype=main, subtype=sub, filename=one_line(file.name) or "file")
