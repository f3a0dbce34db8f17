"""Waiting, inside an asyncio loop, for what has no event that we could wait on."""

import asyncio
from collections.abc import Callable
from typing import Any

WAIT_SECONDS = 20.0


async def until(
    happened: Callable[[], object], task: "asyncio.Task[Any] | None" = None, *, seconds: float = WAIT_SECONDS
) -> None:
    """Until that much has happened, asked in a thread, so that it may read the database; the others go on meanwhile.

    Who waits in vain fails: after so many seconds, or once the task that should bring it about has ended. The task
    ends then, too: it could not if the whole loop ended under it.
    """
    try:
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(happened):
                if task is not None and task.done():
                    raise AssertionError(f"It has ended before that happened: {task}")
                await asyncio.sleep(0.01)
    except TimeoutError:
        if task is not None:
            task.cancel()
            await asyncio.wait([task], timeout=seconds)
        raise AssertionError("It did not happen in time.") from None
