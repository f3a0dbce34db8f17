"""MCP over HTTP, through the door.

Source: modelcontextprotocol.io, specification 2025-06-18, "Streamable HTTP".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from blocks.errors import BlockError
from blocks.mcp.session import SHOWN, Message
from blocks.web import Answer, HeaderValue, Web

_SESSION = "mcp-session-id"
_ACCEPTED = 202


class HttpTransport:
    """Implements blocks.mcp.session.Transport.

    headers: those that let us in.  hosts: the only ones that they may go to.
    """

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

    async def exchange(self, message: Message) -> Sequence[Message]:
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
        return list(_messages(answer)) if "id" in message else []

    def agreed(self, version: str) -> None:
        self._headers["MCP-Protocol-Version"] = version


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
