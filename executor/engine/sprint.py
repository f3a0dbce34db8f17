"""Blocks that never wait need no task each: they run one after another, so that a chain of them is one long step."""

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from executor.engine.state import NodeRun

#: Node executions after which others may run.
STRIDE = 25


class Sprint:
    """Runs node executions of one execution in one task, in the order in which they come."""

    def __init__(self, step: Callable[[NodeRun], None], take_on: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        """step: runs one that has not ended, without waiting.  take_on: gives the sprint its task."""
        self._step = step
        self._take_on = take_on
        self._waiting: deque[NodeRun] = deque()
        self._is_running = False

    def add(self, run: NodeRun) -> None:
        """It runs when those before it have; the first one begins the sprint."""
        self._waiting.append(run)
        if not self._is_running:
            self._is_running = True
            self._take_on(self._run())

    def leave(self) -> None:
        """Nothing more is begun."""
        self._waiting.clear()

    async def _run(self) -> None:
        """Run what waits, and what is added meanwhile."""
        try:
            while self._waiting:
                with unwatched_generators():
                    self._stride()
                if self._waiting:
                    await asyncio.sleep(0)
        finally:
            self._is_running = False

    def _stride(self) -> None:
        for _ in range(STRIDE):
            if not self._waiting:
                return
            run = self._waiting.popleft()
            if not run.is_finished:
                self._step(run)


@contextlib.contextmanager
def unwatched_generators() -> Iterator[None]:
    """The loop does not note the asynchronous generators that begin: whoever goes on with one closes it."""
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    try:
        yield
    finally:
        sys.set_asyncgen_hooks(*hooks)
