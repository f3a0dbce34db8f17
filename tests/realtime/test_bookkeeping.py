"""What the server keeps for sockets: who is told what, and that nothing is left of those that are gone."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import transaction
from redis.asyncio import Redis

from realtime.attendance import attendance
from realtime.places import key as places_key
from realtime.publish import notify
from tests.realtime.cast import WOKEN_SECONDS, Opener, Scene, socket
from tests.realtime.test_following import QUIET_SECONDS, ask, follow, receive

NOTIFICATION = {"type": "onboarding", "event": "step_completed", "step": "VISIT"}


async def left(scene: Scene, redis_url: str) -> dict[str, Any]:
    """What is still remembered, in this process and in Redis."""
    layer = get_channel_layer()
    async with Redis.from_url(redis_url) as redis:
        return {
            "sockets": len(attendance()),
            "channels": dict(layer.channels),
            "groups": dict(layer.groups),
            "subscribed": await redis.pubsub_channels("*"),
            "places": await redis.zcard(places_key(scene.ada.pk)),
        }


NOTHING = {"sockets": 0, "channels": {}, "groups": {}, "subscribed": [], "places": 0}


async def test_connecting_and_subscribing_is_remembered(scene: Scene, connect: Opener, redis_url: str) -> None:
    client = await connect()
    await follow(client, scene)
    found = await left(scene, redis_url)
    assert (found["sockets"], found["places"], len(found["channels"])) == (1, 1, 1)
    groups = {f"sluice__group__{name}" for name in (f"user.{scene.ada.id}", f"execution.{scene.execution.id}")}
    assert set(found["groups"]) == groups


async def test_after_a_disconnect_nothing_is_left(scene: Scene, redis_url: str) -> None:
    client = socket(scene.ada_key)
    await client.connect()
    await follow(client, scene)
    await ask(client, "subscribe_graph_executions", graph_id=str(scene.execution.graph_id))
    await client.disconnect()
    assert await left(scene, redis_url) == NOTHING
    await scene.commit(scene.node_event(1))
    assert await client.receive_nothing(QUIET_SECONDS)


async def test_after_unsubscribing_the_group_is_left(scene: Scene, connect: Opener, redis_url: str) -> None:
    client = await connect()
    await follow(client, scene)
    await ask(client, "unsubscribe", graph_exec_id=str(scene.execution.id))
    assert set((await left(scene, redis_url))["groups"]) == {f"sluice__group__user.{scene.ada.id}"}


async def test_execution_that_has_ended_leaves_its_group_and_its_place(
    scene: Scene, connect: Opener, redis_url: str
) -> None:
    client = await connect()
    await follow(client, scene)
    await scene.commit(scene.graph_event(1, "COMPLETED"))
    await receive(client)
    answer = await ask(client, "unsubscribe", graph_exec_id=str(scene.execution.id))
    assert answer["success"]
    assert set((await left(scene, redis_url))["groups"]) == {f"sluice__group__user.{scene.ada.id}"}


@pytest.mark.parametrize("times", [10, pytest.param(2000, marks=pytest.mark.slow)])
async def test_a_crowd_that_comes_and_goes_leaves_nothing(scene: Scene, redis_url: str, times: int) -> None:
    for _ in range(times):
        clients = [socket(scene.ada_key) for _ in range(5)]
        await asyncio.gather(*(client.connect() for client in clients))
        await asyncio.gather(*(follow(client, scene) for client in clients))
        await asyncio.gather(*(client.disconnect() for client in clients))
    assert await left(scene, redis_url) == NOTHING


async def test_who_is_refused_leaves_nothing(scene: Scene, redis_url: str) -> None:
    client = socket("slk_nonsense")
    await client.connect()
    await client.disconnect()
    assert await left(scene, redis_url) == NOTHING


async def test_who_leaves_at_the_moment_of_being_told_something_leaves_nothing(scene: Scene, redis_url: str) -> None:
    client, layer = socket(scene.ada_key), get_channel_layer()
    await client.connect()
    (told,) = layer.channels.values()
    told.put_nowait(layer.serialize({"type": "notification", "data": NOTIFICATION}))
    await client.send_input({"type": "websocket.disconnect", "code": 1000})
    await client.wait(WOKEN_SECONDS)
    assert await left(scene, redis_url) == NOTHING


async def test_graph_event_goes_to_both_channels_and_node_event_to_one(scene: Scene, connect: Opener) -> None:
    client = await connect()
    await follow(client, scene)
    await ask(client, "subscribe_graph_executions", graph_id=str(scene.execution.graph_id))
    await scene.commit(scene.graph_event(1, "RUNNING"), scene.node_event(2))
    frames = [await receive(client) for _ in range(3)]
    assert sorted((frame["method"], frame["channel"]) for frame in frames) == [
        ("graph_execution_event", scene.graph_channel),
        ("graph_execution_event", scene.channel),
        ("node_execution_event", scene.channel),
    ]
    assert await client.receive_nothing(QUIET_SECONDS)


async def test_a_batch_is_one_message_of_the_layer_for_each_group(
    scene: Scene, connect: Opener, redis_url: str
) -> None:
    client = await connect()
    await ask(client, "subscribe_graph_executions", graph_id=str(scene.execution.graph_id))
    async with Redis.from_url(redis_url) as redis, redis.pubsub() as listening:
        await listening.psubscribe("sluice__group__*")
        await scene.commit(
            scene.graph_event(1, "QUEUED"), scene.graph_event(2, "RUNNING"), scene.graph_event(3, "FAILED")
        )
        statuses = [(await receive(client))["data"]["status"] for _ in range(3)]
        messages = [message async for message in _all_of(listening)]
    assert statuses == ["QUEUED", "RUNNING", "FAILED"]
    assert sorted(messages) == sorted(
        f"sluice__group__{kind}" for kind in (f"execution.{scene.execution.id}", f"graph.{scene.execution.graph_id}")
    )


async def test_notification_goes_once_to_each_socket_of_the_user_and_to_nobody_else(
    scene: Scene, connect: Opener
) -> None:
    mine, also_mine, graces = await connect(), await connect(), await connect(scene.grace_key)
    await sync_to_async(notify)(scene.ada.pk, NOTIFICATION)
    for client in (mine, also_mine):
        assert await receive(client) == {
            "method": "notification",
            "data": NOTIFICATION,
            "success": None,
            "channel": None,
            "error": None,
        }
        assert await client.receive_nothing(QUIET_SECONDS)
    assert await graces.receive_nothing(QUIET_SECONDS)


async def test_notification_of_a_transaction_that_fails_is_not_sent(scene: Scene, connect: Opener) -> None:
    client = await connect()

    def take_back() -> None:
        with transaction.atomic():
            notify(scene.ada.pk, NOTIFICATION)
            transaction.set_rollback(True)

    await sync_to_async(take_back)()
    assert await client.receive_nothing(QUIET_SECONDS)


async def _all_of(listening: Any) -> Any:
    while (message := await listening.get_message(timeout=QUIET_SECONDS)) is not None:
        if message["type"] == "pmessage":
            yield message["channel"].decode()


async def test_a_frame_is_answered_by_its_method(scene: Scene, connect: Opener) -> None:
    client = await connect()
    for method in ("notification", "graph_execution_snapshot", "node_execution_text"):
        await client.send_to(text_data=json.dumps({"method": method, "data": {}}))
        assert (await receive(client))["error"] == "Message type is not processed by the server"
