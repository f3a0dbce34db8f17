"""Finds the block that keeps the loop of this process from running, and ends it.

A thread sees that the loop has stood still for WORKER_STALL_SECONDS while one and the same task was at work. A signal
then lets the main thread raise BlockStalled inside that task's block, whose node ends FAILED; the others go on. Code
that does not even let Python take the signal is ended with its process, and the leases find new owners.
"""

import asyncio
import faulthandler
import logging
import signal
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings

import executor
from blocks.errors import BlockError
from executor.engine import running
from executor.engine.emissions import drained
from executor.engine.state import NodeRun
from reliability.retry import continuous_retry

logger = logging.getLogger(__name__)

SIGNAL = signal.SIGUSR1
TICK_SECONDS = 0.25
ROOT_OF_EXECUTOR = f"{Path(executor.__file__).parent}/"


class BlockStalled(BlockError):
    """The block kept its worker from all other work for too long."""

    code = "block_stalled"


@asynccontextmanager
async def watched() -> AsyncIterator[None]:
    """While inside, no block keeps this loop for longer. From the main thread."""
    watchdog = Watchdog(asyncio.get_running_loop(), seconds=settings.WORKER_STALL_SECONDS)
    before = signal.signal(SIGNAL, watchdog.interrupt)
    ticking = asyncio.create_task(watchdog.tick(), name="watchdog")
    watchdog.start()
    try:
        yield
    finally:
        ticking.cancel()
        watchdog.stop()
        signal.signal(SIGNAL, before)


class Watchdog:
    """seconds: for so long a block may keep the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._ticks = 0
        self._stopped = threading.Event()
        self._main = threading.main_thread()
        #: The task that stalls, as the thread has found it; the signal is meant for no other.
        self._culprit: asyncio.Task[Any] | None = None

    def start(self) -> None:
        threading.Thread(target=continuous_retry()(self._watch), name="watchdog", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        faulthandler.cancel_dump_traceback_later()

    async def tick(self) -> None:
        """Say that the loop runs, and put off the end of the process."""
        while True:
            self._ticks += 1
            faulthandler.dump_traceback_later(last_resort_seconds(self._seconds), exit=True)
            await asyncio.sleep(TICK_SECONDS)

    def _watch(self) -> None:
        """The thread. Only who was at work all the time is to blame, not who happens to be at work in the end."""
        seen, since = None, time.monotonic()
        while not self._stopped.wait(min(TICK_SECONDS, self._seconds / 4)):
            now = (self._ticks, asyncio.current_task(self._loop))
            if now != seen or now[1] is None:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > self._seconds:
                since = time.monotonic()
                self._accuse(now[1])

    def _accuse(self, task: "asyncio.Task[Any]") -> None:
        frame = sys._current_frames().get(self._main.ident or 0)
        run = stalled_run(frame)
        block, node = (run.node.block.name, run.node.id) if run else ("", "")
        logger.error(
            "The loop stands still",
            extra={"action": "loop_stalled", "block": block, "node": node, "task": task.get_name()},
        )
        logger.error("".join(traceback.format_stack(frame)))
        self._culprit = task
        signal.pthread_kill(self._main.ident or 0, SIGNAL)

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """The signal, in the main thread, between two instructions of whatever runs there."""
        run = stalled_run(frame)
        if run is None or self._culprit is None or asyncio.current_task(self._loop) is not self._culprit:
            return
        self._culprit = None
        raise BlockStalled(
            f"The block {run.node.block.name} kept its worker from all other work for {self._seconds:g} seconds "
            "(WORKER_STALL_SECONDS)."
        )


def stalled_run(frame: FrameType | None) -> NodeRun | None:
    """The node execution whose block's own code is at work in this frame; None if it is anything of the executor's."""
    is_called = False
    while frame is not None and not frame.f_code.co_filename.startswith(ROOT_OF_EXECUTOR):
        frame, is_called = frame.f_back, True
    if frame is not None and frame.f_code is drained.__code__ and is_called:
        frame = frame.f_back  # who drains the block knows whose it is
    if frame is None or frame.f_code.co_filename != running.__file__:
        return None
    run = frame.f_locals.get("run")
    return run if isinstance(run, NodeRun) else None


def last_resort_seconds(seconds: float) -> float:
    """When the process ends: after it had a chance to go on, and before its leases end."""
    return max(2 * seconds, settings.LEASE_SECONDS - settings.LEASE_RENEW_SECONDS)
