"""One Redis client for each event loop. It is closed together with its loop."""

import asyncio
from collections.abc import AsyncGenerator
from weakref import WeakKeyDictionary

from django.conf import settings
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

#: What an unreachable Redis raises.
AWAY = (RedisError, OSError)
ANSWER_SECONDS = 2
MAX_CONNECTIONS = 20

_open: "WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[AsyncGenerator[Redis], Redis]]" = WeakKeyDictionary()


async def client() -> Redis:
    """The client of the running loop. Values come back as bytes."""
    loop = asyncio.get_running_loop()
    if loop not in _open:
        life = _lifetime(loop)
        _open[loop] = (life, await anext(life))
    return _open[loop][1]


async def _lifetime(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[Redis]:
    """Suspended as long as the loop runs: a loop that ends closes its asynchronous generators, and so the client."""
    pool = BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        max_connections=MAX_CONNECTIONS,
        timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 1),  # a connection may have died while nobody used it
    )
    redis = Redis.from_pool(pool)
    try:
        yield redis
    finally:
        _open.pop(loop, None)
        await redis.aclose()
