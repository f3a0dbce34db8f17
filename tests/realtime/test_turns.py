"""Who comes all at once is served in turn, and a Redis that hangs holds up nobody for long."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import LazySettings
from twisted.internet.defer import Deferred

from realtime.attendance import attendance
from realtime.connection import AWAY
from realtime.publish import notify
from realtime.replay import Replay, read
from realtime.send_window import DOOR_SECONDS, WindowedProtocol
from realtime.turns import DOORS, READERS, Turns
from tests.realtime.cast import WOKEN_SECONDS, Client, Opener, Scene, socket, store_finished_run
from tests.realtime.test_bookkeeping import NOTHING, NOTIFICATION, left
from tests.realtime.test_following import QUIET_SECONDS, follow, receive
from tests.realtime.test_joining import HANDSHAKE_SECONDS, set_redis

CROWD = 40


class Door:
    """The network as far as joining goes: who wants to join waits until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting = 0
        self.came, self.opens = asyncio.Semaphore(0), asyncio.Event()
        layer = get_channel_layer()
        self._add = layer.group_add
        monkeypatch.setattr(layer, "group_add", self._group_add, raising=False)

    async def _group_add(self, group: str, channel: str) -> None:
        self.waiting += 1
        self.came.release()
        await self.opens.wait()
        await self._add(group, channel)

    async def has_seen(self, count: int) -> None:
        for _ in range(count):
            await self.came.acquire()


