"""What is unsafe in Redis and in the database. Whoever does not answer says nothing here; `/readyz` is for that."""

import socket
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import Error as DatabaseError
from django.db import connection
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.worker_registration import get_keys

from config.checks.mode import unsafe
from config.health.database import check_migrations
from config.health.heartbeats import client
from config.health.stopovers import stopover_needed

ANSWER_SECONDS = 3.0
POLICY = "noeviction"


def check_running_redis(**options: Any) -> list[CheckMessage]:
    try:
        with client(seconds=ANSWER_SECONDS) as redis:
            return [*_policy(redis), *_machines(redis)]
    except (RedisError, OSError, ValueError):
        return []


def check_tables(**options: Any) -> list[CheckMessage]:
    try:
        return [unsafe(12, finding.problem, finding.repair) for finding in check_migrations()]
    except DatabaseError:
        return []
    finally:
        if not connection.in_atomic_block:
            connection.close()


def check_stopover(*, databases: Any = None, **options: Any) -> list[CheckMessage]:
    """Whether `migrate` may go on from here. Only when Django checks databases, as it does before it migrates."""
    sentence = stopover_needed() if databases else ""
    return [Error(sentence, id="config.E013")] if sentence else []


def _policy(redis: Redis) -> Iterator[CheckMessage]:
    policy = redis.info("memory").get("maxmemory_policy", POLICY)
    if policy != POLICY:
        yield unsafe(
            10,
            f"Redis throws keys away when it is full (maxmemory-policy {policy}): rings and live events get lost.",
            f"Set `maxmemory-policy {POLICY}` there.",
        )


def _machines(redis: Redis) -> Iterator[CheckMessage]:
    """SQLite is one file on one machine; over a network its locks do not hold."""
    if connection.vendor != "sqlite":
        return
    with redis.pipeline(transaction=False) as pipeline:
        for key in get_keys(Queue(settings.EXECUTION_QUEUE, connection=redis)):
            pipeline.hget(key, "hostname")
        hosts = {name.decode() for name in pipeline.execute() if name}
    others = sorted(hosts - {socket.gethostname()})
    if others:
        yield unsafe(
            11,
            f"The database is SQLite, and workers run on other machines too: {', '.join(others)}.",
            "Use PostgreSQL for more than one machine (DATABASE_URL), or stop those workers.",
        )
