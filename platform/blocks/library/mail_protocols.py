"""SMTP and IMAP over a socket that the door has opened, always with TLS; the waiting is done in a thread."""

import asyncio
import contextlib
import imaplib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any, TypeVar

from blocks.context import Context
from blocks.credentials import Credential
from blocks.errors import BlockError
from blocks.library.mail_reading import addresses_in, attachments_of, header_of, text_of
from blocks.library.mail_writing import recipients
from blocks.service import SHOWN, masked

SMTPS_PORT = 465
IMAP_STARTTLS_PORT = 143
#: For each answer of the server.
ANSWER_SECONDS = 30
#: Bytes of one e-mail that are read; what comes after is left out. And of all that an IMAP server may say.
MESSAGE_BYTES = 500_000
MAX_BYTES = 32_000_000
#: Of the machine that sends, for the server's first line; no server needs its real one.
CLIENT_NAME = "localhost"

_FOLDER = re.compile(r"[\x20-\x7e]+")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int


async def deliver(context: Context, server: Server, credential: Credential, message: EmailMessage) -> None:
    """Hand the message over. Raises BlockError with what the server says, also if it refuses only some recipients."""
    await _talk(context, server, credential, lambda opened: _deliver(opened, server, credential, message))


async def fetch(
    context: Context, server: Server, credential: Credential, *, folder: str, unread_only: bool, limit: int
) -> list[dict[str, Any]]:
    """The newest e-mails first; none of them is marked as read."""
    if not _FOLDER.fullmatch(folder):
        raise BlockError("folder must be of plain letters, digits and signs, as IMAP writes it.")
    wanted = "UNSEEN" if unread_only else "ALL"
    return await _talk(
        context, server, credential, lambda opened: _fetch(opened, server, credential, folder, wanted, limit)
    )


async def _talk(
    context: Context, server: Server, credential: Credential, talk: Callable[[socket.socket], Result]
) -> Result:
    """Open, talk in a thread, and close whatever happens, which also ends the thread when the block is cancelled."""
    opened = await context.services.web.connect(server.host, server.port, hosts=credential.hosts)
    opened.settimeout(ANSWER_SECONDS)
    end = opened.dup()  # TLS takes the socket itself over
    try:
        return await asyncio.to_thread(talk, opened)
    except (smtplib.SMTPException, imaplib.IMAP4.error, OSError) as error:
        said = " ".join(masked(_said(error), credential).split())[:SHOWN]
        raise BlockError(f"The mail server {server.host[:200]} failed: {said}") from None
    except UnicodeError:
        raise BlockError("The mail server takes ASCII only: the name, the password or an address has more.") from None
    finally:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
        opened.close()


class _SMTP(smtplib.SMTP):
    """Over a socket that is open already."""

    def __init__(self, opened: socket.socket, host: str) -> None:
        self._opened = opened
        super().__init__(host, local_hostname=CLIENT_NAME, timeout=ANSWER_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._opened


class _IMAP(imaplib.IMAP4):
    """Over a socket that is open already. It reads no more than MAX_BYTES, whatever the server announces."""

    def __init__(self, opened: socket.socket, host: str) -> None:
        self._opened = opened
        self._left = MAX_BYTES
        super().__init__(host)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._opened

    def read(self, size: int) -> bytes:
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.error(f"it says more than {MAX_BYTES:,} bytes")


def _deliver(opened: socket.socket, server: Server, credential: Credential, message: EmailMessage) -> None:
    tls = ssl.create_default_context()
    if server.port == SMTPS_PORT:
        opened = tls.wrap_socket(opened, server_hostname=server.host)
    with _SMTP(opened, server.host) as client:
        if server.port != SMTPS_PORT:
            client.starttls(context=tls)
        client.login(credential.username, credential.secret.reveal())
        refused = client.send_message(message, to_addrs=recipients(message))
    if refused:
        raise smtplib.SMTPRecipientsRefused(refused)


def _fetch(
    opened: socket.socket, server: Server, credential: Credential, folder: str, wanted: str, limit: int
) -> list[dict[str, Any]]:
    tls = ssl.create_default_context()
    if server.port != IMAP_STARTTLS_PORT:
        opened = tls.wrap_socket(opened, server_hostname=server.host)
    with _IMAP(opened, server.host) as client:
        if server.port == IMAP_STARTTLS_PORT:
            client.starttls(tls)
        client.login(credential.username, credential.secret.reveal())
        _checked(client.select(_quoted(folder), readonly=True))
        found = _checked(client.uid("SEARCH", wanted))
        uids = sorted((found[0] or b"").split(), key=int, reverse=True)[:limit]
        return [email for uid in uids for email in _emails(client, uid)]


def _emails(client: imaplib.IMAP4, uid: bytes) -> list[dict[str, Any]]:
    """The e-mail with this number; none if it has been deleted meanwhile."""
    said = _checked(client.uid("FETCH", uid.decode("ascii"), f"(UID BODY.PEEK[]<0.{MESSAGE_BYTES}>)"))
    parts = [part for part in said if isinstance(part, tuple)]
    return [email_of(uid.decode("ascii"), content) for _, content in parts]


def email_of(uid: str, content: bytes) -> dict[str, Any]:
    """An e-mail as the block gives it."""
    try:
        message = message_from_bytes(content)
    except RecursionError:
        raise BlockError(f"The e-mail {uid} has parts within parts without end.") from None
    header = {name: header_of(message, name) for name in ("Subject", "From", "To", "Cc", "Date")}
    return {
        "id": uid,
        "subject": header["Subject"],
        "from_": next(iter(addresses_in(header["From"])), ""),
        "to": addresses_in(header["To"]),
        "cc": addresses_in(header["Cc"]),
        "date": header["Date"],
        "body": text_of(message),
        "attachments": attachments_of(message),
    }


def _checked(answer: tuple[str, Any]) -> list[Any]:
    """Raises IMAP4.error for an answer that is not OK."""
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(data[0] if data else status)
    return list(data)


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _said(error: Exception) -> str:
    """What the server said, or what became of it."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{who}: {code} {_text(why)}" for who, (code, why) in error.recipients.items())
    if isinstance(error, imaplib.IMAP4.error) and error.args:
        return _text(error.args[0])
    return str(error) or type(error).__name__


def _text(said: Any) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
