"""The near past of an execution in Redis: a stream with an entry a commit, whose id is the last seq of that commit.

A commit with much to tell has several entries, so that nobody must read much at a time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from realtime.connection import ask
from realtime.shortening import Event, shortened
from reliability.sql import json_text, json_value

__all__ = ["Event", "append", "drop", "fetch", "forget", "key", "newest"]

FIELD = b"e"
#: The events of one entry, as JSON; a single event may be larger.
ENTRY_BYTES = 32 * 1024
#: Entries that are fetched at a time.
CHUNK = 8
#: How Redis says that an entry's id is not above the newest one.
_TOO_LOW = "equal or smaller"


def key(execution_id: str) -> str:
    return f"sluice:events:{execution_id}"


async def append(execution_id: str, events: Sequence[Event]) -> bool:
    """Add the events of one commit. False: newer ones are there already, so they come from an owner of the past.

    Raises what `connection.AWAY` holds.
    """
    added = await ask(lambda redis: _add(redis, execution_id, events))
    if isinstance(added, ResponseError) and _TOO_LOW in str(added):
        return False
    if isinstance(added, Exception):
        raise added
    return True


async def drop(execution_id: str) -> None:
    """Whoever reads on reads the rows. Raises what `connection.AWAY` holds."""
    await ask(lambda redis: redis.delete(key(execution_id)))


async def forget(seqs: Mapping[str, int]) -> None:
    """Drop what executions have told up to these seqs, and take none of it any more: it may be under way.

    Raises what `connection.AWAY` holds.
    """
    await ask(lambda redis: _seal(redis, seqs))


async def newest(execution_id: str) -> int:
    """The seq of the last event; 0 if there is none. Raises what `connection.AWAY` holds."""
    entries: Any = await ask(lambda redis: redis.xrevrange(key(execution_id), count=1))
    return int(entries[0][0].partition(b"-")[0]) if entries else 0


async def fetch(execution_id: str, after: int) -> tuple[list[Event], bool]:
    """Events with a seq above `after`, in order, and whether the stream may hold more of them.

    Raises what `connection.AWAY` holds.
    """
    entries: Any = await ask(lambda redis: redis.xrange(key(execution_id), f"{after + 1}-0", "+", count=CHUNK))
    events = [event for _, fields in entries for event in json_value(fields[FIELD]) if event["seq"] > after]
    return events, len(entries) == CHUNK


async def _seal(redis: Redis, seqs: Mapping[str, int]) -> None:
    """An entry without events takes the id of the last one that is forgotten, so that Redis refuses those before."""
    async with redis.pipeline(transaction=True) as pipe:
        for execution_id, seq in seqs.items():
            pipe.delete(key(execution_id))
            if seq:
                pipe.xadd(key(execution_id), {FIELD: b"[]"}, id=f"{seq}-0")
                pipe.expire(key(execution_id), settings.STREAM_TTL_SECONDS)
        await pipe.execute()


async def _add(redis: Redis, execution_id: str, events: Sequence[Event]) -> Any:
    """Returns Redis' answer to the last addition, an error as an object."""
    async with redis.pipeline(transaction=True) as pipe:
        for seq, text in entries(events):
            pipe.xadd(
                key(execution_id),
                {FIELD: text},
                id=f"{seq}-0",
                maxlen=settings.STREAM_MAX_EVENTS,
                approximate=True,
            )
        pipe.expire(key(execution_id), settings.STREAM_TTL_SECONDS)
        *_, added, _ = await pipe.execute(raise_on_error=False)
    return added


def entries(events: Sequence[Event]) -> list[tuple[int, str]]:
    """The events as JSON, each part with its last seq. Nearly always it is one part."""
    text = json_text(list(events))
    if len(text) <= ENTRY_BYTES:
        return [(events[-1]["seq"], text)]
    told = [(event["seq"], json_text(shortened(event))) for event in json_value(text)]
    return [(part[-1][0], f"[{','.join(one for _, one in part)}]") for part in _parts(told)]


def _parts(told: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """As many in a part as there is room for; one that is larger is alone."""
    parts: list[list[tuple[int, str]]] = []
    room = 0
    for seq, one in told:
        room -= len(one)
        if not parts or room < 0:
            parts.append([])
            room = ENTRY_BYTES - len(one)
        parts[-1].append((seq, one))
    return parts
