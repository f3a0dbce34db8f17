"""The Model Context Protocol, as far as calling one tool needs it: JSON-RPC over the door.

Source: modelcontextprotocol.io, specification 2025-06-18, "Streamable HTTP" and "Tools".
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from blocks.errors import BlockError
from blocks.web import Answer, HeaderValue, Web

PROTOCOL_VERSION = "2025-06-18"
#: Characters of what a server says of its own trouble.
SHOWN = 500

_SESSION = "mcp-session-id"
_CLIENT = {"name": "sluice", "version": "1"}
_ACCEPTED = 202


class McpSession:
    """A conversation with one server. headers: those that let us in.  hosts: the only ones that they may go to."""

    def __init__(
        self,
        web: Web,
        url: str,
        headers: Mapping[str, HeaderValue],
        *,
        hosts: frozenset[str] | None,
        timeout_seconds: float,
    ) -> None:
        self._web = web
        self._url = url
        self._headers: dict[str, HeaderValue] = {"Accept": "application/json, text/event-stream", **headers}
        self._hosts = hosts
        self._timeout_seconds = timeout_seconds
        self._number = 0

    async def begin(self) -> None:
        """Agree on the protocol. Raises BlockError, as all of these do."""
        asked = {"protocolVersion": PROTOCOL_VERSION, "capabilities": {}, "clientInfo": _CLIENT}
        agreed = await self._call("initialize", asked)
        self._headers["MCP-Protocol-Version"] = str(agreed.get("protocolVersion") or PROTOCOL_VERSION)
        await self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Any:
        """What the tool gives: its structured content, else its text, else all of its content."""
        result = await self._call("tools/call", {"name": tool, "arguments": dict(arguments)})
        content = [part for part in result.get("content") or [] if isinstance(part, dict)]
        texts = [str(part.get("text", "")) for part in content if part.get("type") == "text"]
        if result.get("isError"):
            raise BlockError(f"The tool {tool} failed: {' '.join(texts)[:SHOWN] or 'it gave no reason.'}")
        if result.get("structuredContent") is not None:
            return result["structuredContent"]
        return "\n".join(texts) if len(texts) == len(content) else content

    async def _call(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._number += 1
        answer = await self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": dict(params)})
        for message in _messages(answer):
            if message.get("id") == self._number and ("result" in message or "error" in message):
                return _result(message, method)
        raise BlockError(f"The MCP server did not answer {method}.")

    async def _send(self, message: Mapping[str, Any]) -> Answer:
        answer = await self._web.request(
            "POST",
            self._url,
            headers=self._headers,
            json=message,
            hosts=self._hosts,
            timeout_seconds=self._timeout_seconds,
        )
        if not answer.is_ok:
            said = " ".join(answer.text.split())[:SHOWN]
            raise BlockError(f"The MCP server answered with status {answer.status}: {said}", status=answer.status)
        if session := answer.headers.get(_SESSION):
            self._headers["Mcp-Session-Id"] = session
        return answer


def _messages(answer: Answer) -> Iterator[dict[str, Any]]:
    """An answer is one message, a list of them, or a stream of events with one in each."""
    if answer.status == _ACCEPTED and not answer.body:
        return
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        texts = list(_events(answer.body.decode("utf-8", "replace")))
    else:
        texts = [answer.text]
    for text in texts:
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise BlockError("The MCP server did not answer with JSON.") from None
        yield from (one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict))


def _events(stream: str) -> Iterator[str]:
    """The data of each server-sent event. Source: HTML standard, section 9.2."""
    for event in stream.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        lines = [line[5:].removeprefix(" ") for line in event.split("\n") if line.startswith("data:")]
        if lines:
            yield "\n".join(lines)


def _result(message: Mapping[str, Any], method: str) -> dict[str, Any]:
    error = message.get("error")
    if error is not None:
        said = error.get("message") if isinstance(error, dict) else error
        raise BlockError(f"The MCP server refused {method}: {str(said)[:SHOWN]}")
    result = message.get("result")
    if not isinstance(result, dict):
        raise BlockError(f"The MCP server answered {method} in a form that is not documented.")
    return result
