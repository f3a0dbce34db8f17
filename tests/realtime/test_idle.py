"""Sockets on which nothing happens stay open, and are told what happens then."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from websockets.asyncio.client import ClientConnection

from realtime.publish import notify
from tests.realtime.cast import Scene
from tests.realtime.servers import Server, ask, next_frame, opened, server
from tests.realtime.test_bookkeeping import NOTIFICATION

#: Longer than any time-out of the connections to Redis.
LONGEST_TIME_OUT = 7
TEN_MINUTES = 600
TOGETHER = 20


@pytest.fixture(scope="module")
def daphne(django_db_setup: None, _redis: str) -> Iterator[Server]:
    with server(SOCKETS_PER_USER_MAX="1000") as running:
        yield running


@asynccontextmanager
async def idle(daphne: Server, scene: Scene, count: int) -> AsyncIterator[list[ClientConnection]]:
    """Sockets that follow an execution in which nothing happens."""
    async with AsyncExitStack() as stack:
        found: list[ClientConnection] = []
        while len(found) < count:
            some = await asyncio.gather(
                *(opened(daphne.url, scene.ada_key, open_timeout=30) for _ in range(min(TOGETHER, count - len(found))))
            )
            for client in some:
                stack.push_async_callback(client.close)
            found += some
        for client in found:
            await ask(client, "subscribe_graph_execution", graph_exec_id=str(scene.execution.id))
            assert (await next_frame(client))["success"]
        yield found


async def hears_nothing(client: ClientConnection, seconds: float) -> bool:
    """Not even that it is closed, which would be raised."""
    try:
        async with asyncio.timeout(seconds):
            await client.recv()
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize(
    ("count", "seconds"), [(3, LONGEST_TIME_OUT), pytest.param(200, TEN_MINUTES, marks=pytest.mark.slow)]
)
async def test_idle_sockets_stay_open(scene: Scene, daphne: Server, count: int, seconds: float) -> None:
    async with idle(daphne, scene, count) as clients:
        assert all(await asyncio.gather(*(hears_nothing(client, seconds) for client in clients)))
        await scene.commit(scene.node_event(1))
        await sync_to_async(notify)(scene.ada.pk, NOTIFICATION)
        for client in clients:
            frames = [json.loads(await asyncio.wait_for(client.recv(), 20)) for _ in range(2)]
            assert {frame["method"] for frame in frames} == {"node_execution_event", "notification"}
