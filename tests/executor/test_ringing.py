"""Executions that end together share one look at what waits; none that ends later is forgotten."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings

from executor.dispatch.dispatching import dispatch
from executor.hosting.ringing import Ringing
from executor.hosting.threads import DatabaseThread
from executor.models import GraphExecution
from tests.executor.waiting import echo_graph, in_queue, queued
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]

SECONDS = 10


class Held(DatabaseThread):
    """Looks only once the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0
        self.begun, self.gate = asyncio.Event(), asyncio.Event()

    async def run(self, work: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if work is dispatch:
            self.looks += 1
            self.begun.set()
            await self.gate.wait()
        return await super().run(work, *args, **options)


async def _rung(number: int) -> int:
    """So many end, and as many once a look has begun. How many looks there were."""
    async with Held() as database, asyncio.timeout(SECONDS):
        ringing = Ringing(database)
        first = [asyncio.create_task(ringing.ring()) for _ in range(number)]
        await database.begun.wait()
        later = [asyncio.create_task(ringing.ring()) for _ in range(number)]
        await asyncio.sleep(0)
        database.gate.set()
        await asyncio.gather(*first, *later)
        return database.looks


def test_those_that_end_while_a_look_is_under_way_share_the_next_one() -> None:
    assert asyncio.run(_rung(5)) == 2


def test_what_waits_is_rung_for(settings: LazySettings) -> None:
    settings.DISPATCH_WINDOW = 10
    [execution] = queued(echo_graph(make_user()), 1)

    async def ring() -> None:
        async with DatabaseThread() as database:
            await Ringing(database).ring()

    asyncio.run(ring())
    assert in_queue() == [execution.id]
    assert GraphExecution.objects.get(id=execution.id).dispatched_at is not None


def test_one_who_is_cancelled_does_not_keep_others_from_ringing() -> None:
    async def scenario() -> int:
        async with Held() as database, asyncio.timeout(SECONDS):
            ringing = Ringing(database)
            given_up, waiting = (asyncio.create_task(ringing.ring()) for _ in range(2))
            await database.begun.wait()
            given_up.cancel()
            await asyncio.wait([given_up])
            database.gate.set()
            await waiting
            return database.looks

    assert asyncio.run(scenario()) == 1
