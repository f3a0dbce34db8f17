"""The MCP servers that the operator has set up on this machine: users name one, and never see its command."""

import asyncio
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from blocks.errors import BlockError
from blocks.mcp.session import McpSession
from blocks.mcp.stdio import StdioTransport
from reliability.sandbox import Bounds, SandboxError
from reliability.sandbox.bounds import MEBIBYTE
from reliability.sandbox.talking import talk

#: For one call, from the start of the server to its end.
BOUNDS = Bounds(
    cpu_seconds=60, wall_seconds=120, memory_bytes=2048 * MEBIBYTE, output_bytes=8 * MEBIBYTE, file_bytes=64 * MEBIBYTE
)
#: Calls of one event loop at the same time; others wait.
PLACES = 4

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class McpServers(Protocol):
    """The servers that blocks may use by their names."""

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Any:
        """What the tool gives, as `McpSession.call`. Raises BlockError."""


class NoMcpServers:
    """Implements McpServers where there are none."""

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Any:
        raise BlockError("There are no MCP servers here.")


class CommandServers:
    """Implements McpServers: each call in a process of its own, which ends with it. commands: by name."""

    def __init__(self, commands: Mapping[str, Sequence[str]], bounds: Bounds = BOUNDS) -> None:
        self._commands = commands
        self._bounds = bounds

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Any:
        command = self._commands.get(server)
        if command is None:
            there = ", ".join(sorted(self._commands)) or "none"
            raise BlockError(f"There is no MCP server called {server[:100]}; there is: {there}.")
        try:
            async with _places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(PLACES)):
                return await self._called(server, command, tool, arguments)
        except SandboxError as error:
            raise BlockError(f"The MCP server {server} was ended. {error}") from error

    async def _called(self, server: str, command: Sequence[str], tool: str, arguments: Mapping[str, Any]) -> Any:
        async with talk(command, self._bounds) as talking:
            session = McpSession(StdioTransport(talking, server))
            await session.begin()
            return await session.call(tool, arguments)


def parse_servers(entries: Iterable[str]) -> dict[str, Sequence[str]]:
    """`name=command` each, as `{name: its words}`. Raises ValueError for one of another form."""
    found: dict[str, Sequence[str]] = {}
    for entry in filter(None, (entry.strip() for entry in entries)):
        name, _, command = entry.partition("=")
        words = shlex.split(command)
        if not _NAME.fullmatch(name) or not words or not words[0].startswith("/"):
            raise ValueError(f"{entry!r} is not of the form name=/path/to/command with its arguments")
        found[name] = words
    return found
