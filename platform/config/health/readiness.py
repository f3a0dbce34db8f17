"""Whether this installation can do what it is for."""

from functools import partial

from config.health.database import check_database
from config.health.findings import Finding
from config.health.probing import Probe, ask_all
from config.health.redis import check_redis

#: For the database and for Redis, at once; the answer to whoever asks leaves within a second.
WAIT_SECONDS = 0.8
#: One command to Redis. There are four.
REDIS_SECONDS = 0.7

_probes = (
    Probe("database", check_database, repair="Look whether its server can be reached, and how busy it is."),
    Probe(
        "redis",
        partial(check_redis, seconds=REDIS_SECONDS),
        repair="Look whether its server can be reached, and how busy it is.",
    ),
)


def not_ready(*, seconds: float = WAIT_SECONDS) -> list[Finding]:
    """What keeps it from that, found within so many seconds, whatever does not answer."""
    return ask_all(_probes, seconds=seconds)
