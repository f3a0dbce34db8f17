"""A server on loopback that speaks as much HTTP as the client of OpenAI's interface needs."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

#: Put into the queue of an answer, it breaks the answer off.
BROKEN = object()


@dataclass
class ChatServer:
    """Answers each request with the next `(status, body)` of `answers`; a text is sent as it is, None hangs up.

    A body that is a queue is sent piece by piece as they are put into it, up to None; BROKEN breaks it off.

    requests: what came in, `{"path", "headers" with lower names, "body"}`.
    """

    base_url: str = ""
    answers: list[tuple[int, Any] | None] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    #: Sent with each answer.
    headers: dict[str, str] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read(reader):
                self.requests.append(request)
                answer = self.answers.pop(0)
                if answer is None:
                    break
                if isinstance(answer[1], asyncio.Queue):
                    await _send_pieces(writer, answer[1])
                    break
                writer.write(_response(*answer, self.headers))
                await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def chat_server(
    *answers: tuple[int, Any] | None, port: int = 0, headers: dict[str, str] | None = None
) -> AsyncIterator[ChatServer]:
    served = ChatServer(answers=list(answers), headers=headers or {})
    server = await asyncio.start_server(served.serve, "127.0.0.1", port)
    served.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield served
    finally:
        server.close()


def completion(text: str | None = "Hello!", **message: Any) -> dict[str, Any]:
    """A reply of OpenAI's interface."""
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 0,
        "model": "gpt-4o-2024",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text, **message}}
        ],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15},
    }


def calling(*calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """A reply that calls tools: `(name, arguments)`."""
    functions = [{"name": name, "arguments": json.dumps(arguments)} for name, arguments in calls]
    tool_calls = [
        {"id": f"call_{number}", "type": "function", "function": function} for number, function in enumerate(functions)
    ]
    return completion(None, tool_calls=tool_calls)


def streamed(*pieces: str | dict[str, Any], usage: dict[str, int] | None = None) -> str:
    """A reply that comes in pieces: texts, or parts of a message. usage: unless it is that of `completion`."""
    return "".join([*map(piece_of_stream, pieces), end_of_stream(usage)])


def piece_of_stream(piece: str | dict[str, Any]) -> str:
    delta = {"content": piece} if isinstance(piece, str) else piece
    return _event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})


def end_of_stream(usage: dict[str, int] | None = None) -> str:
    return _event({"choices": [], "usage": usage or completion()["usage"]}) + "data: [DONE]\n\n"


def refusal(message: str, code: str | None = None) -> dict[str, Any]:
    """An error of OpenAI's interface."""
    return {"error": {"message": message, "code": code, "type": "error", "param": None}}


def _event(content: dict[str, Any]) -> str:
    frame = {"id": "chat-1", "object": "chat.completion.chunk", "created": 0, "model": "gpt-4o-2024"}
    return f"data: {json.dumps(frame | content)}\n\n"


async def _send_pieces(writer: asyncio.StreamWriter, pieces: "asyncio.Queue[Any]") -> None:
    writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    while (piece := await pieces.get()) is not BROKEN:
        text = (end_of_stream() if piece is None else piece_of_stream(piece)).encode()
        writer.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
        if piece is None:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            return
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return {"path": first.split()[1], "headers": headers, "body": json.loads(body)}


def _response(status: int, body: Any, headers: dict[str, str]) -> bytes:
    content = body if isinstance(body, str) else json.dumps(body)
    kind = {"<": "text/html", "d": "text/event-stream"}.get(content[:1], "application/json")
    head = [
        f"HTTP/1.1 {status} X",
        f"Content-Type: {kind}",
        f"Content-Length: {len(content.encode())}",
        "Retry-After-Ms: 1",  # before the client tries again
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*head, "", content]).encode()
