"""An execution that somebody watches from a terminal: shown to its end, stopped by Ctrl-C, run here if asked."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from uuid import UUID

from rich.console import Console

from console.terminal.interrupts import on_interrupt
from console.terminal.show import Style, show
from executor.jobs import run_execution
from executor.models import GraphExecution
from executor.stopping.cancel import request_cancel
from realtime.database import in_database_thread


async def attend(
    execution_id: UUID, *, inline: bool, console: Console, style: Style, notice: Callable[[str], None]
) -> GraphExecution | None:
    """Follow an execution until it has ended; None if a second Ctrl-C left before that.

    inline: run it in this event loop, without a worker.  notice: takes a sentence for the person at the terminal.
    """

    async def stop() -> None:
        notice("Stopping the execution. Press Ctrl-C again to leave at once.")
        await in_database_thread(_stop, execution_id)

    shown = show(execution_id, console=console, style=style)
    ended = asyncio.ensure_future(_beside(run_execution(str(execution_id)), shown) if inline else shown)
    with on_interrupt(first=stop, second=ended.cancel), suppress(asyncio.CancelledError):
        return await ended
    await in_database_thread(_stop, execution_id)  # the first Ctrl-C may not have come that far; twice is harmless
    return None


async def _beside(work: Coroutine[Any, Any, None], shown: Coroutine[Any, Any, GraphExecution]) -> GraphExecution:
    """Show while `work` runs, and wait for both. If either fails, the other one is not left behind."""
    working, showing = asyncio.ensure_future(work), asyncio.ensure_future(shown)
    try:
        done, _ = await asyncio.wait({working, showing}, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
        return showing.result()
    finally:
        for task in (working, showing):
            task.cancel()
        await asyncio.gather(working, showing, return_exceptions=True)


def _stop(execution_id: UUID) -> None:
    request_cancel(GraphExecution.objects.get(id=execution_id))
