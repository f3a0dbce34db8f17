"""Which addresses are sockets."""

from collections.abc import Iterator

import pytest
from websockets import InvalidStatus
from websockets.asyncio.client import connect

from realtime.routing import sockets
from tests.realtime.cast import Client, Scene
from tests.realtime.servers import Server, ask, next_frame, opened, server


@pytest.fixture(scope="module")
def daphne(django_db_setup: None, _redis: str) -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.mark.parametrize("address", ["/foo", "/", "", "/wss", "/ws/x", "/ws//", "/api/v1/graphs", "/WS"])
async def test_another_address_is_refused_before_anybody_looks(scene: Scene, address: str) -> None:
    client = Client(sockets(), address, headers=[(b"authorization", f"Bearer {scene.ada_key}".encode())])
    assert await client.connect() == (False, 1000)


@pytest.mark.parametrize("address", ["/ws", "/ws/"])
async def test_slash_at_the_end_does_not_matter(scene: Scene, daphne: Server, address: str) -> None:
    async with await opened(daphne.url.removesuffix("/ws") + address, scene.ada_key) as client:
        await ask(client, "heartbeat")
        assert (await next_frame(client))["data"] == "pong"


async def test_client_of_daphne_is_told_at_once(scene: Scene, daphne: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(daphne.url.removesuffix("/ws") + "/foo")
    assert refused.value.response.status_code == 403
