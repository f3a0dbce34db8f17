"""The Model Context Protocol, as far as calling one tool needs it. How messages get to the server is left to others.

Source: modelcontextprotocol.io, specification 2025-06-18, "Lifecycle" and "Tools".
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import orjson

from blocks.errors import BlockError

PROTOCOL_VERSION = "2025-06-18"
#: Characters of what a server says of its own trouble.
SHOWN = 500

_CLIENT = {"name": "sluice", "version": "1"}

Message = Mapping[str, Any]


class Transport(Protocol):
    """The way to one server."""

    async def exchange(self, message: Message) -> Sequence[Message]:
        """Send one; what the server says to it. Raises BlockError."""

    def agreed(self, version: str) -> None:
        """From now on the server is spoken to in this version of the protocol."""


class McpSession:
    """A conversation with one server. All of it raises BlockError."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._number = 0

    async def begin(self) -> None:
        """Agree on the protocol."""
        asked = {"protocolVersion": PROTOCOL_VERSION, "capabilities": {}, "clientInfo": _CLIENT}
        agreed = await self._ask("initialize", asked)
        self._transport.agreed(str(agreed.get("protocolVersion") or PROTOCOL_VERSION))
        await self._transport.exchange({"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Any:
        """What the tool gives: its structured content, else the parts of its content; a single one by itself."""
        result = await self._ask("tools/call", {"name": tool, "arguments": dict(arguments)})
        told = result.get("content")
        content = [part for part in told if isinstance(part, dict)] if isinstance(told, list) else []
        if result.get("isError"):
            said = " ".join(str(part.get("text", "")) for part in content if part.get("type") == "text")
            raise BlockError(f"The tool {tool} failed: {said[:SHOWN] or 'it gave no reason.'}")
        if result.get("structuredContent") is not None:
            return result["structuredContent"]
        values = [_value(part) for part in content]
        return values[0] if len(values) == 1 else values or None

    async def _ask(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._number += 1
        asked = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": dict(params)}
        for message in await self._transport.exchange(asked):
            if message.get("id") == self._number and ("result" in message or "error" in message):
                return _result(message, method)
        raise BlockError(f"The MCP server did not answer {method}.")


def _value(part: Mapping[str, Any]) -> Any:
    """Of a text what it means, if it is JSON; of a resource that is enclosed, the resource."""
    if part.get("type") == "resource":
        return part.get("resource")
    if part.get("type") != "text":
        return dict(part)
    text = str(part.get("text", ""))
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _result(message: Message, method: str) -> dict[str, Any]:
    error = message.get("error")
    if error is not None:
        said = error.get("message") if isinstance(error, dict) else error
        raise BlockError(f"The MCP server refused {method}: {str(said)[:SHOWN]}")
    result = message.get("result")
    if not isinstance(result, dict):
        raise BlockError(f"The MCP server answered {method} in a form that is not documented.")
    return result
