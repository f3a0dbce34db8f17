"""Work that may end its process gets one of its own, forked from a clean one that has everything loaded."""

import asyncio
import logging
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError

from executor.worker.watchdog import watched

logger = logging.getLogger(__name__)

#: How long the process may take to leave after it was asked to, until it is killed. The worker waits longer for us.
LEAVE_SECONDS = 5
#: The exit code of a process that had no database to work with: nobody's fault there.
DATABASE_AWAY = os.EX_TEMPFAIL

Work = Callable[..., Coroutine[Any, Any, None]]

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["executor.hosting.standby"])


async def run_apart(work: Work, *arguments: Any, has_begun: Callable[[], object]) -> int:
    """Run the coroutine function in a process of its own; its exit code, 0 if all went well, DATABASE_AWAY, or another.

    has_begun: called once the process has loaded everything, or has died of that; the first one takes seconds.
    The process ends with this one. Whoever waits here may be cancelled: the coroutine there is cancelled then, too.
    """
    begun, theirs = _forks.Pipe(duplex=False)
    process = _forks.Process(target=_run, args=(theirs, work, arguments))
    starting = asyncio.ensure_future(asyncio.to_thread(_start, process, theirs))
    try:
        await asyncio.shield(starting)
        await _readable(begun.fileno())
        has_begun()
        await _ended(process)
    except BaseException:
        await asyncio.shield(_dismiss(process, starting))
        raise
    finally:
        begun.close()
    return process.exitcode or 0


def _start(process: ForkServerProcess, theirs: Connection) -> None:
    with theirs:
        process.start()


async def _dismiss(process: ForkServerProcess, starting: "asyncio.Future[None]") -> None:
    """Afterwards it does not exist any more."""
    await asyncio.wait([starting])
    if process.pid is None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(_ended(process), LEAVE_SECONDS)
    except TimeoutError:
        process.kill()
        await _ended(process)


async def _ended(process: ForkServerProcess) -> None:
    await _readable(process.sentinel)
    process.join()


async def _readable(file: int) -> None:
    """Whoever had its other end has written, or has let it go."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(file, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(file)


# --- in the process


def _run(begun: Connection, work: Work, arguments: tuple[Any, ...]) -> None:
    begun.close()
    threading.Thread(target=_end_with_parent, name="lifeline", daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the worker, which asks us then
    if settings.WORKER_MEMORY_MAX_BYTES:
        resource.setrlimit(resource.RLIMIT_DATA, (settings.WORKER_MEMORY_MAX_BYTES,) * 2)
    try:
        asyncio.run(_until_asked(work(*arguments)))
    except (OperationalError, InterfaceError):
        logger.exception("A process had no database", extra={"action": "process_without_database"})
        sys.exit(DATABASE_AWAY)


def _end_with_parent() -> None:
    """The worker, that is; the process that this one was forked from is another."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGKILL)


async def _until_asked(work: Coroutine[Any, Any, None]) -> None:
    """Run it; SIGTERM cancels it, and that is no failure."""
    async with watched():
        task = asyncio.ensure_future(work)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await asyncio.wait([task])
    if not task.cancelled():
        task.result()
