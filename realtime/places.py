"""How many sockets a user has open, in all processes together. Each holds a place in Redis that ends by itself.

While Redis cannot be reached nothing is counted, and every socket has its place.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.conf import settings
from redis.asyncio import Redis

from realtime.connection import ask

#: A place that is not renewed is free again after this, so that a server that was killed keeps nobody out for long.
PLACE_SECONDS = 12

#: Takes a place, or renews it. Places are a sorted set with the times of their ends, on the clock of Redis.
#: KEYS: the user's places. ARGV: the socket, how many there may be (0: any number), milliseconds.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local limit = tonumber(ARGV[2])
local has_place = redis.call('ZSCORE', KEYS[1], ARGV[1])
if limit > 0 and not has_place and redis.call('ZCARD', KEYS[1]) >= limit then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""

#: A user and one of their sockets.
Holder = tuple[UUID, str]


def key(user_id: UUID) -> str:
    return f"sluice:sockets:{user_id}"


async def take_place(holder: Holder) -> bool:
    """False if the user has as many sockets as one may have. Raises what `connection.AWAY` holds."""
    return bool(await ask(lambda redis: _take(redis, holder)))


async def keep_places(holders: Collection[Holder]) -> None:
    """Renew places, also those that were lost with Redis. Raises what `connection.AWAY` holds."""
    await ask(lambda redis: _keep(redis, holders))


async def leave_place(holder: Holder) -> None:
    """Raises what `connection.AWAY` holds."""
    user_id, socket = holder
    await ask(lambda redis: redis.zrem(key(user_id), socket))


async def _take(redis: Redis, holder: Holder) -> Any:
    user_id, socket = holder
    taking: Any = redis.eval(_TAKE, 1, key(user_id), *_arguments(socket))
    return await taking


async def _keep(redis: Redis, holders: Collection[Holder]) -> None:
    async with redis.pipeline(transaction=False) as pipe:
        for user_id, socket in holders:
            pipe.eval(_TAKE, 1, key(user_id), *_arguments(socket))
        await pipe.execute()


def _arguments(socket: str) -> tuple[str, str, str]:
    return socket, str(settings.SOCKETS_PER_USER_MAX), str(PLACE_SECONDS * 1000)
