"""Clients whose numbers are ahead of the rows: the database was restored from a copy, or they say what is not so."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from redis.asyncio import Redis

from executor.models import GraphExecution
from realtime.stream import key
from tests.realtime.cast import Opener, Scene, store_finished_run
from tests.realtime.test_following import QUIET_SECONDS, receive, seqs
from tests.realtime.test_snapshots import follow

Frame = dict[str, Any]


async def set_back(scene: Scene, seq: int) -> None:
    """The rows are those of a copy from when this was the newest change."""
    await GraphExecution.objects.filter(id=scene.execution.id).aupdate(seq=seq)


@pytest.mark.parametrize("after", [7, 2**63 - 1])
async def test_client_that_is_ahead_of_the_rows_starts_over_and_is_told_so(
    scene: Scene, connect: Opener, after: int
) -> None:
    await sync_to_async(store_finished_run)(scene)
    client = await connect()
    assert (await follow(client, scene, after=after))["success"]
    frames = [await receive(client) for _ in range(3)]
    assert [(frame["data"]["seq"], frame.get("resync")) for frame in frames] == [(4, True), (5, None), (6, None)]


async def test_what_happens_next_is_told_too(scene: Scene, connect: Opener) -> None:
    client = await connect()
    await follow(client, scene, after=40)
    assert await client.receive_nothing(QUIET_SECONDS)
    await set_back(scene, 1)
    await scene.commit(scene.node_event(1))
    await set_back(scene, 2)
    await scene.commit(scene.node_event(2))
    frames = [await receive(client) for _ in range(2)]
    assert [(frame["data"]["seq"], frame.get("resync")) for frame in frames] == [(1, True), (2, None)]


async def test_client_that_takes_a_snapshot_gets_one(scene: Scene, connect: Opener) -> None:
    await sync_to_async(store_finished_run)(scene)
    client = await connect()
    await follow(client, scene, after=7, snapshot=True)
    shown = await receive(client)
    assert (shown["method"], shown["data"]["seq"]) == ("graph_execution_snapshot", 6)
    assert await client.receive_nothing(QUIET_SECONDS)


async def test_client_that_has_everything_is_not_ahead(scene: Scene, connect: Opener) -> None:
    await sync_to_async(store_finished_run)(scene)
    client = await connect()
    await follow(client, scene, after=6)
    assert await client.receive_nothing(QUIET_SECONDS)


async def test_events_that_the_database_has_lost_are_told_to_nobody(
    scene: Scene, connect: Opener, redis_url: str
) -> None:
    await scene.commit(*(scene.node_event(seq) for seq in range(1, 10)))
    await set_back(scene, 4)
    client = await connect()
    await follow(client, scene, after=9)
    frame = await receive(client)
    assert (frame["data"]["seq"], frame["resync"]) == (4, True)
    async with Redis.from_url(redis_url) as redis:
        assert not await redis.exists(key(str(scene.execution.id)))
    await set_back(scene, 5)
    await scene.commit(scene.node_event(5, "COMPLETED"))
    frame = await receive(client)
    assert (frame["data"]["seq"], frame["data"]["status"]) == (5, "COMPLETED")


async def test_first_commit_after_a_restore_takes_the_place_of_the_events_that_are_lost(
    scene: Scene, connect: Opener
) -> None:
    await scene.commit(*(scene.node_event(seq) for seq in range(1, 10)))
    await set_back(scene, 5)
    await scene.commit(scene.node_event(5, "COMPLETED"))
    client = await connect()
    await follow(client, scene, after=4)
    frame = await receive(client)
    assert (frame["data"]["seq"], frame["data"]["status"]) == (5, "COMPLETED")
    assert await client.receive_nothing(QUIET_SECONDS)


async def test_client_that_lies_takes_nothing_from_others(scene: Scene, connect: Opener, redis_url: str) -> None:
    await set_back(scene, 2)
    await scene.commit(scene.node_event(1), scene.node_event(2))
    liar, other = await connect(), await connect()
    await follow(liar, scene, after=99)
    assert await seqs(liar, 2) == [1, 2]
    await follow(other, scene)
    assert await seqs(other, 2) == [1, 2]
    async with Redis.from_url(redis_url) as redis:
        assert await redis.xlen(key(str(scene.execution.id))) == 1


async def test_ahead_and_without_redis_it_is_told_from_the_rows(scene: Scene, connect: Opener, no_redis: None) -> None:
    await sync_to_async(store_finished_run)(scene)
    client = await connect()
    await follow(client, scene, after=7)
    assert await seqs(client, 3) == [4, 5, 6]
