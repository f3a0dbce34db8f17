"""Django behind a server, ASGI or WSGI."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections
from django.http import FileResponse
from django.http.response import HttpResponseBase

from config.serving.requests import AsgiRequest, WsgiRequest


class Wsgi(WSGIHandler):
    request_class = WsgiRequest


class Asgi(ASGIHandler):
    """What an answer is made of is read while it is sent; Django would gather it up first, however large it is."""

    request_class = AsgiRequest

    async def send_response(self, response: HttpResponseBase, send: Any) -> None:
        if self._may_take_long(response):
            # It needs the database no more, and a client that does not read must not keep a connection of it.
            await sync_to_async(close_old_connections)()
        if response.streaming and not response.is_async:  # type: ignore[attr-defined]
            response.streaming_content = _one_by_one(response.streaming_content)  # type: ignore[attr-defined]
        await super().send_response(response, send)

    def _may_take_long(self, response: HttpResponseBase) -> bool:
        if response.streaming:
            return isinstance(response, FileResponse)
        return len(response.content) > self.chunk_size  # type: ignore[attr-defined]


async def _one_by_one(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each is read in the request's own thread, when the one before has been taken."""

    def following() -> bytes | None:
        return next(parts, None)

    while (part := await sync_to_async(following)()) is not None:
        yield part
