"""What the channel layer loses is noticed by comparing with the rows."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.utils import timezone

from executor.models import GraphExecution
from realtime.attendance import attendance
from realtime.connection import AWAY
from tests.realtime.cast import Opener, Scene, new_execution, store_finished_run
from tests.realtime.test_following import QUIET_SECONDS, ask, follow, receive, seqs

TOLD = 40


@pytest.fixture
def lossy(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> list[float]:
    """The channel layer loses this share of what goes to groups; all at first. It is the network that is at fault."""
    share, layer, dice = [1.0], get_channel_layer(), random.Random(6)
    send = layer.group_send

    async def group_send(group: str, message: dict[str, Any]) -> None:
        if dice.random() >= share[0]:
            await send(group, message)

    monkeypatch.setattr(layer, "group_send", group_send, raising=False)
    return share


def row(scene: Scene, **changes: Any) -> None:
    if changes.get("status") == "RUNNING":
        changes["lease_until"] = timezone.now()
    GraphExecution.objects.filter(id=scene.execution.id).update(**changes)


async def looked_twice() -> None:
    await attendance().compare()
    await attendance().compare()


async def test_lost_wake_is_made_up_for_at_the_next_look(scene: Scene, lossy: list[float], connect: Opener) -> None:
    client = await connect()
    await follow(client, scene)
    await scene.commit(scene.graph_event(1, "RUNNING"), scene.node_event(2))
    assert await client.receive_nothing(QUIET_SECONDS)
    await sync_to_async(row)(scene, status="RUNNING", seq=2)
    await attendance().compare()
    assert await seqs(client, 2) == [1, 2]


async def test_commit_that_never_reached_redis_is_told_from_the_rows(scene: Scene, connect: Opener) -> None:
    client = await connect()
    await follow(client, scene)
    await sync_to_async(store_finished_run)(scene)
    await attendance().compare()
    frames = [await receive(client) for _ in range(3)]
    assert [(frame["data"]["seq"], frame.get("resync")) for frame in frames] == [(4, True), (5, None), (6, None)]


async def test_client_knows_all_within_five_seconds_though_a_tenth_of_the_wakes_is_lost(
    scene: Scene, lossy: list[float], watched: None, connect: Opener
) -> None:
    lossy[0] = 0.1
    client = await connect()
    await follow(client, scene)
    for seq in range(1, TOLD + 1):
        await sync_to_async(row)(scene, seq=seq)
        if seq == TOLD:
            lossy[0] = 1.0  # the last one is lost for certain
        await scene.commit(scene.node_event(seq))
    async with asyncio.timeout(5):
        assert await seqs(client, TOLD) == list(range(1, TOLD + 1))


async def test_look_says_nothing_when_nothing_was_lost(scene: Scene, connect: Opener) -> None:
    client = await connect()
    await follow(client, scene)
    await ask(client, "subscribe_graph_executions", graph_id=str(scene.execution.graph_id))
    await sync_to_async(row)(scene, status="RUNNING", seq=1)
    await scene.commit(scene.graph_event(1, "RUNNING"))
    assert await seqs(client, 2) == [1, 1]
    await looked_twice()
    assert await client.receive_nothing(QUIET_SECONDS)


async def test_execution_that_was_deleted_is_said_to_be(scene: Scene, connect: Opener) -> None:
    client = await connect()
    await follow(client, scene)
    await GraphExecution.objects.filter(id=scene.execution.id).adelete()
    await attendance().compare()
    assert (await receive(client))["error"] == "The execution was deleted"


async def test_follower_of_a_graph_learns_of_lost_changes_too(
    scene: Scene, lossy: list[float], connect: Opener
) -> None:
    client = await connect()
    await ask(client, "subscribe_graph_executions", graph_id=str(scene.execution.graph_id))
    later = await sync_to_async(new_execution)(scene.ada, scene.version)
    await sync_to_async(row)(scene, status="RUNNING", seq=1)
    await looked_twice()
    frame = await receive(client)
    assert (frame["data"]["id"], frame["data"]["status"], frame["resync"]) == (str(scene.execution.id), "RUNNING", True)
    await sync_to_async(row)(scene, status="FAILED", seq=9)
    await GraphExecution.objects.filter(id=later.id).aupdate(status="TERMINATED", seq=1)
    await looked_twice()
    found = {(frame["data"]["id"], frame["data"]["status"]) for frame in [await receive(client) for _ in range(2)]}
    assert found == {(str(scene.execution.id), "FAILED"), (str(later.id), "TERMINATED")}
    await looked_twice()
    assert await client.receive_nothing(QUIET_SECONDS)


async def test_wake_that_is_under_way_is_waited_for(scene: Scene, connect: Opener) -> None:
    client = await connect()
    await ask(client, "subscribe_graph_executions", graph_id=str(scene.execution.graph_id))
    await sync_to_async(row)(scene, status="RUNNING", seq=1)
    await attendance().compare()
    assert await client.receive_nothing(QUIET_SECONDS)
    await scene.commit(scene.graph_event(1, "RUNNING"))
    assert "resync" not in await receive(client)


async def test_wake_that_comes_after_the_look_tells_nothing_twice(scene: Scene, connect: Opener) -> None:
    client = await connect()
    await ask(client, "subscribe_graph_executions", graph_id=str(scene.execution.graph_id))
    await sync_to_async(row)(scene, status="RUNNING", seq=1)
    await looked_twice()
    assert await seqs(client, 1) == [1]
    await scene.commit(scene.graph_event(1, "RUNNING"))
    assert await client.receive_nothing(QUIET_SECONDS)


async def test_execution_that_waits_for_long_is_not_forgotten(
    scene: Scene, lossy: list[float], connect: Opener
) -> None:
    """It was made after the subscription began, and is older than what a look finds by itself when it starts."""
    client = await connect()
    await ask(client, "subscribe_graph_executions", graph_id=str(scene.execution.graph_id))
    later = await sync_to_async(new_execution)(scene.ada, scene.version)
    await attendance().compare()
    hour_ago = timezone.now() - timedelta(hours=1)
    await GraphExecution.objects.filter(id=later.id).aupdate(status="FAILED", seq=3, created_at=hour_ago)
    await looked_twice()
    assert (await receive(client))["data"]["id"] == str(later.id)


async def test_group_that_could_not_be_joined_is_joined_later(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, connect: Opener
) -> None:
    client = await connect()
    layer = get_channel_layer()
    with monkeypatch.context() as patch:

        async def group_add(group: str, channel: str) -> None:
            raise AWAY[1]("Redis is away.")

        patch.setattr(layer, "group_add", group_add, raising=False)
        await follow(client, scene)
    await scene.commit(scene.node_event(1))
    assert await client.receive_nothing(QUIET_SECONDS)
    await attendance().keep_places()
    await scene.commit(scene.node_event(2))
    assert await seqs(client, 2) == [1, 2]
