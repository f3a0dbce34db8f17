"""How many requests somebody has made within the last minute: exact over all processes, as long as Redis answers.

Redis keeps the times of the requests in a list, and its script counts and adds in one step, by the clock of Redis.
While Redis is away each process counts by itself: then up to so many times the limit pass as there are processes.
"""

import logging
import math
import time
from collections import deque
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
#: A request does not wait longer for a Redis that does not answer, and then none asks it for a while.
PATIENCE_SECONDS = 0.5
PAUSE_SECONDS = 2.0
LOGGED_EVERY_SECONDS = 60.0
#: Buckets that one process counts by itself.
LOCAL_MAX = 10_000

#: KEYS: the bucket. ARGV: the limit, the window in milliseconds, whether to take (1) or only to look (0).
#: A time from a future of more than a window is from before the clock was set back.
_SCRIPT = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local first = tonumber(redis.call('LINDEX', KEYS[1], 0))
while first and (first <= now - window or first > now + window) do
    redis.call('LPOP', KEYS[1])
    first = tonumber(redis.call('LINDEX', KEYS[1], 0))
end
local used = redis.call('LLEN', KEYS[1])
local free = used < limit
if free and ARGV[3] == '1' then
    redis.call('RPUSH', KEYS[1], now)
    redis.call('PEXPIRE', KEYS[1], window)
    used = used + 1
end
return {free and 1 or 0, limit - used, (first or now) + window - now}
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """limit, remaining: requests.  reset: seconds until the oldest one counts no more."""

    is_free: bool
    limit: int
    remaining: int
    reset: int


def take(bucket: str, limit: int) -> Allowance:
    """Count one more, if there is room. limit: > 0."""
    return _ask(bucket, limit, takes=True)


def look(bucket: str, limit: int) -> Allowance:
    """Whether there is room, without counting."""
    return _ask(bucket, limit, takes=False)


class LocalBuckets:
    """The same in the memory of one process. Of too many, those that were used longest ago are forgotten."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}
        self._lock = Lock()

    def ask(self, bucket: str, limit: int, *, takes: bool, now: float) -> Allowance:
        with self._lock:
            times = self._times.pop(bucket, None) or deque()
            while times and times[0] <= now - WINDOW_SECONDS:
                times.popleft()
            is_free = len(times) < limit
            if is_free and takes:
                times.append(now)
            if times:
                self._times[bucket] = times
            while len(self._times) > LOCAL_MAX:
                del self._times[next(iter(self._times))]
            reset = (times[0] if times else now) + WINDOW_SECONDS - now
            return Allowance(is_free, limit, max(limit - len(times), 0), math.ceil(reset))


class Absence:
    """Whether Redis is believed to be away, and when that is worth a line in the log."""

    def __init__(self) -> None:
        self._until = self._logged = -math.inf

    def lasts(self, now: float) -> bool:
        return now < self._until

    def note(self, error: Exception, now: float) -> None:
        self._until = now + PAUSE_SECONDS
        if now >= self._logged + LOGGED_EVERY_SECONDS:
            self._logged = now
            logger.warning(
                "Requests are counted by each process on its own: Redis does not answer",
                extra={"action": "throttling_alone", "reason": str(error)},
            )


_local = LocalBuckets()
_absence = Absence()


def _ask(bucket: str, limit: int, *, takes: bool) -> Allowance:
    now = time.monotonic()
    if not _absence.lasts(now):
        try:
            return _shared(bucket, limit, takes)
        except (RedisError, OSError) as error:
            _absence.note(error, now)
    return _local.ask(bucket, limit, takes=takes, now=now)


def _shared(bucket: str, limit: int, takes: bool) -> Allowance:
    answer = _script(settings.REDIS_URL)(
        keys=[f"sluice:requests:{bucket}"], args=[limit, WINDOW_SECONDS * 1000, int(takes)]
    )
    is_free, remaining, reset = answer
    return Allowance(bool(is_free), limit, max(remaining, 0), math.ceil(reset / 1000))


@cache
def _script(url: str) -> Any:
    """A connection that was cut is made anew once; whoever has been counted twice by that has lost one request."""
    client = Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionLost,)),
    )
    return client.register_script(_SCRIPT)
