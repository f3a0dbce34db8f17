"""What is logged while a socket is served names its user and the request that opened it, and nobody else's."""

import asyncio
import logging
import re
from typing import Any

import pytest
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisSingleShardConnection
from redis.asyncio import Redis
from structlog.contextvars import bound_contextvars, get_contextvars

from realtime.closing import FAULT
from realtime.database import in_database_thread
from realtime.stream import FIELD, key
from tests.config.written import Line, line_of, lines, written
from tests.realtime.cast import WOKEN_SECONDS, Client, Opener, Scene, close_code, socket
from tests.realtime.test_following import follow

NEW = re.compile(r"[0-9a-f]{24}")


@pytest.fixture
async def unreadable(scene: Scene, redis_url: str) -> None:
    """Whoever follows the execution fails."""
    async with Redis.from_url(redis_url) as redis:
        await redis.xadd(key(str(scene.execution.id)), {FIELD: b"nonsense"}, id="1-0")


def opened_by(api_key: str | None, request_id: str) -> Client:
    return socket(api_key, headers={"request-id": request_id})


def named(line: Line) -> tuple[str, str]:
    return line.get("request_id", ""), line.get("user_id", "")


async def test_a_failure_names_the_request_and_the_user(scene: Scene, unreadable: None) -> None:
    client = opened_by(scene.ada_key, "mine")
    with written() as text:
        await client.connect()
        await follow(client, scene)
        assert await close_code(client) == FAULT.code
    await client.disconnect()
    assert named(line_of(text, "subscription_failed")) == ("mine", str(scene.ada.pk))
    assert get_contextvars() == {}


async def test_a_handshake_that_fails_is_named_too(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def group_add(group: str, channel: str) -> None:
        raise RuntimeError("The channel layer is broken.")

    monkeypatch.setattr(get_channel_layer(), "group_add", group_add, raising=False)
    client = opened_by(scene.ada_key, "mine")
    with written() as text:
        assert await client.connect() == (False, FAULT.code)
    await client.disconnect()
    assert named(line_of(text, "handshake_failed")) == ("mine", str(scene.ada.pk))


async def test_who_says_later_who_they_are_is_named_from_then_on(scene: Scene, unreadable: None) -> None:
    client = opened_by(None, "mine")
    with written() as text:
        await client.connect()
        await client.send_to(text_data=f'{{"method": "authenticate", "data": {{"token": "{scene.ada_key}"}}}}')
        await client.receive_from()
        await follow(client, scene)
        assert await close_code(client) == FAULT.code
    await client.disconnect()
    assert named(line_of(text, "subscription_failed")) == ("mine", str(scene.ada.pk))


async def test_sockets_at_the_same_time_are_never_mixed_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each of them logs that its group was not left."""

    async def group_discard(group: str, channel: str) -> None:
        raise OSError("The network is gone.")

    monkeypatch.setattr(get_channel_layer(), "group_discard", group_discard, raising=False)
    users = {f"a{number}": (scene.ada_key, scene.ada) for number in range(3)}
    users |= {f"g{number}": (scene.grace_key, scene.grace) for number in range(3)}
    clients = [opened_by(api_key, name) for name, (api_key, _) in users.items()]
    caplog.set_level(logging.DEBUG, "realtime.following")
    with written(level=logging.DEBUG) as text:
        await asyncio.gather(*(client.connect() for client in clients))
        await asyncio.gather(*(client.disconnect() for client in clients))
    told = [named(line) for line in lines(text) if line.get("action") == "group_discard_failed"]
    assert sorted(told) == sorted((name, str(user.pk)) for name, (_, user) in users.items())


async def test_work_in_a_thread_for_the_database_names_the_socket_that_wants_it() -> None:
    with bound_contextvars(request_id="mine"):
        assert await in_database_thread(get_contextvars) == {"request_id": "mine"}
    assert await in_database_thread(get_contextvars) == {}


async def test_what_hears_for_all_sockets_names_none(
    scene: Scene, connect: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    receive = RedisSingleShardConnection._receive_message

    def note(shard: RedisSingleShardConnection, message: Any) -> None:
        told.append(get_contextvars())
        receive(shard, message)

    monkeypatch.setattr(RedisSingleShardConnection, "_receive_message", note)
    client = await connect()
    await follow(client, scene)
    await scene.commit(scene.node_event(1))
    await client.receive_from()
    assert told
    assert not any(told)


async def test_what_looks_after_all_sockets_names_none(
    scene: Scene, no_redis: None, connect: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so when Redis is away."""
    monkeypatch.setattr("realtime.attendance.COMPARE_SECONDS", 0.01)
    with written() as text:
        await connect()
        async with asyncio.timeout(WOKEN_SECONDS):
            while "watch_failed" not in text.getvalue():
                await asyncio.sleep(0)
    assert {named(line) for line in lines(text) if line.get("action") == "watch_failed"} == {("", "")}


@pytest.mark.parametrize(("asked", "is_taken_over"), [("abc-DEF_123", True), ("", False), ("a b", False)])
async def test_the_answer_to_the_handshake_has_the_id(scene: Scene, asked: str, is_taken_over: bool) -> None:
    client = opened_by(scene.ada_key, asked)
    await client.connect()
    await client.disconnect()
    [(name, value)] = client.response_headers
    assert name == b"request-id"
    assert value.decode() == asked if is_taken_over else NEW.fullmatch(value.decode())
