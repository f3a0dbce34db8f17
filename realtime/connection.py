"""One Redis client for each event loop. It is closed together with its loop.

A Redis that hangs is worse than one that is away, because everybody waits for it. So those who come soon after somebody
has waited in vain do not wait.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from django.conf import settings
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswer

T = TypeVar("T")

#: What an unreachable Redis raises.
AWAY = (RedisError, OSError)
ANSWER_SECONDS = 2
#: Redis is not asked for so long after that was not enough, twice.
PAUSE_SECONDS = 2
MAX_CONNECTIONS = 20

_open: "WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[AsyncGenerator[Redis], Redis]]" = WeakKeyDictionary()
#: Until when Redis is not asked, on the clock of the loop.
_paused: "WeakKeyDictionary[asyncio.AbstractEventLoop, float]" = WeakKeyDictionary()


async def ask(question: Callable[[Redis], Awaitable[T]]) -> T:
    """Redis' answer. Raises what `AWAY` holds, at once if somebody has waited in vain a moment ago.

    A question is not cancelled: redis-py 8.1 may swallow that, or give back a connection that is being read.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    if began < _paused.get(loop, 0):
        raise NoAnswer("Redis has not answered a moment ago")
    answer = asyncio.ensure_future(question(await client()))
    answer.add_done_callback(_retrieved)
    try:
        return await asyncio.shield(answer)
    except AWAY:
        if loop.time() - began > ANSWER_SECONDS:
            _paused[loop] = loop.time() + PAUSE_SECONDS
        raise


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


def _retrieved(answer: "asyncio.Future[T]") -> None:
    """Perhaps nobody waits for it any more, and asyncio need not complain about that."""
    if not answer.cancelled():
        answer.exception()
