"""The thread in which a journal writes: cheaper to reach than a pool, as there is one of it and one loop asks."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from queue import SimpleQueue
from typing import Any

Job = tuple[asyncio.AbstractEventLoop, asyncio.Future[Any], Callable[[], Any]]


class WriterThread(Executor):
    """For `loop.run_in_executor`, which takes a future of the loop as it is."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[..., Any], /, *args: Any, **options: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Call it there, after all that was submitted before. Call this in the loop."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._jobs.put((loop, answer, lambda: work(*args, **options)))
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the thread once it has done what was submitted."""
        self._jobs.put(None)
        if wait:
            self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            _do(*job)
            del job  # what was written need not be kept until there is more to write


def _do(loop: asyncio.AbstractEventLoop, answer: asyncio.Future[Any], work: Callable[[], Any]) -> None:
    try:
        result, fault = work(), None
    except BaseException as error:
        result, fault = None, error
    try:
        loop.call_soon_threadsafe(_tell, answer, result, fault)
    except RuntimeError:
        if not loop.is_closed():  # else nobody is left who asks
            raise


def _tell(answer: asyncio.Future[Any], result: Any, fault: BaseException | None) -> None:
    if answer.done():
        return
    if fault is None:
        answer.set_result(result)
    else:
        answer.set_exception(fault)
