"""Blocks that never wait need no task each: they run one after another, so that a chain of them is one long step."""

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from executor.engine.state import NodeRun
from executor.engine.work import Work

#: Node executions after which others may run.
STRIDE = 25


class Sprint:
    """Runs node executions of one execution in one task, in the order in which they come.

    One that must wait after all needs a place among those in flight. Until there is one for it, nothing more is begun,
    so that one at most waits half done.
    """

    def __init__(
        self,
        step: Callable[[NodeRun], Work | None],
        take_on: Callable[[Coroutine[Any, Any, None]], object],
        find_place: Callable[[Work], bool],
    ) -> None:
        """step: runs one that has not ended, without waiting; what must wait after all, or None.

        take_on: gives the sprint its task.  find_place: gives such work a task of its own; False if there is no room.
        """
        self._step = step
        self._take_on = take_on
        self._find_place = find_place
        self._waiting: deque[NodeRun] = deque()
        self._half_done: Work | None = None
        self._is_running = False

    def add(self, run: NodeRun) -> None:
        """It runs when those before it have; the first one begins the sprint."""
        self._waiting.append(run)
        self.go_on()

    def go_on(self) -> None:
        """If there is anything to run, or a place for what waits for one: whoever frees a place calls this."""
        if not self._is_running and self._may_go_on() and self._waiting:
            self._is_running = True
            self._take_on(self._run())

    def leave(self) -> None:
        """Nothing more is begun."""
        self._waiting.clear()
        self._half_done = None

    async def _run(self) -> None:
        """Run what waits, and what is added meanwhile."""
        try:
            while self._may_go_on() and self._waiting:
                with unwatched_generators():
                    self._stride()
                if self._waiting:
                    await asyncio.sleep(0)
        finally:
            self._is_running = False

    def _stride(self) -> None:
        for _ in range(STRIDE):
            if not (self._may_go_on() and self._waiting):
                return
            run = self._waiting.popleft()
            if not run.is_finished:
                self._half_done = self._step(run)

    def _may_go_on(self) -> bool:
        """Whether nothing waits half done any more."""
        if self._half_done is not None and self._find_place(self._half_done):
            self._half_done = None
        return self._half_done is None


@contextlib.contextmanager
def unwatched_generators() -> Iterator[None]:
    """The loop does not note the asynchronous generators that begin: whoever goes on with one closes it."""
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    try:
        yield
    finally:
        sys.set_asyncgen_hooks(*hooks)
