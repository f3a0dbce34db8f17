"""Imports wait until the fixtures run: pytest reads this file before Django is set up."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.conf import LazySettings

    from tests.realtime.cast import Opener, Scene


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets are not looked after by themselves, so that only wakes wake."""
    monkeypatch.setattr("realtime.attendance.COMPARE_SECONDS", 600)


@pytest.fixture
def watched(unwatched: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in life."""
    monkeypatch.setattr("realtime.attendance.COMPARE_SECONDS", 1.5)


@pytest.fixture
async def scene(transactional_db: None, redis_url: str, unwatched: None) -> "AsyncIterator[Scene]":
    from asgiref.sync import sync_to_async
    from channels.layers import get_channel_layer
    from django.db import connections

    from tests.realtime.cast import make_scene

    yield await sync_to_async(make_scene)()
    await get_channel_layer().flush()
    await sync_to_async(connections.close_all)()


@pytest.fixture
async def connect(scene: "Scene") -> "AsyncIterator[Opener]":
    """Open sockets, Ada's unless another key is given; they are closed after the test."""
    from tests.realtime.cast import Client, socket

    opened: list[Client] = []

    async def opener(key: str | None = None, **options: Any) -> Client:
        communicator = socket(key or scene.ada_key, **options)
        opened.append(communicator)
        connected, _ = await communicator.connect()
        assert connected
        return communicator

    yield opener
    for communicator in opened:
        await communicator.disconnect()


@pytest.fixture
def no_redis(settings: "LazySettings", scene: "Scene") -> None:
    """From here on, Redis cannot be reached."""
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [settings.REDIS_URL]}}
    settings.CHANNEL_LAYERS = {"default": layer}
