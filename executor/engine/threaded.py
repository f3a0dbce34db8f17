"""Running a block in a thread: its outputs come back in order, and no faster than they are taken."""

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from blocks.base import Block
from blocks.context import Context
from blocks.errors import BlockError
from executor.engine.bridge import Bridge, bridged
from executor.engine.threads import Threads

#: How long a thread may take to end once its block was cancelled; then another takes its place.
THREAD_GRACE_SECONDS = 2.0
#: Outputs that may wait until the engine takes them.
WINDOW = 8


async def in_thread(threads: Threads, block: Block, input: Any, context: Context) -> AsyncIterator[tuple[str, Any]]:
    """The outputs of the block, as `block.run` gives them. Closing this cancels the block."""
    await threads.take()
    trip = _Trip(threads, block, input, context)
    try:
        trip.start()
        while not isinstance(item := await trip.next(), _Over):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        await trip.close()


@dataclass(frozen=True, slots=True)
class _Over:
    """The block has ended."""

    error: Exception | None


class _Trip:
    """One block in its thread, which has a small event loop of its own."""

    def __init__(self, threads: Threads, block: Block, input: Any, context: Context) -> None:
        self._main = asyncio.get_running_loop()
        self._bridge = Bridge(self._main)
        self._threads = threads
        self._block, self._input, self._context = block, input, bridged(context, self._bridge)
        self._items: asyncio.Queue[Any] = asyncio.Queue()
        self._room = threading.Semaphore(WINDOW)
        self._gone = asyncio.Event()
        #: Guards the three below, which both threads change.
        self._lock = threading.Lock()
        self._is_closed = self._is_given_up = self._is_back = False
        self._cancel_block: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    def start(self) -> None:
        """As a daemon: a block that never returns must not keep the process. What it logs names its execution."""
        run = contextvars.copy_context().run
        thread = threading.Thread(target=run, args=(self._run,), name=f"block-{self._block.name}", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the machine has none left
            self._ended()
            raise

    async def next(self) -> Any:
        item = await self._items.get()
        self._room.release()
        return item

    async def close(self) -> None:
        """Cancel the block and wait a little for its thread; then give the thread up."""
        self._bridge.close()
        with self._lock:
            self._is_closed = True
            block = self._cancel_block
        self._room.release(WINDOW)
        if block is not None:
            _soon(block[0], block[1].cancel)
        try:
            await asyncio.wait_for(self._gone.wait(), THREAD_GRACE_SECONDS)
        except TimeoutError:
            pass
        finally:
            self._give_up()

    def _give_up(self) -> None:
        with self._lock:
            self._is_given_up = not self._is_back
        if self._is_given_up:
            self._threads.give_up()

    # --- in the thread

    def _run(self) -> None:
        try:
            asyncio.run(self._work())
        except asyncio.CancelledError:
            pass
        finally:
            self._ended()

    def _ended(self) -> None:
        with self._lock:
            self._is_back, was_given_up = True, self._is_given_up
        (self._threads.came_back if was_given_up else self._threads.give_back)()
        _soon(self._main, self._gone.set)

    async def _work(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        with self._lock:
            if self._is_closed:
                return
            self._cancel_block = asyncio.get_running_loop(), task
        error: Exception | None = BlockError("Something that the block waited for was cancelled.")
        try:
            await self._pass_on()
            error = None
        except Exception as raised:
            error = raised
        finally:
            _soon(self._main, self._items.put_nowait, _Over(error))

    async def _pass_on(self) -> None:
        async with contextlib.aclosing(self._block.run(self._input, self._context)) as outputs:  # type: ignore[type-var]
            async for output in outputs:
                self._room.acquire()
                if self._is_closed:
                    return
                _soon(self._main, self._items.put_nowait, output)


def _soon(loop: asyncio.AbstractEventLoop, call: Any, *args: Any) -> None:
    """From another thread. A loop that is closed has nobody left who waits."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call, *args)
