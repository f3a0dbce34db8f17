"""How blocks reach the world over HTTP. The engine opens the door (`reliability.net`); blocks only ask."""

import json as json_module
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

from blocks.errors import BlockError
from reliability.secrets import Secret

#: The value of a header, secret or not.
HeaderValue = str | Secret


@dataclass(frozen=True, slots=True)
class File:
    """One part of a form that carries a file."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server has answered. headers: by their names in lower case.  url: of the last hop."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text, by the charset that the server names, else UTF-8; what fits neither is replaced."""
        _, _, charset = self.headers.get("content-type", "").partition("charset=")
        try:
            return self.body.decode(charset.split(";")[0].strip().strip('"') or "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Raises BlockError if it is none."""
        try:
            return json_module.loads(self.body)
        except (ValueError, RecursionError):
            raise BlockError(f"{urlsplit(self.url).hostname} did not answer with JSON.") from None


class Web(Protocol):
    """The door outward: only public addresses, bounded in size, time and redirects. See docs/outward.md."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, HeaderValue] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, File] | None = None,
        content: bytes | None = None,
        hosts: frozenset[str] | None = None,
        timeout_seconds: float = 30,
    ) -> Answer:
        """Ask once and follow redirects. At most one of json, form (with files) and content is sent.

        hosts: the only ones it may go to, at every hop; `*.example.org` stands for all below. None for any.
        A redirect to another origin takes only headers that say nothing of who asks, and no body; from http to https of
        the same host it takes the body.
        Raises BlockError: an address that is not allowed, no connection, too slow, too large.
        """

    async def connect(
        self, host: str, port: int, *, hosts: frozenset[str] | None = None, timeout_seconds: float = 30
    ) -> socket.socket:
        """A connected socket whose address was checked, for smtplib and imaplib in a thread; its user closes it.

        It is blocking, and each of its operations takes `timeout_seconds` at most. TLS is its user's to start.
        Raises BlockError as `request` does. Ports are those of OUTWARD_MAIL_PORTS.
        """


class ClosedWeb:
    """Implements Web where nothing may leave."""

    async def request(self, method: str, url: str, **options: Any) -> NoReturn:
        raise BlockError("Nothing may leave from here.")

    async def connect(self, host: str, port: int, **options: Any) -> NoReturn:
        raise BlockError("Nothing may leave from here.")
