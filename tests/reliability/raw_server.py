"""Servers on loopback that write bytes of our choice, and count who comes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

#: Loopback addresses: the one that the tests' door may ask, and the one that nobody may.
ALLOWED, FORBIDDEN = "127.0.0.2", "127.0.0.1"

Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class RawServer:
    """answers: what each request gets, by its path; `answer` for every other.  heads: what came in, as text."""

    answer: bytes | Answering = b""
    answers: dict[str, bytes] = field(default_factory=dict)
    host: str = ALLOWED
    port: int = 0
    connections: int = 0
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await _head(reader):
                self.heads.append(head)
                self.bodies.append(await reader.readexactly(_length(head)))
                await self._write(head.split()[1], writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _write(self, path: str, writer: asyncio.StreamWriter) -> None:
        answer = self.answers.get(path, self.answer)
        if callable(answer):
            await answer(writer)
        else:
            writer.write(answer)
            await writer.drain()


@asynccontextmanager
async def raw_server(answer: bytes | Answering = b"", *, host: str = ALLOWED) -> AsyncIterator[RawServer]:
    """host: `::` for every address of this machine, of both kinds."""
    raw = RawServer(answer, host=host)
    everywhere = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) if host == "::" else None
    where: dict[str, Any] = {"sock": everywhere} if everywhere else {"host": host, "port": 0}
    server = await asyncio.start_server(raw.serve, **where, limit=2**21)
    raw.port = server.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        server.close()


def response(body: bytes = b"", *headers: str, status: int = 200) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(location: str, status: int = 302) -> bytes:
    return response(b"", f"Location: {location}", status=status)


async def _head(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return ""


def _length(head: str) -> int:
    lengths = [line.split(":")[1] for line in head.lower().splitlines() if line.startswith("content-length")]
    return int(lengths[0]) if lengths else 0