@pytest.fixture
def door(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Door:
    """Nobody gets past it before it is opened, nor because it takes long."""
    monkeypatch.setattr("realtime.consumers.DOOR_SECONDS", WOKEN_SECONDS)
    monkeypatch.setattr("realtime.following.JOIN_SECONDS", WOKEN_SECONDS)
    return Door(monkeypatch)


@asynccontextmanager
async def crowd(scene: Scene, count: int) -> AsyncIterator[list[asyncio.Task[tuple[bool, str | None]]]]:
    clients = [socket(scene.ada_key) for _ in range(count)]
    try:
        yield [asyncio.create_task(client.connect()) for client in clients]
    finally:
        await asyncio.gather(*(client.disconnect() for client in clients))


async def test_turns_are_taken_a_few_at_a_time_and_in_order() -> None:
    turns, came, goes = Turns(2), list[int](), asyncio.Semaphore(0)

    async def one(number: int) -> None:
        async with turns.next():
            came.append(number)
            await goes.acquire()

    tasks = [asyncio.create_task(one(number)) for number in range(6)]
    for begun in (2, 3, 4, 5, 6, 6):
        while len(came) < begun:
            await asyncio.sleep(0)
        for _ in range(10):
            await asyncio.sleep(0)
        assert came == list(range(begun))
        goes.release()
    await asyncio.gather(*tasks)


async def test_sockets_are_let_in_a_few_at_a_time(scene: Scene, settings: LazySettings, door: Door) -> None:
    settings.SOCKETS_PER_USER_MAX = 0
    async with crowd(scene, CROWD) as connecting:
        await door.has_seen(DOORS)
        await asyncio.wait(connecting, timeout=QUIET_SECONDS)
        assert door.waiting == DOORS
        door.opens.set()
        assert all(accepted for accepted, _ in await asyncio.gather(*connecting))


async def test_who_gives_up_while_waiting_takes_nobodys_turn(
    scene: Scene, settings: LazySettings, door: Door, redis_url: str
) -> None:
    settings.SOCKETS_PER_USER_MAX = 0
    async with crowd(scene, DOORS) as connecting:
        await door.has_seen(DOORS)
        impatient = socket(scene.ada_key)
        await impatient.send_input({"type": "websocket.connect"})
        await impatient.send_input({"type": "websocket.disconnect", "code": 1006})
        await impatient.wait(WOKEN_SECONDS)
        assert door.waiting == DOORS
        door.opens.set()
        await asyncio.gather(*connecting)
    assert await left(scene, redis_url) == NOTHING


def test_daphne_lets_clients_wait_and_then_come_again() -> None:
    protocol = WindowedProtocol()
    protocol.state, protocol.handshake_deferred = protocol.STATE_CONNECTING, Deferred()
    refusals: list[int] = []
    protocol.handshake_deferred.addErrback(lambda failure: refusals.append(failure.value.code))
    protocol.socket_opened = time.time() - DOOR_SECONDS + 5
    protocol.check_timeouts()
    protocol.onOpenHandshakeTimeout()
    assert (refusals, protocol.state) == ([], protocol.STATE_CONNECTING)
    protocol.socket_opened = time.time() - DOOR_SECONDS - 1
    protocol.check_timeouts()
    assert refusals == [503]


class Hanging:
    """A Redis that takes connections and answers nothing, until the real one is back in its place."""

    def __init__(self, place: Path, redis_url: str) -> None:
        self.place = place
        self.connections: list[asyncio.StreamWriter] = []
        self._real = redis_url.removeprefix("unix://").partition("?")[0]

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(lambda _, writer: self.connections.append(writer), self.place)

    def end(self) -> None:
        self._server.close()
        self.place.unlink()
        self.place.symlink_to(self._real)
        for connection in self.connections:
            connection.close()


@pytest.fixture
async def hanging(scene: Scene, settings: LazySettings, redis_url: str, tmp_path: Path) -> AsyncIterator[Hanging]:
    """From here on, Redis hangs."""
    redis = Hanging(tmp_path / "redis", redis_url)
    await redis.start()
    set_redis(settings, redis.place)
    yield redis
    if not redis.place.is_symlink():
        redis.end()


async def test_stretches_are_read_a_few_at_a_time(
    scene: Scene, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.connection.ANSWER_SECONDS", WOKEN_SECONDS)
    await sync_to_async(store_finished_run)(scene)
    reading = [asyncio.create_task(read(str(scene.execution.id), 0)) for _ in range(CROWD)]
    async with asyncio.timeout(WOKEN_SECONDS):
        while len(hanging.connections) < READERS:
            await asyncio.sleep(0)
    await asyncio.wait(reading, timeout=QUIET_SECONDS)
    assert len(hanging.connections) == READERS
    hanging.end()
    found: list[Replay] = await asyncio.gather(*reading)
    assert all(replay.events[-1]["seq"] == 6 for replay in found)


async def test_one_waits_for_a_redis_that_hangs_and_the_others_go_on(
    scene: Scene, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.connection.ANSWER_SECONDS", 0.1)
    monkeypatch.setattr("realtime.connection.PAUSE_SECONDS", 600)
    await sync_to_async(store_finished_run)(scene)
    for _ in range(5):
        assert (await read(str(scene.execution.id), 0)).events[-1]["seq"] == 6
    assert len(hanging.connections) <= 2  # redis-py asks twice


async def test_subscriber_is_answered_while_redis_hangs_and_told_all_when_it_is_back(
    scene: Scene, hanging: Hanging, connect: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.connection.PAUSE_SECONDS", 0)  # so that what is committed below is not dropped
    client = await connect()
    began = time.monotonic()
    assert (await follow(client, scene))["success"]
    assert time.monotonic() - began < HANDSHAKE_SECONDS
    hanging.end()
    await is_joined(client, lambda: notify(scene.ada.pk, NOTIFICATION))
    await scene.commit(scene.node_event(1))
    while (seq := (await receive(client))["data"].get("seq")) is None:
        pass
    assert seq == 1


async def is_joined(client: Client, tell: Callable[[], None]) -> None:
    """Tell until it is heard."""
    async with asyncio.timeout(WOKEN_SECONDS):
        while await client.receive_nothing(QUIET_SECONDS):
            with suppress(*AWAY):
                await attendance().keep_places()
            await sync_to_async(tell)()
