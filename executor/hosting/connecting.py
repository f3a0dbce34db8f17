"""Waiting, when a process starts, for the servers that it cannot work without."""

from collections.abc import Callable

from django.conf import settings
from django.db import connection
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from executor.hosting.starting import refuse_unsafe_start
from reliability.retry import connection_retry

#: Redis is waited for so long at each try; how long the database is, its own settings say.
ANSWER_SECONDS = 3.0
LONGEST_WAIT_SECONDS = 5.0


def start_safely(*, with_redis: bool) -> None:
    """Refuse what is unsafe, then wait for the database, and for Redis.

    What they alone can say is not known before they answer; so it is asked once more if that took a while. Raises
    SystemCheckError, and, after START_CONNECT_RETRIES more tries, what was raised last.
    """
    refuse_unsafe_start()
    have_waited = await_answer("Database", _ask_database)
    if with_redis:
        have_waited |= await_answer("Redis", _ask_redis)
    if have_waited:
        refuse_unsafe_start()


def await_answer(resource: str, ask: Callable[[], object]) -> bool:
    """Whether it took more than one try."""
    tries = 0

    def ask_once() -> None:
        nonlocal tries
        tries += 1
        ask()

    again = connection_retry(
        resource, "connect", retries=settings.START_CONNECT_RETRIES, longest_wait=LONGEST_WAIT_SECONDS
    )
    again(ask_once)()
    return tries > 1


def _ask_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        if not connection.in_atomic_block:
            connection.close()


def _ask_redis() -> None:
    """In a connection that tries nothing again by itself."""
    with Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=ANSWER_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    ) as redis:
        redis.ping()
