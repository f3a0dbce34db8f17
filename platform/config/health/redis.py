"""Whether Redis answers, and what it says of the clock and the workers."""

from collections.abc import Callable

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from config.health.findings import Finding, first_line
from config.health.heartbeats import client, clock_age, worker_age

Age = Callable[[Redis], float | None]

REPAIRS = {
    "worker": "Start one with `manage.py rqworker`; if one runs, look into its log.",
    "clock": "Start it with `manage.py clock`; if it runs, look into its log.",
}
AGES: dict[str, Age] = {"worker": worker_age, "clock": clock_age}


def check_redis(*, seconds: float) -> list[Finding]:
    """seconds: how long each of its answers is waited for."""
    try:
        with client(seconds=seconds) as redis:
            redis.ping()
            ages = {name: age(redis) for name, age in AGES.items()}
    except (RedisError, OSError, ValueError) as error:
        problem = f"Redis does not answer: {first_line(error)}."
        return [Finding("redis", problem, "Start it, or correct REDIS_URL.")]
    return [finding for name, age in ages.items() if (finding := judged(name, age)) is not None]


def judged(name: str, age: float | None) -> Finding | None:
    """What is to be said of a heartbeat of this age; nothing if it is young."""
    if age is None:
        return Finding(name, f"No {name} is running.", REPAIRS[name])
    if age > settings.HEARTBEAT_MAX_SECONDS:
        problem = (
            f"The {name} was last heard of {age:.0f} seconds ago "
            f"(HEARTBEAT_MAX_SECONDS={settings.HEARTBEAT_MAX_SECONDS:g})."
        )
        return Finding(name, problem, REPAIRS[name])
    return None
