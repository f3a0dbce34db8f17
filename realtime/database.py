"""The ORM from the event loop: a few threads, so that one slow read does not hold up all sockets."""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
#: A thread that has nothing to do for so long ends, and its connection with it.
IDLE_SECONDS = 0.2

Call = tuple["Future[Any]", Callable[[], Any]]

_calls: "queue.SimpleQueue[Call]" = queue.SimpleQueue()
_places = threading.Semaphore(THREADS)


async def in_database_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a synchronous function that reads rows, in the caller's context: what it logs names the caller's socket.

    Many in a row share connections, and leave none behind.
    """
    answer: Future[T] = Future()
    _calls.put((answer, partial(copy_context().run, work, *args, **kwargs)))
    _ensure_thread()
    return await asyncio.wrap_future(answer)


def _ensure_thread() -> None:
    if _places.acquire(blocking=False):
        threading.Thread(target=_work, name="realtime-rows", daemon=True).start()


def _work() -> None:
    try:
        while True:
            answer, call = _calls.get(timeout=IDLE_SECONDS)
            _answer(answer, call)
    except queue.Empty:
        connections.close_all()
    finally:
        _places.release()
        if not _calls.empty():
            _ensure_thread()  # what came while this one was ending


def _answer(answer: "Future[Any]", call: Callable[[], Any]) -> None:
    """A call that was given up before it began is not made. A connection that has failed is not used again."""
    if not answer.set_running_or_notify_cancel():
        return
    try:
        answer.set_result(call())
    except BaseException as error:
        connections.close_all()
        answer.set_exception(error)
