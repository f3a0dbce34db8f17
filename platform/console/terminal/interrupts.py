"""Ctrl-C while an event loop runs: the first one asks, the second one insists."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def on_interrupt(*, first: Callable[[], Coroutine[Any, Any, None]], second: Callable[[], object]) -> Iterator[None]:
    """While the block runs, start `first` at the first Ctrl-C and call `second` at the next.

    A third one is Python's own. Only in the main thread, which is the one that signals reach.
    """
    loop = asyncio.get_running_loop()
    asked: list[asyncio.Task[None]] = []

    def pressed() -> None:
        if not asked:
            asked.append(loop.create_task(first()))
            return
        loop.remove_signal_handler(signal.SIGINT)
        second()

    loop.add_signal_handler(signal.SIGINT, pressed)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
