"""Values that were withheld: what Redis held of them is gone, and what was under way to it is not taken."""

import orjson
import pytest
from asgiref.sync import sync_to_async
from redis.asyncio import Redis

from executor.events import values_withheld
from executor.models import GraphExecution, NodeExecution, NodeOutput
from realtime.stream import FIELD, key
from tests.realtime.cast import Event, Opener, Scene, store_finished_run
from tests.realtime.test_following import QUIET_SECONDS, follow, receive


def telling(scene: Scene, seq: int) -> Event:
    return scene.node_event(seq) | {"output_data": {"output": ["secret"]}}


async def withhold(scene: Scene, seq: int) -> None:
    """As the moderation does: the rows first, which were told up to this seq."""
    await NodeOutput.objects.aupdate(data=None)
    await NodeExecution.objects.aupdate(inputs={})
    await GraphExecution.objects.filter(id=scene.execution.id).aupdate(seq=seq)
    for _, answer in await values_withheld.asend_robust(sender=None, seqs={str(scene.execution.id): seq}):
        assert not isinstance(answer, Exception)


async def held(scene: Scene, redis_url: str) -> list[int]:
    """The seqs of the events that Redis holds."""
    async with Redis.from_url(redis_url) as redis:
        entries = await redis.xrange(key(str(scene.execution.id)))
    return [event["seq"] for _, fields in entries for event in orjson.loads(fields[FIELD])]


@pytest.mark.parametrize("told", [0, 2], ids=["nothing", "something"])
async def test_events_that_come_late_are_not_taken(scene: Scene, redis_url: str, told: int) -> None:
    for seq in range(1, told + 1):
        await scene.commit(telling(scene, seq))
    await withhold(scene, 5)
    for seq in range(told + 1, 6):
        await scene.commit(telling(scene, seq))
    assert await held(scene, redis_url) == []


async def test_what_comes_after_is_taken(scene: Scene, redis_url: str) -> None:
    await scene.commit(telling(scene, 1))
    await withhold(scene, 5)
    await scene.commit(scene.graph_event(6, "FAILED"))
    assert await held(scene, redis_url) == [6]


async def test_events_that_are_forgotten_do_not_stay_for_ever(scene: Scene, redis_url: str) -> None:
    await withhold(scene, 5)
    async with Redis.from_url(redis_url) as redis:
        assert 0 < await redis.ttl(key(str(scene.execution.id))) <= 3600


async def test_execution_that_has_told_nothing_can_be_withheld(scene: Scene, redis_url: str) -> None:
    await withhold(scene, 0)
    await scene.commit(scene.graph_event(1, "FAILED"))
    assert await held(scene, redis_url) == [1]


async def test_client_that_comes_back_is_told_what_the_rows_still_say(scene: Scene, connect: Opener) -> None:
    await sync_to_async(store_finished_run)(scene)
    await scene.commit(*(telling(scene, seq) for seq in range(1, 6)))
    await withhold(scene, 5)
    await scene.commit(telling(scene, 5))
    await GraphExecution.objects.filter(id=scene.execution.id).aupdate(seq=6)
    await scene.commit(scene.graph_event(6, "COMPLETED"))
    client = await connect()
    await follow(client, scene, after=4)
    frames = [await receive(client) for _ in range(2)]
    assert [(frame["data"]["seq"], frame.get("resync")) for frame in frames] == [(5, None), (6, None)]
    assert "secret" not in str(frames)
    assert await client.receive_nothing(QUIET_SECONDS)
