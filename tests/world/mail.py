"""A mail server: SMTP (RFC 5321, with STARTTLS and AUTH PLAIN) and IMAP (RFC 3501), as much as clients ask for here."""

import asyncio
import base64
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from blocks.outward import DoorWeb
from reliability.net.door import Door
from reliability.net.rules import PrivateHosts, Rules, parse_services
from tests.world.certificates import certificate_for

SMTP_HOST, IMAP_HOST = "smtp.example.org", "imap.example.org"
ADA = "ada@example.org"


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class MailServer:
    """password: of Ada.  inbox: `{number: content}`, with the unread ones in `unread`.  sent: what came in by SMTP.

    said: the lines of clients, in order.  refused: recipients that it does not take.  offers_tls: by STARTTLS.
    connected, left: a client has come, and gone.
    """

    password: str
    context: ssl.SSLContext
    inbox: dict[int, bytes] = field(default_factory=dict)
    unread: set[int] = field(default_factory=set)
    sent: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    refused: frozenset[str] = frozenset()
    offers_tls: bool = True
    imap_greeting: bytes = b"* OK ready\r\n"
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    smtp_port: int = 0
    imap_port: int = 0

    def web(self) -> DoorWeb:
        """The real door, as it stands with this server at both of its names."""
        services = parse_services(
            [f"{SMTP_HOST}=http://127.0.0.1:{self.smtp_port}", f"{IMAP_HOST}=http://127.0.0.1:{self.imap_port}"]
        )
        return DoorWeb(Door(Rules(private_hosts=PrivateHosts(), services=services, max_seconds=5)))

    def served(self, serve: Serve) -> Serve:
        """A client that hangs up is no news."""

        async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connected.set()
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await serve(reader, writer)
            writer.close()
            self.left.set()

        return handled

    async def smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_safe, sender, recipients = False, "", []
        await _say(writer, "220 ready")
        while line := await self._heard(reader):
            verb, rest = line[:4].upper(), line[5:]
            if verb in ("EHLO", "HELO"):
                extra = "250 AUTH PLAIN" if is_safe else "250-STARTTLS\r\n250 8BITMIME"
                await _say(writer, f"250-hello\r\n{extra if self.offers_tls else '250 8BITMIME'}")
            elif verb == "STAR":
                await _say(writer, "220 go on")
                await writer.start_tls(self.context)
                is_safe = True
            elif verb == "AUTH":
                wanted = base64.b64encode(f"\0{ADA}\0{self.password}".encode()).decode()
                good = line == f"AUTH PLAIN {wanted}"
                await _say(writer, "235 welcome" if good else f"535 {rest} is wrong: {self.password}")
            elif verb == "MAIL":
                sender, recipients = _address(line), []
                await _say(writer, "250 ok")
            elif verb == "RCPT":
                if _address(line) in self.refused:
                    await _say(writer, "550 No such person here")
                else:
                    recipients.append(_address(line))
                    await _say(writer, "250 ok")
            elif verb == "DATA":
                await _say(writer, "354 go on")
                content = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
                self.sent.append(message_from_bytes(content, policy=policy.default))
                self.envelopes.append((sender, recipients))
                await _say(writer, "250 ok")
            else:
                await _say(writer, "221 bye" if verb == "QUIT" else "250 ok")

    async def imap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.imap_greeting)
        while line := await self._heard(reader):
            tag, verb, *_ = line.split()
            for part in self._imap_answer(line):
                writer.write(part)
            if verb == "LOGIN" and f'LOGIN {ADA} "{self.password}"' not in line:
                await _say(writer, f"{tag} NO {self.password} is wrong")
            elif verb == "EXAMINE" and line.split(" ", 2)[2] != "INBOX" and '"INBOX"' not in line:
                await _say(writer, f"{tag} NO no such folder")
            else:
                await _say(writer, f"{tag} OK done")

    def _imap_answer(self, line: str) -> list[bytes]:
        """What comes before the last line."""
        if " CAPABILITY" in line:
            return [b"* CAPABILITY IMAP4rev1\r\n"]
        if " LOGOUT" in line:
            return [b"* BYE\r\n"]
        if " UID SEARCH " in line:
            found = sorted(self.unread) if "UNSEEN" in line else sorted(self.inbox)
            return [f"* SEARCH {' '.join(map(str, found))}".rstrip().encode() + b"\r\n"]
        if match := re.search(r" UID FETCH (\d+) \(UID BODY\.PEEK\[\]<0\.(\d+)>\)", line):
            number, most = int(match[1]), int(match[2])
            content = self.inbox[number][:most]
            head = f"* 1 FETCH (UID {number} BODY[]<0> {{{len(content)}}}\r\n".encode()
            return [head, content, b")\r\n"]
        return [b"* 2 EXISTS\r\n"] if " EXAMINE " in line else []

    async def _heard(self, reader: asyncio.StreamReader) -> str:
        line = (await reader.readline()).decode().rstrip("\r\n")
        self.said.append(line)
        return line


@asynccontextmanager
async def mail_server(password: str, folder: Path) -> AsyncIterator[MailServer]:
    """folder: for the certificates; `authority.pem` in it is what clients must trust."""
    certificate = certificate_for([SMTP_HOST, IMAP_HOST], folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    made = MailServer(password, context)
    smtp = await asyncio.start_server(made.served(made.smtp), "127.0.0.1", 0)
    imap = await asyncio.start_server(made.served(made.imap), "127.0.0.1", 0, ssl=context)
    made.smtp_port, made.imap_port = (server.sockets[0].getsockname()[1] for server in (smtp, imap))
    try:
        yield made
    finally:
        smtp.close()
        imap.close()


async def _say(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(line.encode() + b"\r\n")
    await writer.drain()


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]
