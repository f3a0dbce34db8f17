"""Jobs for the tests of workers. They note in a Redis list what they did."""

import asyncio
import os
import time
from typing import Any

from redis import Redis
from rq import get_current_job
from rq.job import Job

NOTES = "notes"
NAMES = ("nap", "fail", "plain", "well", "badly", "stopped")
#: For RQ_ALLOWED_JOBS.
ALLOWED = ",".join(f"{__name__}.{name}" for name in NAMES)


async def nap(seconds: float) -> int:
    """Which process it ran in."""
    note(f"begin {os.getpid()}")
    await asyncio.sleep(seconds)
    note(f"end {os.getpid()}")
    return os.getpid()


async def fail() -> None:
    note("fail")
    raise ValueError("as wanted")


def plain(seconds: float = 0) -> str:
    """A function that is no coroutine function."""
    note("plain")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.02)
    return "plain"


def well(job: Job, connection: Redis, result: Any) -> None:
    connection.rpush(NOTES, "well")


def badly(job: Job, connection: Redis, *error: Any) -> None:
    connection.rpush(NOTES, f"badly {error[0].__name__}")


def stopped(job: Job, connection: Redis) -> None:
    connection.rpush(NOTES, "stopped")


def note(text: str) -> None:
    job = get_current_job()
    assert job is not None
    job.connection.rpush(NOTES, text)
