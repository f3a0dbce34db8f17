"""All clients of a server are cut at once and come back at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from statistics import quantiles
from urllib.request import Request, urlopen

import pytest
from asgiref.sync import sync_to_async

from executor.events import announce
from tests.realtime.cast import Scene
from tests.realtime.servers import Server, server
from tests.realtime.test_cut_sockets import OUTPUTS, Follower, Run, check, store, write

CLIENTS = 1000
#: From the cut until all have seen everything.
BACK_SECONDS = 30
#: What the API takes meanwhile, 19 times of 20, on a machine that has nothing else to do.
API_SECONDS = 1
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def daphne(django_db_setup: None, _redis: str) -> Iterator[Server]:
    with server(SOCKETS_PER_USER_MAX=str(2 * CLIENTS)) as running:
        yield running


async def tell(scene: Scene, runs: Sequence[Run], indexes: Sequence[int]) -> None:
    for index in indexes:
        await announce(await sync_to_async(write)(scene, runs, index))


async def have_seen(followers: Sequence[Follower], count: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not all(len(follower.seen[one]) >= count for follower in followers for one in follower.executions):
            await asyncio.sleep(0.05)


@asynccontextmanager
async def asked_meanwhile(daphne: Server, key: str) -> AsyncIterator[list[float]]:
    """How long the API takes, again and again."""
    took: list[float] = []
    address = f"http://127.0.0.1:{daphne.port}/api/v1/graphs"
    request = Request(address, headers={"Authorization": f"Bearer {key}"})

    def ask() -> None:
        began = time.monotonic()
        with urlopen(request, timeout=BACK_SECONDS) as answer:
            assert answer.status == 200
        took.append(time.monotonic() - began)

    async def go_on() -> None:
        while True:
            await asyncio.to_thread(ask)
            await asyncio.sleep(0.05)

    asking = asyncio.create_task(go_on())
    try:
        yield took
        assert not asking.done(), asking.exception()
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking


@pytest.mark.parametrize(("clients", "executions"), [(60, 6), pytest.param(CLIENTS, 100, marks=pytest.mark.slow)])
async def test_clients_that_are_cut_together_are_back_soon_and_miss_nothing(
    scene: Scene, daphne: Server, clients: int, executions: int
) -> None:
    runs = await sync_to_async(store)(scene, executions)
    ids = [str(run.execution.id) for run in runs]
    followers = [Follower(daphne.url, scene.ada_key, [ids[number % executions]]) for number in range(clients)]
    following = [asyncio.create_task(follower.run()) for follower in followers]
    await tell(scene, runs, range(OUTPUTS // 2))
    await have_seen(followers, OUTPUTS // 2)
    async with asked_meanwhile(daphne, scene.ada_key) as took:
        for follower in followers:
            follower.cut()
        await tell(scene, runs, range(OUTPUTS // 2, OUTPUTS + 1))
        async with asyncio.timeout(BACK_SECONDS):
            await asyncio.gather(*following)
    assert clients < CLIENTS or quantiles(took, n=20)[-1] <= API_SECONDS
    for follower in followers:
        check(follower.seen[follower.executions[0]])
