"""What waits to be sent to one client. It is little: who has much to tell is kept waiting, and reads it later."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from sys import getsizeof
from typing import Any

from realtime.limits import Limits

Send = Callable[[dict[str, Any]], Awaitable[None]]


class TooSlow(Exception):
    """The client does not take what is sent to it."""


class Outbox:
    """Frames for one client, in order. The transport says when it has taken one: see `realtime.send_window`."""

    def __init__(self, send: Send, limits: Limits) -> None:
        self._send = send
        self._limits = limits
        self._frames: deque[str] = deque()
        #: Of memory.
        self._bytes = 0
        self._filled = asyncio.Event()
        self._room = asyncio.Event()

    @property
    def has_room(self) -> bool:
        return self._bytes <= self._limits.room_bytes

    @property
    def waiting(self) -> int:
        """Frames that are not sent yet."""
        return len(self._frames)

    async def put(self, frame: str) -> None:
        """Add what can wait, as soon as there is room."""
        while not self.has_room:
            self._room.clear()
            await self._room.wait()
        self._add(frame)

    def offer(self, frame: str) -> None:
        """Add what cannot wait. Raises TooSlow when too much waits already."""
        is_full = self._bytes + getsizeof(frame) > self._limits.waiting_bytes
        if is_full or len(self._frames) >= self._limits.waiting_frames:
            raise TooSlow
        self._add(frame)

    async def run(self) -> None:
        """Send until cancelled. Raises TooSlow when the client does not take a frame in its time."""
        while True:
            while not self._frames:
                self._filled.clear()
                await self._filled.wait()
            await self._send_one(self._frames[0])
            self._bytes -= getsizeof(self._frames.popleft())
            if self.has_room:
                self._room.set()

    async def _send_one(self, frame: str) -> None:
        seconds = self._limits.stall_seconds + getsizeof(frame) / self._limits.bytes_per_second
        try:
            async with asyncio.timeout(seconds):
                await self._send({"type": "websocket.send", "text": frame})
        except TimeoutError as error:
            raise TooSlow from error

    def _add(self, frame: str) -> None:
        self._frames.append(frame)
        self._bytes += getsizeof(frame)
        self._filled.set()
