"""Being woken through the channel layer, outside a consumer."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from channels.layers import get_channel_layer

from realtime.connection import AWAY
from reliability.retry import continuous_retry

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 0.1


@asynccontextmanager
async def woken(group: str, wake: Callable[[dict[str, Any]], None]) -> AsyncIterator[None]:
    """Call `wake` with every wake of the group. Nobody is woken while Redis is away."""
    layer = get_channel_layer()
    channel = await _join(group)
    if channel is None:
        yield
        return
    listening = asyncio.ensure_future(_listen(channel, wake))
    try:
        yield
    finally:
        with suppress(*AWAY):
            await layer.group_discard(group, channel)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _join(group: str) -> str | None:
    layer = get_channel_layer()
    try:
        channel: str = await layer.new_channel()
        await layer.group_add(group, channel)
    except AWAY as error:
        logger.debug("No wakes: Redis cannot be reached", extra={"action": "join_failed", "reason": str(error)})
        return None
    return channel


@continuous_retry(AGAIN_SECONDS)
async def _listen(channel: str, wake: Callable[[dict[str, Any]], None]) -> None:
    """Whoever fails to take a wake hears the next one all the same."""
    layer = get_channel_layer()
    while True:
        message = await layer.receive(channel)
        if message["type"] == "wake":
            wake(message)
