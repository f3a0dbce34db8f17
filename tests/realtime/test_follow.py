"""Following an execution inside the house, with Redis and without."""

import asyncio
import logging

import pytest
from asgiref.sync import sync_to_async
from redis.asyncio import Redis

from executor.errors import ExecutionNotFound
from executor.models import GraphExecution
from executor.telling.changes import changes_since
from realtime import publish, replay
from realtime.stream import key
from tests.realtime.cast import Event, Scene, store_finished_run


async def followed(scene: Scene, after: int = 0) -> list[Event]:
    async with asyncio.timeout(5):
        return [event async for event in replay.follow(scene.execution.id, after)]


async def test_follow_yields_everything_up_to_the_end(scene: Scene) -> None:
    await scene.commit(scene.graph_event(1, "RUNNING"))
    following = asyncio.create_task(followed(scene))
    await scene.commit(scene.node_event(2))
    await scene.commit(scene.node_event(3, "COMPLETED"), scene.graph_event(4, "COMPLETED"))
    assert [event["seq"] for event in await following] == [1, 2, 3, 4]


async def test_follow_of_an_execution_that_has_ended_ends(scene: Scene) -> None:
    await sync_to_async(store_finished_run)(scene)
    assert [event["seq"] for event in await followed(scene)] == [4, 5, 6]
    assert await followed(scene, after=6) == []


async def test_follow_works_from_the_rows_while_redis_is_away(scene: Scene, no_redis: None) -> None:
    following = asyncio.create_task(followed(scene))
    await sync_to_async(store_finished_run)(scene)
    assert (await following)[-1]["status"] == "COMPLETED"


async def test_follow_of_nothing_says_so(scene: Scene) -> None:
    with pytest.raises(ExecutionNotFound):
        _ = [event async for event in replay.follow(scene.ada.id)]


async def test_rows_that_miss_nothing_are_no_resync(scene: Scene) -> None:
    await sync_to_async(store_finished_run)(scene)
    found = await replay.read(str(scene.execution.id), after=3)
    assert ([event["seq"] for event in found.events], found.resync) == ([4, 5, 6], False)


async def test_read_never_goes_back_and_keeps_to_its_limit(scene: Scene) -> None:
    await scene.commit(*(scene.node_event(seq) for seq in range(1, 11)))
    found = await replay.read(str(scene.execution.id), after=4, limit=3)
    assert ([event["seq"] for event in found.events], found.more) == ([5, 6, 7], True)


async def test_the_stream_is_bounded_in_time(scene: Scene, redis_url: str) -> None:
    await scene.commit(scene.node_event(1))
    async with Redis.from_url(redis_url) as redis:
        assert 0 < await redis.ttl(key(str(scene.execution.id))) <= 3600


async def test_an_outage_is_logged_once_and_breaks_nothing(
    scene: Scene, no_redis: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    await scene.commit(scene.node_event(1))
    await scene.commit(scene.node_event(2))
    assert [record.name for record in caplog.records] == [publish.__name__]


async def test_changes_that_commit_while_rows_are_read_wait_for_the_next_read(scene: Scene) -> None:
    await sync_to_async(store_finished_run)(scene)
    await GraphExecution.objects.filter(id=scene.execution.id).aupdate(seq=4)
    found = await sync_to_async(changes_since)(scene.execution.id, 0)
    assert [event["seq"] for event in found] == [4]
