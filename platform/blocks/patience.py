"""Bounded work that is usually quick and sometimes is not: a user's template or pattern."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

#: How long such work may hold up everything else that runs in this process.
QUICK_SECONDS = 0.02


async def quickly_or_aside(
    work: Callable[[float], Result], *, seconds: float, too_slow: type[Exception] = TimeoutError
) -> Result:
    """Try the work here; if it is too slow for that, do it again in a thread.

    work: takes its time limit in seconds, raises `too_slow` beyond it, and may be repeated.
    """
    try:
        return work(min(QUICK_SECONDS, seconds))
    except too_slow:
        return await asyncio.to_thread(work, seconds)
