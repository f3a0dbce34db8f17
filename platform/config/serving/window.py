"""daphne waits for those who ask: what a client does not read is not piled up in memory, and not kept for ever.

daphne hands every part of an answer to its transport at once, and the transport keeps what the client does not take.
Here a request listens to what Twisted tells every producer, when its transport is full and when it is empty again, and
whoever sends waits in between. Other ASGI servers wait by themselves. `realtime.send_window` does the same for sockets.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from typing import Any

from daphne import http_protocol
from django.conf import settings

logger = logging.getLogger(__name__)

#: What the kernel keeps for a client; left to itself it would be megabytes.
KERNEL_BYTES = 256 * 1024

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


class WindowedRequest(http_protocol.WebRequest):
    """A request at daphne. The transport keeps up to 64 KiB of its answer, and the one part that did not fit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._flows = asyncio.Event()
        self._flows.set()
        super().__init__(*args, **kwargs)

    async def room(self) -> None:
        """Wait until the transport can take more. A client that takes too long is cut off."""
        try:
            async with asyncio.timeout(settings.ANSWER_STALL_SECONDS):
                await self._flows.wait()
        except TimeoutError:
            logger.info("A client does not read its answer, and is cut off", extra={"action": "client_cut_off"})
            self._cut_off()

    def process(self) -> Any:
        """In a context of its own: daphne begins a request that has waited in the context of the one that has ended.

        It would share its thread, which ends too early; another would stay, with a connection to the database.
        """
        return Context().run(super().process)

    def handle_reply(self, message: Message) -> None:
        """daphne would send the second part of what answers a HEAD, and all that follow."""
        if self.finished or self.channel is None:
            return
        if message["type"] == "http.response.start" and self.producer is None:
            self._begin()
        super().handle_reply(message | {"body": b""} if self.method == b"HEAD" else message)

    def finish(self) -> None:
        """What is left goes out by itself. A connection that is kept open ends when nothing comes over it any more."""
        channel, was_sending = getattr(self, "channel", None), self.producer is not None
        if was_sending:
            self.unregisterProducer()
        super().finish()
        if was_sending and channel is not None and not channel.persistent:
            channel.abortTimeout = 0  # seconds that it would have besides
            channel.setTimeout(settings.ANSWER_STALL_SECONDS)

    def handle_exception(self, exception: BaseException) -> None:
        """An answer that breaks off must not look whole; daphne would begin another one inside of it, and fail."""
        if not self._response_started:
            super().handle_exception(exception)
        else:
            self._cut_off()

    def pauseProducing(self) -> None:  # noqa: N802
        """The transport is full."""
        self._flows.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """The transport is empty."""
        self._flows.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is gone."""
        self._flows.set()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self._flows.set()
        super().connectionLost(reason)

    def _cut_off(self) -> None:
        if (channel := getattr(self, "channel", None)) is not None:  # it has none once it has ended
            channel.forceAbortClient()

    def _begin(self) -> None:
        with suppress(AttributeError):  # TLS that ends here does not show its socket
            self.transport.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        self.registerProducer(self, True)


class AnswerWindow:
    """ASGI middleware: under daphne, `send` returns when there is room for the next part."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        request = next((one for one in getattr(send, "args", ()) if isinstance(one, WindowedRequest)), None)
        await self._application(scope, receive, send if request is None else _in_turn(send, request))


def _in_turn(send: Send, request: WindowedRequest) -> Send:
    async def send_and_wait(message: Message) -> None:
        await send(message)
        if message.get("more_body"):
            await request.room()

    return send_and_wait


def install() -> None:
    """Have daphne, should it be the server, make its requests so."""
    http_protocol.WebRequest = WindowedRequest
