"""An event loop whose time is a number: when nothing is ready it is the time of the next timer. Chance picks who runs.

No threads, no sockets. Whoever wants a thread (`run_in_executor`) is called a little later in this one.
"""

import asyncio
import heapq
from asyncio import Future, Handle, TimerHandle
from collections.abc import Callable, Coroutine
from contextvars import Context
from random import Random
from typing import Any

from tests.simulation.process import PROCESS

#: Callbacks that one simulation may take; more is a loop without end.
CALLBACKS_MAX = 300_000


class NumberedTask(asyncio.Task[Any]):
    """A task that sets of tasks hold in the same order each time, so that a seed replays."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], number: int, **options: Any) -> None:
        self.number = number
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self.number


class VirtualLoop(asyncio.AbstractEventLoop):
    """shuffles: pick any ready callback; otherwise first come, first served. slowest: seconds that a thread takes."""

    def __init__(self, chance: Random, *, shuffles: bool, slowest: float) -> None:
        self._chance = chance
        self._shuffles = shuffles
        self._slowest = slowest
        self._now = 0.0
        self._ready: list[Handle] = []
        self._timers: list[tuple[float, int, TimerHandle]] = []
        self._tasks = 0
        self._callbacks = 0
        #: What nobody has caught.
        self.uncaught: list[str] = []

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        """Run until the coroutine ends. Raises what it raises, and RuntimeError when it never would."""
        task = self.create_task(main)
        asyncio._set_running_loop(self)
        try:
            while not task.done():
                self._step()
        finally:
            asyncio._set_running_loop(None)
        task.result()

    def _step(self) -> None:
        self._callbacks += 1
        if self._callbacks > CALLBACKS_MAX:
            raise RuntimeError(f"Nothing has come of {CALLBACKS_MAX} callbacks.")
        while not self._ready:
            self._advance()
        handle = self._pick()
        process = handle._context.get(PROCESS)
        if process is not None and process.is_paused:
            process.parked.append(handle)
        elif not handle.cancelled():
            handle._run()

    def _pick(self) -> Handle:
        ready = self._ready
        if len(ready) == 1 or not self._shuffles:
            return ready.pop(0)
        index = int(self._chance.random() * len(ready))
        ready[index], ready[-1] = ready[-1], ready[index]
        return ready.pop()

    def _advance(self) -> None:
        """Nothing is ready: it is now the time of the next timer."""
        if not self._timers:
            raise RuntimeError("Everybody waits for ever.")
        self._now = max(self._now, self._timers[0][0])
        while self._timers and self._timers[0][0] <= self._now:
            handle = heapq.heappop(self._timers)[2]
            if not handle.cancelled():
                self._ready.append(handle)

    def unpark(self, handles: list[Handle]) -> None:
        """What a paused process had to do, in the old order."""
        self._ready.extend(handles)
        handles.clear()

    # --- what asyncio asks for

    def time(self) -> float:
        return self._now

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> Handle:
        handle = Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        handle = TimerHandle(when, callback, args, self, context)
        self._callbacks += 1
        heapq.heappush(self._timers, (when, self._callbacks, handle))
        return handle

    def create_future(self) -> Future[Any]:
        return Future(loop=self)

    def create_task(self, coroutine: Any, *, name: str | None = None, context: Context | None = None) -> Any:
        self._tasks += 1
        return NumberedTask(coroutine, self._tasks, loop=self, name=name, context=context)

    def run_in_executor(self, executor: Any, function: Callable[..., Any], *args: Any) -> Future[Any]:  # type: ignore[override]
        """Call it after a while, and tell after another one."""
        answer = self.create_future()
        self.call_later(self._while(), self._call, function, args, answer)
        return answer

    def _call(self, function: Callable[..., Any], args: tuple[Any, ...], answer: Future[Any]) -> None:
        self.call_later(self._while(), _tell, answer, function(*args))

    def _while(self) -> float:
        return self._chance.random() * self._slowest

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.uncaught.append(f"{context['message']}: {context.get('exception')!r}")

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def _timer_handle_cancelled(self, handle: TimerHandle) -> None:
        """Its turn will pass unnoticed."""


def _tell(answer: Future[Any], value: Any) -> None:
    if not answer.done():
        answer.set_result(value)
