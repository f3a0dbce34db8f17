"""A Redis that takes connections and never answers holds up what asks it, and nothing that runs."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from functools import partial

import pytest
from django.conf import LazySettings

from executor.hosting.workplace import SHARED_DATABASE_THREADS, shared_workplace
from executor.jobs import run_execution
from executor.models import GraphExecution
from executor.statuses import Status
from tests.executor.awaiting import until
from tests.executor.building import build
from tests.executor.running import fresh, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

#: Executions that end and wait for Redis then, one after another, some seconds each.
ENDING = 3 * SHARED_DATABASE_THREADS


@pytest.fixture
def hanging_redis(settings: LazySettings) -> Iterator[socket.socket]:
    """The queue's Redis hangs until this is closed."""
    settings.ACTIVITY_SUMMARY, settings.ACTIVITY_SUMMARY_MODEL = True, "m"
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        settings.RQ_QUEUES = {settings.EXECUTION_QUEUE: {"URL": url}}
        yield silent


@pytest.fixture
def long(hanging_redis: socket.socket) -> GraphExecution:
    return started(make_user(), build({"p": ("Pause", {"value": 1, "seconds": 60})}), ring=False)


def run_beside_those_that_end(long: GraphExecution, redis: socket.socket, scene: Callable[[], Awaitable[None]]) -> None:
    """Play the scene while one execution runs and others, which have ended, wait for Redis."""
    ending = [started(long.user, build({"e": ("Echo", {"value": 1})}), ring=False) for _ in range(ENDING)]

    async def play() -> None:
        async with shared_workplace():
            running = asyncio.create_task(run_execution(str(long.id)))
            await until(lambda: fresh(long).status == Status.RUNNING, running)
            held_up = [asyncio.create_task(run_execution(str(execution.id))) for execution in ending]
            await until(lambda: all(fresh(execution).status == Status.COMPLETED for execution in ending))
            await scene()
            redis.close()
            running.cancel()
            await asyncio.gather(running, *held_up, return_exceptions=True)

    asyncio.run(play())


def has_been_renewed(execution: GraphExecution, seen: set[datetime | None]) -> bool:
    """Several times. seen: the ends of its lease so far."""
    seen.add(fresh(execution).lease_until)
    return len(seen) > 5


def summaries_given_up(caplog: pytest.LogCaptureFixture) -> int:
    return sum(getattr(record, "action", "") == "summary_lost" for record in caplog.records)


def test_what_runs_keeps_its_lease_while_others_wait_for_redis(
    long: GraphExecution, hanging_redis: socket.socket, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LEASE_RENEW_SECONDS = 0.1

    async def scene() -> None:
        await until(partial(has_been_renewed, long, set()))
        assert summaries_given_up(caplog) <= ENDING // 2

    run_beside_those_that_end(long, hanging_redis, scene)


def test_what_runs_hears_a_stop_while_others_wait_for_redis(
    long: GraphExecution, hanging_redis: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        rows = GraphExecution.objects.filter(id=long.id)
        await asyncio.to_thread(rows.update, cancel_requested_at=long.created_at)
        await until(lambda: fresh(long).status == Status.TERMINATED)
        assert summaries_given_up(caplog) <= ENDING // 2

    run_beside_those_that_end(long, hanging_redis, scene)
