"""daphne waits for those who ask: what a client does not read is not piled up in memory, and not kept for ever.

It hands every part of an answer to its transport at once; see `reliability.flowing`.
"""

import asyncio
import logging
import socket
from contextlib import suppress
from contextvars import Context
from typing import Any

from daphne import http_protocol
from django.conf import settings

from reliability.flowing import Flowing, InTurn, Message

logger = logging.getLogger(__name__)

#: What the kernel keeps for a client; left to itself it would be megabytes.
KERNEL_BYTES = 256 * 1024


class WindowedRequest(Flowing, http_protocol.WebRequest):
    """A request at daphne. The transport keeps up to 64 KiB of its answer, and the one part that did not fit."""

    async def room(self) -> None:
        """Wait until the transport can take more. A client that takes too long is cut off."""
        try:
            async with asyncio.timeout(settings.ANSWER_STALL_SECONDS):
                await super().room()
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
        """Nor is read what the client sends meanwhile: Twisted would keep all of it."""
        super().pauseProducing()
        if (channel := getattr(self, "channel", None)) is not None:
            channel._networkProducer.pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802
        super().resumeProducing()
        if (channel := getattr(self, "channel", None)) is not None:
            channel._networkProducer.resumeProducing()

    def _cut_off(self) -> None:
        if (channel := getattr(self, "channel", None)) is not None:  # it has none once it has ended
            channel.forceAbortClient()

    def _begin(self) -> None:
        with suppress(AttributeError):  # TLS that ends here does not show its socket
            self.transport.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        self.registerProducer(self, True)
        if self.channel._waitingForTransport:  # with the answer before
            self._flows.clear()


def answer_window(application: Any) -> InTurn:
    """The application of requests, whose `send` returns when there is room for the next part of an answer."""
    return InTurn(application, kind=WindowedRequest, fills=_more_follows)


def _more_follows(message: Message) -> bool:
    return message["type"] == "http.response.start" or bool(message.get("more_body"))


def install() -> None:
    """Have daphne, should it be the server, make its requests so."""
    http_protocol.WebRequest = WindowedRequest
