"""The threads of one process for blocks that block: so many, and a new one for each that does not come back."""

import asyncio
import threading
from collections import deque

DEFAULT_THREADS = 8


class Threads:
    """Counts them. Threads that were given up may be as many again; beyond that, blocks wait until one comes back."""

    def __init__(self, most: int = DEFAULT_THREADS) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._taken = 0
        self._given_up = 0
        self._waiting: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()

    async def take(self) -> None:
        """Wait for a place, and take it."""
        while (turn := self._take_or_queue()) is not None:
            await turn

    def give_back(self) -> None:
        self._change(taken=-1, given_up=0)

    def give_up(self) -> None:
        """Whoever has the place does not come back in time."""
        self._change(taken=-1, given_up=1)

    def came_back(self) -> None:
        """One that was given up has ended after all."""
        self._change(taken=0, given_up=-1)

    def _take_or_queue(self) -> "asyncio.Future[None] | None":
        with self._lock:
            if self._taken < self.most and self._taken + self._given_up < 2 * self.most:
                self._taken += 1
                return None
            loop = asyncio.get_running_loop()
            turn: asyncio.Future[None] = loop.create_future()
            self._waiting.append((loop, turn))
            return turn

    def _change(self, *, taken: int, given_up: int) -> None:
        with self._lock:
            self._taken += taken
            self._given_up += given_up
            waiting, self._waiting = self._waiting, deque()
        for loop, turn in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_wake, turn)


def _wake(turn: "asyncio.Future[None]") -> None:
    if not turn.done():
        turn.set_result(None)
