"""Waiting for work that a service does for a block: looked at again and again, with growing pauses."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

from blocks.errors import BlockError

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
GROWTH = 1.5

#: Looks in a row that fail before the wait does.
FAILED_LOOKS = 4
#: For the call that cancels the work. A block that takes over 3 seconds to end is left behind.
CANCEL_SECONDS = 2.0

Look = Callable[[], Awaitable[Any]]


async def until(is_over: Callable[[Any], bool], look: Look, *, cancel: Look | None = None) -> Any:
    """What the service says of its work once that is over. The block's time limit bounds the wait.

    look: asks the service how far it is.
    cancel: tells the service that nobody waits any more. It is called when the wait ends before the work: the block was
    cancelled, or took too long, or the service cannot be asked. If that call fails, the work goes on unwatched.
    Raises BlockError: the service refuses to answer, or fails to in FAILED_LOOKS looks in a row.
    """
    try:
        return await _watch(is_over, look)
    except (BlockError, asyncio.CancelledError):
        if cancel is not None:
            await _try_to(cancel)
        raise


def pauses() -> Iterator[float]:
    """Seconds, without end."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * GROWTH, LONGEST_PAUSE_SECONDS)


async def _watch(is_over: Callable[[Any], bool], look: Look) -> Any:
    lengths, failed = pauses(), 0
    while True:
        try:
            said = await look()
        except BlockError as error:
            failed += 1
            if failed == FAILED_LOOKS or not _may_pass(error):
                raise
        else:
            failed = 0
            if is_over(said):
                return said
        await asyncio.sleep(next(lengths))


def _may_pass(error: BlockError) -> bool:
    """Whether a further look may go better: no answer came, or one that speaks of now."""
    status = error.data.get("status")
    return status is None or status == 429 or status >= 500


async def _try_to(cancel: Look) -> None:
    with suppress(BlockError, TimeoutError):
        async with asyncio.timeout(CANCEL_SECONDS):
            await cancel()
