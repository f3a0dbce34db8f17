"""What daphne does for a client: waits for it, tells it why it is closed, and lets go of it."""

import asyncio
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from asgiref.sync import sync_to_async
from redis.asyncio import Redis
from websockets import ConnectionClosed, Subprotocol
from websockets.asyncio.client import ClientConnection, connect

from realtime.closing import FRAME_TOO_LARGE, NOBODY, TOO_MANY_FRAMES
from realtime.places import key as places_key
from realtime.protocol import SUBPROTOCOL
from tests.realtime.cast import Scene, new_execution
from tests.realtime.servers import Server, ask, next_frame, opened, server

LARGE = {"output_data": {"text": ["x" * 20_000]}}
#: 20 MB: more than the kernel keeps for a connection.
MANY = 1000
STUCK = 50
MOST_BYTES = 80 * 1024 * 1024
#: A frame as clients mask it, with 125 bytes that come back with its answer.
PING = b"\x89\xfd\0\0\0\0" + 125 * b"a"
#: Pings in a minute that is not measured for anything else.
PINGS = 200


@pytest.fixture(scope="module")
def daphne(django_db_setup: None, _redis: str) -> Iterator[Server]:
    with server(SOCKETS_PER_USER_MAX="100") as running:
        yield running


async def closed(client: ClientConnection) -> tuple[int, str]:
    with suppress(ConnectionClosed):
        async with asyncio.timeout(10):
            while True:
                await client.recv()
    return client.close_code or 0, client.close_reason or ""


async def commit_much(scene: Scene) -> None:
    for first in range(1, MANY + 1, 20):
        await scene.commit(*(scene.node_event(seq) | LARGE for seq in range(first, first + 20)))


async def follow(client: ClientConnection, scene: Scene, after: int = 0) -> None:
    await ask(client, "subscribe_graph_execution", graph_exec_id=str(scene.execution.id), after=after)
    assert (await next_frame(client))["success"]


async def test_close_has_its_code_and_its_reason(scene: Scene, daphne: Server) -> None:
    async with connect(daphne.url) as client:
        await client.send('{"method": "heartbeat", "data": "ping"}')
        assert await closed(client) == (NOBODY.code, NOBODY.reason)


async def test_answer_to_the_handshake_has_its_headers(scene: Scene, daphne: Server) -> None:
    offered = [Subprotocol(SUBPROTOCOL)]
    async with connect(daphne.url, additional_headers={"Request-Id": "mine"}, subprotocols=offered) as client:
        assert client.response is not None
        assert (client.response.headers["Request-Id"], client.subprotocol) == ("mine", SUBPROTOCOL)


async def test_too_many_pings_close_as_such_and_their_answers_do_not_pile_up(scene: Scene, daphne: Server) -> None:
    async with await opened(daphne.url, scene.ada_key) as client:
        before = daphne.resident_bytes
        client.transport.write(PING * 200_000)
        code, reason = await closed(client)
    assert (code, reason) == (TOO_MANY_FRAMES.code, TOO_MANY_FRAMES.reason)
    assert daphne.resident_bytes - before < 10 * 1024 * 1024


async def test_usual_pings_are_answered(scene: Scene, daphne: Server) -> None:
    async with await opened(daphne.url, scene.ada_key) as client:
        for _ in range(10):
            await (await client.ping())


@pytest.mark.parametrize("is_text", [True, False])
async def test_frame_that_is_too_large_closes_as_such(scene: Scene, daphne: Server, is_text: bool) -> None:
    async with await opened(daphne.url, scene.ada_key) as client:
        await client.send("x" * 65_537 if is_text else b"x" * 65_537)
        code, _ = await closed(client)
    assert code == FRAME_TOO_LARGE.code


async def test_frame_that_is_no_utf8_closes_as_such(scene: Scene, daphne: Server) -> None:
    async with await opened(daphne.url, scene.ada_key) as client:
        await client.send(b"\xff\xfe", text=True)
        code, _ = await closed(client)
    assert code == 1007


async def test_client_that_reads_late_gets_everything_in_order(scene: Scene, daphne: Server) -> None:
    """It stops reading for as long as the server can be filled, and reads on before it counts as too slow."""
    await commit_much(scene)
    async with await opened(daphne.url, scene.ada_key, max_queue=1) as client:
        await follow(client, scene)
        before = daphne.resident_bytes
        await asyncio.sleep(1)
        assert daphne.resident_bytes - before < MANY * 20_000 / 2
        frames = [await next_frame(client) for _ in range(MANY)]
    assert [frame["data"]["seq"] for frame in frames] == list(range(1, MANY + 1))


@pytest.mark.slow
async def test_client_that_never_reads_is_closed_as_too_slow(scene: Scene, daphne: Server) -> None:
    """It sees the code when it reads on while the server still waits for its answer."""
    await commit_much(scene)
    async with await opened(daphne.url, scene.ada_key, max_queue=1, ping_interval=None) as client:
        await follow(client, scene)
        await asyncio.sleep(18)  # longer than a frame may take, shorter than the end of the closing
        code, reason = await closed(client)
    assert (code, "last seq" in reason) == (4008, True)


@pytest.mark.slow
async def test_half_open_socket_is_let_go_within_a_minute(scene: Scene, daphne: Server, redis_url: str) -> None:
    """A client that is gone without a word answers no ping."""
    with socket.create_connection(("127.0.0.1", daphne.port)) as raw:
        raw.sendall(
            b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Authorization: Bearer " + scene.ada_key.encode() + b"\r\n\r\n"
        )
        async with Redis.from_url(redis_url) as redis, asyncio.timeout(75):
            while not await redis.zcard(places_key(scene.ada.pk)):
                await asyncio.sleep(0.1)
            began = time.monotonic()
            while await redis.zcard(places_key(scene.ada.pk)):
                await asyncio.sleep(0.5)
    assert 40 < time.monotonic() - began < 62


@pytest.mark.slow
async def test_fifty_clients_that_never_read_hold_little_and_delay_nobody(scene: Scene, daphne: Server) -> None:
    other = await sync_to_async(new_execution)(scene.ada, scene.version)
    await commit_much(scene)
    async with await opened(daphne.url, scene.ada_key) as reader:
        await ask(reader, "subscribe_graph_execution", graph_exec_id=str(other.id))
        assert (await next_frame(reader))["success"]
        alone = await latencies(reader, scene, other, first=1)
        before = daphne.resident_bytes
        stuck = [await opened(daphne.url, scene.ada_key, max_queue=1, ping_interval=None) for _ in range(STUCK)]
        for client in stuck:
            await ask(client, "subscribe_graph_execution", graph_exec_id=str(scene.execution.id))
        await asyncio.sleep(3)
        beside = await latencies(reader, scene, other, first=1 + PINGS)
        grown = daphne.resident_bytes - before
        for client in stuck:
            client.transport.abort()
    assert grown < MOST_BYTES
    assert p99(beside) <= 2 * p99(alone) + 5


async def latencies(reader: ClientConnection, scene: Scene, execution: object, *, first: int) -> list[float]:
    """Milliseconds from a commit to the client, of PINGS commits one after another."""
    found = []
    for seq in range(first, first + PINGS):
        began = time.perf_counter()
        await scene.commit(scene.graph_event(seq, "RUNNING", execution), execution=execution)  # type: ignore[arg-type]
        assert (await next_frame(reader))["data"]["seq"] == seq
        found.append((time.perf_counter() - began) * 1000)
    return found


def p99(found: list[float]) -> float:
    return statistics.quantiles(found, n=100)[98]
