"""The near past of an execution in Redis: a stream with one entry a commit, whose id is the last seq of that commit."""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
from django.conf import settings
from redis.exceptions import ResponseError

from realtime.connection import client
from reliability.sql import json_text

Event = dict[str, Any]

FIELD = b"e"
#: Entries that are fetched at a time.
CHUNK = 20
#: How Redis says that an entry's id is not above the newest one.
_TOO_LOW = "equal or smaller"


def key(execution_id: str) -> str:
    return f"sluice:events:{execution_id}"


async def append(execution_id: str, events: Sequence[Event]) -> bool:
    """Add the events of one commit. False: newer ones are there already, so they come from an owner of the past.

    Raises what `connection.AWAY` holds.
    """
    added = await asyncio.shield(_add(execution_id, events))  # redis-py 8.1 may swallow a cancellation
    if isinstance(added, ResponseError) and _TOO_LOW in str(added):
        return False
    if isinstance(added, Exception):
        raise added
    return True


async def forget(execution_ids: Sequence[str]) -> None:
    """Drop the streams of executions: whoever reads on reads their rows. Raises what `connection.AWAY` holds."""
    await asyncio.shield((await client()).delete(*map(key, execution_ids)))  # redis-py 8.1 may swallow a cancellation


async def fetch(execution_id: str, after: int) -> tuple[list[Event], bool]:
    """Events with a seq above `after`, in order, and whether the stream may hold more of them.

    Raises what `connection.AWAY` holds.
    """
    redis = await client()
    reading = redis.xrange(key(execution_id), f"{after + 1}-0", "+", count=CHUNK)
    entries: Any = await asyncio.shield(reading)  # redis-py 8.1 may swallow a cancellation
    events = [event for _, fields in entries for event in orjson.loads(fields[FIELD]) if event["seq"] > after]
    return events, len(entries) == CHUNK


async def _add(execution_id: str, events: Sequence[Event]) -> Any:
    """Returns Redis' answer to the addition, an error as an object."""
    async with (await client()).pipeline(transaction=True) as pipe:
        pipe.xadd(
            key(execution_id),
            {FIELD: json_text(list(events))},
            id=f"{events[-1]['seq']}-0",
            maxlen=settings.STREAM_MAX_EVENTS,
            approximate=True,
        )
        pipe.expire(key(execution_id), settings.STREAM_TTL_SECONDS)
        added, _ = await pipe.execute(raise_on_error=False)
    return added
