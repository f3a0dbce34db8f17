"""What is told to all sockets of a user reaches a socket from the moment on at which it is accepted."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import LazySettings

from accounts.key_status import revoke
from accounts.models import ApiKey
from realtime.attendance import attendance
from realtime.publish import notify
from tests.realtime.cast import Client, Opener, Scene, close_code, socket
from tests.realtime.test_bookkeeping import NOTHING, NOTIFICATION, left
from tests.realtime.test_following import QUIET_SECONDS, follow, receive

#: More than a handshake waits for Redis, and less than a client waits for a handshake.
HANDSHAKE_SECONDS = 4


@pytest.fixture
def slow_joining(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> asyncio.Event:
    """The network is slow: no group is joined before this is set."""
    layer, arrives = get_channel_layer(), asyncio.Event()
    add = layer.group_add

    async def group_add(group: str, channel: str) -> None:
        await arrives.wait()
        await add(group, channel)

    monkeypatch.setattr(layer, "group_add", group_add, raising=False)
    return arrives


def set_redis(settings: LazySettings, place: Path) -> None:
    settings.REDIS_URL = f"unix://{place}"
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [settings.REDIS_URL]}}
    settings.CHANNEL_LAYERS = {"default": layer}


@pytest.fixture
async def hanging_redis(scene: Scene, settings: LazySettings, tmp_path: Path) -> Callable[[], None]:
    """From here on, Redis takes connections and answers nothing. Once this is called, it is away."""
    connections: list[asyncio.StreamWriter] = []
    server = await asyncio.start_unix_server(lambda _, writer: connections.append(writer), tmp_path / "hangs")
    set_redis(settings, tmp_path / "hangs")

    def end() -> None:
        server.close()
        for connection in connections:
            connection.close()

    return end


@pytest.fixture
def absent_redis(scene: Scene, redis_url: str, settings: LazySettings, tmp_path: Path) -> Callable[[], None]:
    """From here on, Redis is away, until this is called."""
    set_redis(settings, tmp_path / "returns")
    return lambda: (tmp_path / "returns").symlink_to(redis_url.removeprefix("unix://").partition("?")[0])


async def end_in_silence(scene: Scene) -> None:
    await ApiKey.objects.filter(user=scene.ada).aupdate(scopes=[])


async def told(client: Client) -> Any:
    return (await receive(client))["data"]


async def test_what_is_told_at_once_after_the_handshake_arrives(scene: Scene, connect: Opener) -> None:
    for _ in range(5):
        client = await connect()
        await sync_to_async(notify)(scene.ada.pk, NOTIFICATION)
        assert await told(client) == NOTIFICATION
        await client.disconnect()


async def test_socket_is_accepted_when_it_has_joined(scene: Scene, slow_joining: asyncio.Event) -> None:
    client = socket(scene.ada_key)
    connecting = asyncio.create_task(client.connect())
    await asyncio.wait({connecting}, timeout=QUIET_SECONDS)
    assert not connecting.done()
    slow_joining.set()
    assert (await connecting)[0]
    await sync_to_async(notify)(scene.ada.pk, NOTIFICATION)
    assert await told(client) == NOTIFICATION
    await client.disconnect()


async def test_end_of_access_that_is_announced_at_once_after_the_handshake_is_heard(
    scene: Scene, connect: Opener
) -> None:
    client = await connect()
    await sync_to_async(lambda: revoke(ApiKey.objects.get(user=scene.ada)))()
    assert await close_code(client) == 4003


async def test_access_that_ends_while_joining_closes_after_the_handshake(
    scene: Scene, slow_joining: asyncio.Event
) -> None:
    client = socket(scene.ada_key)
    connecting = asyncio.create_task(client.connect())
    while not len(attendance()):
        await asyncio.sleep(0)
    await end_in_silence(scene)
    await attendance().dismiss_uninvited()
    slow_joining.set()
    assert (await connecting)[0]
    assert await close_code(client) == 4003
    await client.disconnect()


async def test_handshakes_are_answered_while_redis_hangs(
    scene: Scene, hanging_redis: Callable[[], None], connect: Opener
) -> None:
    async with asyncio.timeout(HANDSHAKE_SECONDS):
        await asyncio.gather(*(connect() for _ in range(5)))
    hanging_redis()


async def test_handshake_is_answered_though_no_group_is_joined(
    scene: Scene, slow_joining: asyncio.Event, connect: Opener
) -> None:
    async with asyncio.timeout(HANDSHAKE_SECONDS):
        client = await connect()
    slow_joining.set()
    assert (await follow(client, scene))["success"]
    await sync_to_async(notify)(scene.ada.pk, NOTIFICATION)
    assert await told(client) == NOTIFICATION


async def test_socket_that_was_opened_without_redis_is_told_all_when_redis_is_back(
    scene: Scene, absent_redis: Callable[[], None], connect: Opener
) -> None:
    client = await connect()
    assert (await follow(client, scene))["success"]
    absent_redis()
    await attendance().keep_places()
    await sync_to_async(notify)(scene.ada.pk, NOTIFICATION)
    assert await told(client) == NOTIFICATION
    await scene.commit(scene.node_event(1))
    assert (await told(client))["seq"] == 1


async def test_socket_that_was_opened_without_redis_leaves_nothing(
    scene: Scene, no_redis: None, redis_url: str
) -> None:
    client = socket(scene.ada_key)
    await client.connect()
    await follow(client, scene)
    await client.disconnect()
    assert await left(scene, redis_url) == NOTHING
