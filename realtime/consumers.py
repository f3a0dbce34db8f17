"""The socket at /ws."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer

from realtime.authentication import at_handshake
from realtime.closing import FAULT, FRAME_TOO_LARGE, NOBODY, TOO_MANY_FRAMES, TOO_SLOW, Closing
from realtime.connection import AWAY
from realtime.database import in_database_thread
from realtime.following import Following
from realtime.limits import Limits
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
from realtime.visitors import Visitor, visitor_for
from realtime.visits import Visit

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
SendMessage = Callable[[Message], Awaitable[None]]


class LiveConsumer(AsyncConsumer):
    """One client. Nothing here waits until it reads: what is for it goes through its outbox."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.is_open = False
        self._limits = limits or Limits()
        self._pace = Pace(at_once=self._limits.frames_at_once, per_second=self._limits.frames_per_second)
        self._outbox = Outbox(self._send_frame, self._limits)
        self._is_closing = False
        self._visit: Visit | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Any, receive: Receive, send: SendMessage) -> None:
        """Serve a client. While Redis is away nobody wakes it, and what it follows is only compared with the rows."""
        try:
            await self._serve(scope, receive, send)
        finally:
            await asyncio.shield(self._clean_up())  # the server gives up on those who take long

    async def dispatch(self, message: Message) -> None:
        """Handle a message without the thread hop that Channels makes for the database before each one."""
        try:
            await getattr(self, get_handler_name(message))(message)
        except TooSlow:
            await self._end(TOO_SLOW)

    async def websocket_connect(self, message: Message) -> None:
        """A close code is only seen on a socket that was accepted."""
        self.is_open = True
        subprotocol = SUBPROTOCOL if SUBPROTOCOL in self.scope.get("subprotocols", ()) else None
        found = await at_handshake(self.scope)
        await self.send({"type": "websocket.accept", "subprotocol": subprotocol})
        self._begin(self._send_all())
        if found is None:
            self._begin(self._expect_sign_in())
        else:
            await self._let_in(found)

    async def websocket_receive(self, message: Message) -> None:
        content = message.get("text")
        frame: str | bytes = message.get("bytes") or b"" if content is None else content
        if self._is_closing:
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

    async def _serve(self, scope: Any, receive: Receive, send: SendMessage) -> None:
        try:
            await super().__call__(scope, receive, send)
        except AWAY:
            if self.is_open:
                raise
            self.channel_layer_alias = None
            await super().__call__(scope, receive, send)

    async def _sign_in(self, request: Request | Refusal) -> None:
        """Nothing else is answered before."""
        if not isinstance(request, Authenticate):
            await self._end(NOBODY)
            return
        await self._let_in(await in_database_thread(visitor_for, request.proof))
        if not self._is_closing:
            self._outbox.offer(acknowledgement(Method.AUTHENTICATE))

    async def _let_in(self, found: Visitor | Closing) -> None:
        if isinstance(found, Closing):
            await self._end(found)
            return
        channel_name = self.channel_name if self.channel_layer is not None else ""
        following = Following(layer=self.channel_layer, channel_name=channel_name, failed=lambda: self._end(FAULT))
        self._visit = Visit(found, outbox=self._outbox, following=following, limits=self._limits, close=self._end)
        await self._visit.begin()

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
        if not self._is_closing:
            await self.send(message)

    async def _end(self, closing: Closing) -> None:
        """Close the socket. What waits to be sent is dropped."""
        if not self._is_closing:
            self._is_closing = True
            await self.send({"type": "websocket.close", "code": closing.code, "reason": closing.reason})

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def _clean_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._visit is not None:
            await self._visit.end()
