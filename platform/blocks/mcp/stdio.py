"""MCP over the standard input and output of a process: a message is a line.

Source: modelcontextprotocol.io, specification 2025-06-18, "stdio".
"""

import json
from collections.abc import Sequence
from typing import Any

from blocks.errors import BlockError
from blocks.mcp.session import Message
from reliability.sandbox.talking import Talk

_UNKNOWN_METHOD = -32601


class StdioTransport:
    """Implements blocks.mcp.session.Transport. server: its name, for errors."""

    def __init__(self, talk: Talk, server: str) -> None:
        self._talk = talk
        self._server = server

    async def exchange(self, message: Message) -> Sequence[Message]:
        await self._talk.say(json.dumps(message).encode())  # which can write any number and text
        return [await self._answer(message["id"])] if "id" in message else []

    def agreed(self, version: str) -> None:
        return None

    async def _answer(self, id: int) -> Message:
        """What it says on the way there is passed over; what it asks is answered."""
        while line := await self._talk.hear():
            message = _read(line)
            if "method" in message:
                await self._reply(message)
            elif message.get("id") == id:
                return message
        raise BlockError(f"The MCP server {self._server} ended before it had answered.")

    async def _reply(self, message: Message) -> None:
        """It may ask whether we are there. We offer nothing else."""
        if message.get("id") is None:
            return
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
        if message["method"] == "ping":
            reply["result"] = {}
        else:
            reply["error"] = {"code": _UNKNOWN_METHOD, "message": "This client offers no methods."}
        await self._talk.say(json.dumps(reply).encode())


def _read(line: bytes) -> Message:
    """Nothing for what is no message: some servers print other things, too. Halves of surrogate pairs are read."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}
