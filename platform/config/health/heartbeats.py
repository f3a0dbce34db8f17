"""How long ago a clock and a worker last said that they are alive. Both say it to Redis."""

import logging

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.utils import utcparse
from rq.worker_registration import get_keys

logger = logging.getLogger(__name__)

CLOCK_KEY = "sluice:clock"
#: How long a beat is remembered. Its age is what has gone of that, so that no two machines' clocks are compared.
REMEMBERED_SECONDS = 7 * 24 * 3600


def beat() -> None:
    """The clock has just swept. A Redis that is away is no reason not to go on."""
    try:
        with client(seconds=settings.SWEEP_SECONDS) as redis:
            redis.set(CLOCK_KEY, 1, ex=REMEMBERED_SECONDS)
    except (RedisError, OSError) as error:
        logger.warning("Redis cannot be told", extra={"action": "heartbeat_failed", "reason": str(error)})


def clock_age(redis: Redis) -> float | None:
    """Seconds since a clock has last swept; None if none has. Raises RedisError."""
    left = int(redis.pttl(CLOCK_KEY))
    return None if left < 0 else max(0.0, REMEMBERED_SECONDS - left / 1000)


def worker_age(redis: Redis) -> float | None:
    """Seconds since the liveliest worker was last heard of; None if there is none. Raises RedisError."""
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.time()
        for key in get_keys(Queue(settings.EXECUTION_QUEUE, connection=redis)):
            pipeline.hmget(key, "birth", "last_heartbeat")
        (seconds, microseconds), *workers = pipeline.execute()
    now = seconds + microseconds / 1_000_000
    beats = [utcparse(beat.decode()).timestamp() for birth, beat in workers if birth and beat]
    return max(0.0, now - max(beats)) if beats else None


def client(*, seconds: float) -> Redis:
    """One that asks once and waits so long."""
    return Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=seconds, socket_timeout=seconds, retry=Retry(NoBackoff(), 0)
    )
