"""daphne waits for its clients: what is sent to one that does not read is not piled up in memory.

It hands every frame to its transport at once; see `reliability.flowing`.
"""

import socket
import time
from typing import Any

from autobahn.websocket.types import ConnectionDeny
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from realtime.closing import TOO_MANY_FRAMES
from realtime.protocol import FRAME_MAX_BYTES
from reliability.flowing import Flowing, InTurn, Message

#: Frames of a client that nobody has looked at yet.
UNREAD_MAX = 200
#: Pings of a client within a second; usual clients ask every twenty seconds.
PINGS_MAX = 50
#: What the kernel keeps for a client; left to itself it would be megabytes.
KERNEL_BYTES = 128 * 1024
#: How long a client may wait for its turn to be let in.
DOOR_SECONDS = 30
#: How long a client may take to answer a close frame.
CLOSE_SECONDS = 5


class WindowedProtocol(Flowing, WebSocketProtocol):
    """One client of daphne. The transport keeps up to 64 KiB for it, and the one frame that did not fit."""

    _pings = 0
    _pings_since = 0.0

    def onConnect(self, request: Any) -> Any:  # noqa: N802
        self.maxMessagePayloadSize = self.maxFramePayloadSize = FRAME_MAX_BYTES
        self.failByDrop = False  # so that the client sees the code
        self.closeHandshakeTimeout = CLOSE_SECONDS
        self.transport.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        self.transport.unregisterProducer()  # that of the HTTP request
        self.transport.registerProducer(self, True)
        return super().onConnect(request)

    def onOpenHandshakeTimeout(self) -> None:  # noqa: N802
        """The client has said all there is to say, and waits for its turn."""

    def check_timeouts(self) -> None:
        """daphne would turn away who waits for five seconds, and by a status after which clients do not come again."""
        if self.state != self.STATE_CONNECTING:
            super().check_timeouts()
        elif self.duration() > DOOR_SECONDS:
            self.handshake_deferred.errback(ConnectionDeny(503, "Busy: try again later"))
            del self.handshake_deferred

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        if self.state != self.STATE_OPEN:
            return
        if self.application_queue.qsize() >= UNREAD_MAX:
            self._close(TOO_MANY_FRAMES.code, TOO_MANY_FRAMES.reason)
        else:
            super().onMessage(payload, isBinary)

    def onPing(self, payload: bytes) -> None:  # noqa: N802
        """autobahn would answer any number, whether or not somebody reads the answers."""
        if (now := time.monotonic()) - self._pings_since >= 1:
            self._pings, self._pings_since = 0, now
        self._pings += 1
        if self._pings < PINGS_MAX and self._flows.is_set():
            super().onPing(payload)
        elif self._pings == PINGS_MAX:
            self._close(TOO_MANY_FRAMES.code, TOO_MANY_FRAMES.reason)
            self.transport.pauseProducing()  # what else it sends is not read

    def handle_reply(self, message: Message) -> None:
        """daphne would leave out the headers of its answer and the reason of a close, and refuse codes of RFC 6455."""
        if message["type"] == "websocket.accept":
            headers = {name.decode(): value.decode() for name, value in message.get("headers", ())}
            self.serverAccept((message.get("subprotocol"), headers))
        elif message["type"] == "websocket.close" and self.state == self.STATE_OPEN:
            self._close(message.get("code") or 1000, message.get("reason") or "")
        else:
            super().handle_reply(message)

    def dropConnection(self, abort: bool = False) -> None:  # noqa: N802
        """Do not wait for ever for a client to take what is left."""
        super().dropConnection(abort)
        if not abort:
            self.factory.reactor.callLater(CLOSE_SECONDS, self.transport.abortConnection)

    def _close(self, code: int, reason: str) -> None:
        self.sendCloseFrame(code=code, reasonUtf8=reason.encode())


def send_window(application: Any) -> InTurn:
    """The application of sockets, whose `send` returns when there is room for the next frame."""
    return InTurn(application, kind=WindowedProtocol, fills=lambda message: message["type"] == "websocket.send")


def install() -> None:
    """Have daphne, should it be the server, make its protocols so."""
    WebSocketFactory.protocol = WindowedProtocol
