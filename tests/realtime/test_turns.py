"""Who comes all at once is served in turn, and a Redis that hangs holds up nobody for long."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal

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
    """The network as far as joining goes, or leaving: who wants to waits until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, change: Literal["group_add", "group_discard"]) -> None:
        self.waiting = 0
        self.came, self.opens = asyncio.Semaphore(0), asyncio.Event()
        layer = get_channel_layer()
        self._go = getattr(layer, change)
        monkeypatch.setattr(layer, change, self._wait_and_go, raising=False)

    async def _wait_and_go(self, group: str, channel: str) -> None:
        self.waiting += 1
        self.came.release()
        await self.opens.wait()
        await self._go(group, channel)

    async def has_seen(self, count: int) -> None:
        for _ in range(count):
            await self.came.acquire()


@pytest.fixture
def slow(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody gets past a door because that takes long."""
    monkeypatch.setattr("realtime.consumers.DOOR_SECONDS", WOKEN_SECONDS)
    monkeypatch.setattr("realtime.following.JOIN_SECONDS", WOKEN_SECONDS)


@pytest.fixture
def door(slow: None, monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch, "group_add")


@pytest.fixture
def way_out(slow: None, monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch, "group_discard")


@asynccontextmanager
async def crowd(scene: Scene, count: int) -> AsyncIterator[list[asyncio.Task[tuple[bool, str | None]]]]:
    clients = [socket(scene.ada_key) for _ in range(count)]
    try:
        yield [asyncio.create_task(client.connect()) for client in clients]
    finally:
        await asyncio.gather(*(client.disconnect() for client in clients))


class Queue:
    """Tasks that want a turn, in the order of their numbers, and keep it until they are let go."""

    def __init__(self, turns: Turns, count: int) -> None:
        self.came, self._goes = list[int](), [asyncio.Event() for _ in range(count)]
        self.tasks = [asyncio.create_task(self._take(turns, number)) for number in range(count)]

    def let_go(self, *numbers: int) -> None:
        for number in numbers:
            self._goes[number].set()

    async def settled(self) -> list[int]:
        """Who has come, after everybody has had the time to."""
        for _ in range(20):
            await asyncio.sleep(0)
        return self.came

    async def _take(self, turns: Turns, number: int) -> None:
        async with turns.next():
            self.came.append(number)
            await self._goes[number].wait()


async def test_turns_are_taken_a_few_at_a_time_and_in_order() -> None:
    queue = Queue(Turns(2), 6)
    for gone in range(6):
        assert await queue.settled() == list(range(min(gone + 2, 6)))
        queue.let_go(gone)
    await asyncio.gather(*queue.tasks)


async def test_who_gives_up_inside_gives_the_turn_to_the_next() -> None:
    queue = Queue(Turns(1), 3)
    assert await queue.settled() == [0]
    queue.tasks[0].cancel()
    assert await queue.settled() == [0, 1]
    queue.let_go(1, 2)
    await asyncio.gather(*queue.tasks[1:])


async def test_who_gives_up_while_waiting_is_left_out() -> None:
    turns = Turns(1)
    async with turns.next():
        queue = Queue(turns, 3)
        assert await queue.settled() == []
        queue.tasks[0].cancel()
    queue.tasks[1].cancel()  # its turn has come, and it does not know yet
    assert await queue.settled() == [2]
    queue.let_go(2)
    await queue.tasks[2]
    assert not turns.next().locked()


async def test_each_event_loop_has_turns_of_its_own() -> None:
    turns = Turns(1)

    async def elsewhere() -> bool:
        async with asyncio.timeout(WOKEN_SECONDS), turns.next():
            return turns.next().locked()

    async with turns.next():
        assert await asyncio.to_thread(asyncio.run, elsewhere())
        assert turns.next().locked()


async def test_sockets_are_let_in_a_few_at_a_time(scene: Scene, settings: LazySettings, door: Door) -> None:
    settings.SOCKETS_PER_USER_MAX = 0
    async with crowd(scene, CROWD) as connecting:
        await door.has_seen(DOORS)
        await asyncio.wait(connecting, timeout=QUIET_SECONDS)
        assert door.waiting == DOORS
        door.opens.set()
        assert all(accepted for accepted, _ in await asyncio.gather(*connecting))


async def test_who_says_later_who_they_are_is_let_in_in_turn_too(
    scene: Scene, settings: LazySettings, door: Door
) -> None:
    settings.SOCKETS_PER_USER_MAX = 0
    clients = [socket() for _ in range(CROWD)]
    await asyncio.gather(*(client.connect() for client in clients))
    for client in clients:
        await client.send_to(text_data=json.dumps({"method": "authenticate", "data": {"token": scene.ada_key}}))
    await door.has_seen(DOORS)
    assert await clients[-1].receive_nothing(QUIET_SECONDS)
    assert door.waiting == DOORS
    door.opens.set()
    assert all([(await receive(client))["success"] for client in clients])
    await asyncio.gather(*(client.disconnect() for client in clients))


async def test_sockets_are_cleared_away_a_few_at_a_time(
    scene: Scene, settings: LazySettings, way_out: Door, redis_url: str
) -> None:
    settings.SOCKETS_PER_USER_MAX = 0
    clients = [socket(scene.ada_key) for _ in range(CROWD)]
    await asyncio.gather(*(client.connect() for client in clients))
    leaving = [asyncio.create_task(client.disconnect()) for client in clients]
    await way_out.has_seen(DOORS)
    await asyncio.wait(leaving, timeout=QUIET_SECONDS)
    assert way_out.waiting == DOORS
    way_out.opens.set()
    await asyncio.gather(*leaving)
    assert way_out.waiting == CROWD
    assert await left(scene, redis_url) == NOTHING


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
