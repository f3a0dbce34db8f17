"""The Redis that everything uses: a server of ours, or the one that REDIS_URL names."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from config.embedded_redis import EmbeddedRedis
from config.up.checks import check_redis


@contextmanager
def running_redis() -> Iterator[EmbeddedRedis | None]:
    """Ours while the block runs, or None when REDIS_URL names another, which is only checked."""
    if not settings.EMBEDDED_REDIS:
        check_redis(settings.REDIS_URL)
        yield None
        return
    with EmbeddedRedis(settings.EMBEDDED_REDIS_FOLDER) as redis:
        yield redis


def tend_redis(redis: EmbeddedRedis | None, say: Callable[[str], None]) -> None:
    """Start ours again if it has ended; what it held is in its file."""
    if redis is not None and redis.has_ended:
        say(f"Redis has ended; it is started again. Its log: {redis.log}")
        redis.start()
