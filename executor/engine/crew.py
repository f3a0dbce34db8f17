"""The tasks of one execution, which end together: a task group that waits for nobody for ever."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

#: How long a task may take to end once it was cancelled.
GRACE_SECONDS = 3.0


class Crew:
    """The tasks that work for one execution; an async context, left when all have ended."""

    def __init__(self) -> None:
        self._working: set[asyncio.Task[None]] = set()
        self._faults: list[Exception] = []
        self._news: asyncio.Future[None] | None = None

    def take_on(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start one more task."""
        task = asyncio.get_running_loop().create_task(work)
        self._working.add(task)
        task.add_done_callback(self._left)
        return task

    def leave_behind(self, task: asyncio.Task[None]) -> None:
        """Whatever becomes of this task, nobody waits for it any more."""
        self._working.discard(task)
        self._tell()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until no task is left. After the first fault, or a cancellation, the others are cancelled.

        Raises an ExceptionGroup of the faults. Tasks that do not heed their cancellation are left behind.
        """
        if isinstance(error, Exception):
            self._faults.append(error)
        try:
            while self._working and not self._faults and error is None:
                self._news = asyncio.get_running_loop().create_future()
                await self._news
        finally:
            await self._dismiss()
        if self._faults:
            raise ExceptionGroup("Tasks of the execution failed.", self._faults)

    async def _dismiss(self) -> None:
        for task in self._working:
            task.cancel()
        if self._working:
            await asyncio.wait(list(self._working), timeout=GRACE_SECONDS)

    def _left(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if task not in self._working:
            return
        self._working.discard(task)
        if isinstance(error, Exception):
            self._faults.append(error)
        self._tell()

    def _tell(self) -> None:
        if self._news is not None and not self._news.done() and (self._faults or not self._working):
            self._news.set_result(None)
