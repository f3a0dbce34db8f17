"""The socket at /ws."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any
from uuid import uuid4

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer
from channels.layers import get_channel_layer
from channels.utils import await_many_dispatch

from realtime.authentication import address, at_handshake
from realtime.closing import (
    FAULT,
    FRAME_TOO_LARGE,
    NOBODY,
    TOO_MANY_FRAMES,
    TOO_MANY_SOCKETS,
    TOO_SLOW,
    Closing,
)
from realtime.database import in_database_thread
from realtime.figures import frames_dropped, sockets
from realtime.following import Following
from realtime.guessing import admitted
from realtime.limits import Limits
from realtime.naming import Name
from realtime.outbox import Outbox, TooSlow
from realtime.pace import Pace
from realtime.protocol import (
    FRAME_MAX_BYTES,
    SUBPROTOCOL,
    Authenticate,
    Method,
    Refusal,
    Request,
    acknowledgement,
    parse,
    size_of,
)
from realtime.turns import doors, exits
from realtime.visitors import Visitor
from realtime.visits import Visit

logger = logging.getLogger(__name__)

#: Nobody at the door waits longer for Redis, should that hang; what is not done by then is done by the way.
DOOR_SECONDS = 1

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
SendMessage = Callable[[Message], Awaitable[None]]


class LiveConsumer(AsyncConsumer):
    """One client. Nothing here waits until it reads: what is for it goes through its outbox."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._pace = Pace(at_once=self._limits.frames_at_once, per_second=self._limits.frames_per_second)
        self._outbox = Outbox(self._send_frame, self._limits)
        self._is_accepted = False
        self._closing: Closing | None = None
        self._visit: Visit | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Any, receive: Receive, send: SendMessage) -> None:
        """Serve a client. While Redis is away nobody wakes it, and what it follows is only compared with the rows."""
        self.scope, self.base_send, self._name = scope, send, Name(scope)
        self.channel_layer, self.channel_name = get_channel_layer(), f"sluice.socket.{uuid4().hex}"
        self._told: asyncio.Queue[bytes] = asyncio.Queue()
        self.channel_layer.channels[self.channel_name] = self._told
        with self._name.bound():
            try:
                with suppress(StopConsumer):
                    await await_many_dispatch([receive, self._hear], self.dispatch)
            finally:
                await asyncio.shield(self._clean_up())  # the server gives up on those who take long

    async def dispatch(self, message: Message) -> None:
        """Handle a message without the thread hop that Channels makes for the database before each one."""
        try:
            await getattr(self, get_handler_name(message))(message)
        except TooSlow:
            await self._end(TOO_SLOW)

    async def websocket_connect(self, message: Message) -> None:
        """Who gives up before it is their turn is gone at once, and takes nobody's."""
        self._begin(self._open())

    async def _open(self) -> None:
        """Close the socket after a fault, of which nobody else would hear."""
        try:
            await self._receive_client()
        except Exception:
            logger.exception("A handshake failed", extra={"action": "handshake_failed"})
            await self.send({"type": "websocket.close", "code": FAULT.code, "reason": FAULT.reason})

    async def _receive_client(self) -> None:
        """Who is known joins their group before the socket is accepted, so that they miss nothing from then on.

        A close code is only seen on a socket that was accepted.
        """
        async with doors.next():
            found = await at_handshake(self.scope)
            match found:
                case Visitor():
                    await self._shortly(self._let_in(found))
                case Closing():
                    await self._end(found)
                case None:
                    self._begin(self._expect_sign_in())
            await self._accept()

    async def websocket_receive(self, message: Message) -> None:
        content = message.get("text")
        frame: str | bytes = message.get("bytes") or b"" if content is None else content
        if self._closing is not None:
            return
        if size_of(frame) > FRAME_MAX_BYTES:
            await self._end(FRAME_TOO_LARGE)
        elif not self._pace.allows(time.monotonic()):
            await self._end(TOO_MANY_FRAMES)
        elif self._visit is None:
            await self._sign_in(parse(frame))
        else:
            await self._visit.answer(parse(frame))

    async def websocket_disconnect(self, message: Message) -> None:
        raise StopConsumer

    async def wake(self, message: Message) -> None:
        """The channel layer says that an execution has changed."""
        if self._visit is not None:
            self._visit.wake(message)

    async def text(self, message: Message) -> None:
        """The channel layer brings a piece of what a block is writing."""
        if self._visit is not None:
            self._visit.show(message)

    async def notification(self, message: Message) -> None:
        """The channel layer brings something for all sockets of the user."""
        if self._visit is not None:
            self._visit.notify(message)

    async def access_ended(self, message: Message) -> None:
        """The channel layer says that something of what lets the user in is no good any more."""
        if self._visit is not None:
            await self._visit.check()

    async def _hear(self) -> Message:
        """What the channel layer has for this socket. That comes to its groups; its channel is not known to Redis."""
        message: Message = self.channel_layer.deserialize(await self._told.get())
        return message

    async def _accept(self) -> None:
        subprotocol = SUBPROTOCOL if SUBPROTOCOL in self.scope.get("subprotocols", ()) else None
        await self.send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": self._name.headers})
        self._is_accepted = True
        sockets.inc()
        if self._closing is not None:
            await self._send_close(self._closing)
        self._begin(self._send_all())

    async def _sign_in(self, request: Request | Refusal) -> None:
        """Nothing else is answered before."""
        if not isinstance(request, Authenticate):
            await self._end(NOBODY)
            return
        async with doors.next():
            found = await in_database_thread(admitted, request.proof, address(self.scope))
            if isinstance(found, Visitor):
                await self._shortly(self._let_in(found))
        if isinstance(found, Closing):
            await self._end(found)
        elif self._closing is None:
            self._outbox.offer(acknowledgement(Method.AUTHENTICATE))

    async def _let_in(self, visitor: Visitor) -> None:
        self._name.user.id = str(visitor.user.pk)
        following = Following(layer=self.channel_layer, channel_name=self.channel_name, failed=lambda: self._end(FAULT))
        self._visit = Visit(visitor, outbox=self._outbox, following=following, limits=self._limits, close=self._end)
        if not await self._visit.begin():
            await self._end(TOO_MANY_SOCKETS)

    async def _expect_sign_in(self) -> None:
        await asyncio.sleep(self._limits.sign_in_seconds)
        if self._visit is None:
            await self._end(NOBODY)

    async def _send_all(self) -> None:
        try:
            await self._outbox.run()
        except TooSlow:
            await self._end(TOO_SLOW)

    async def _send_frame(self, message: Message) -> None:
        if self._closing is None:
            await self.send(message)

    async def _end(self, closing: Closing) -> None:
        """Close the socket, as soon as it is accepted. What waits to be sent is dropped."""
        if self._closing is None:
            self._closing = closing
            if closing is TOO_SLOW:
                frames_dropped.inc(self._outbox.waiting)
            if self._is_accepted:
                await self._send_close(closing)

    async def _send_close(self, closing: Closing) -> None:
        await self.send({"type": "websocket.close", "code": closing.code, "reason": closing.reason})

    async def _shortly(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin it, and wait until it is done, but not for ever."""
        begun = self._begin(work)
        await asyncio.wait({begun}, timeout=DOOR_SECONDS)
        if begun.done():
            begun.result()
        return begun

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def _clean_up(self) -> None:
        if self._is_accepted:
            sockets.dec()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._visit is not None:
            async with exits.next():
                ending = await self._shortly(self._visit.end())
            await ending
        self.channel_layer.channels.pop(self.channel_name, None)
