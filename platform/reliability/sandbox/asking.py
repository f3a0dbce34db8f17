"""What a program in the sandbox may ask of the world. It has no network: it writes its requests to a socket, and
somebody outside asks in its place.

Requests and answers are frames: four bytes with its length, then JSON. A request has {number, method, url, headers,
params, seconds}; its answer {number, status, headers, body (in base64), url} or {number, error}.
"""

import asyncio
import base64
import contextlib
import json
import math
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from reliability.errors import SluiceError
from reliability.sandbox.bounds import MEBIBYTE

#: Requests of one program, those under way at the same time, the bytes of one, and of the body of an answer.
MOST_REQUESTS = 1_000
AT_ONCE = 16
REQUEST_BYTES = 65_536
ANSWER_BYTES = MEBIBYTE
MOST_SECONDS = 30.0
#: A program may run twice, so it only reads.
METHODS = frozenset({"GET", "HEAD"})
LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a program; nothing in it can be trusted."""

    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    """url: where it came from in the end."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)


#: Asks in the place of the program. Raises a SluiceError, whose words the program is told.
Ask = Callable[[Asked], Awaitable[Answered]]


@asynccontextmanager
async def asking(ask: Ask) -> AsyncIterator[socket.socket]:
    """Give the end of the socket that is for the program. What is under way at the end is given up."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    serving = asyncio.create_task(_serve(reader, writer, ask))
    try:
        with theirs:
            yield theirs
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    if not serving.cancelled() and (fault := serving.exception()) is not None:
        raise fault


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ask: Ask) -> None:
    """Until the program closes its end, or writes something else than frames; then it is told no more."""
    places, count = asyncio.Semaphore(AT_ONCE), 0
    try:
        async with asyncio.TaskGroup() as group:
            while (request := await _next(reader)) is not None:
                count += 1
                await places.acquire()
                answering = group.create_task(_answer(request, writer, ask, is_allowed=count <= MOST_REQUESTS))
                answering.add_done_callback(lambda _: places.release())
    finally:
        writer.close()


async def _next(reader: asyncio.StreamReader) -> Any:
    """A request; None after the last."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError, RecursionError):
        length = int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")
        return json.loads(await reader.readexactly(length)) if length <= REQUEST_BYTES else None
    return None


async def _answer(request: Any, writer: asyncio.StreamWriter, ask: Ask, *, is_allowed: bool) -> None:
    try:
        told = await _told(request, ask, is_allowed=is_allowed)
    except SluiceError as error:
        told = {"error": error.message}
    content = json.dumps({"number": request.get("number") if isinstance(request, dict) else None, **told}).encode()
    with contextlib.suppress(ConnectionError):  # it has ended
        writer.write(len(content).to_bytes(LENGTH_BYTES, "big") + content)
        await writer.drain()


async def _told(request: Any, ask: Ask, *, is_allowed: bool) -> dict[str, Any]:
    if not is_allowed:
        return {"error": f"A program may ask {MOST_REQUESTS:,} times."}
    asked = read(request)
    if isinstance(asked, str):
        return {"error": asked}
    answered = await ask(asked)
    if len(answered.body) > ANSWER_BYTES:
        return {"error": f"The answer has {len(answered.body):,} bytes; a program may read {ANSWER_BYTES:,}."}
    body = base64.b64encode(answered.body).decode()
    return {"status": answered.status, "headers": dict(answered.headers), "body": body, "url": answered.url}


def read(request: Any) -> Asked | str:
    """What is asked for, or why that cannot be asked."""
    match request:
        case {
            "method": str(method),
            "url": str(url),
            "headers": dict(headers),
            "params": dict(params),
            "seconds": int() | float() as seconds,
        } if not math.isnan(seconds):
            pass
        case _:
            return "The request is not of the form in which requests are made."
    if method not in METHODS:
        return f"A program may only read ({', '.join(sorted(METHODS))}), not {method[:20]}."
    texts = (_texts(headers), _texts(params))
    return Asked(method, url, *texts, seconds=min(max(seconds, 0.1), MOST_SECONDS))


def _texts(values: dict[Any, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in values.items()}
