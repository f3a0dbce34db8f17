"""Events that are too large are told as previews, wherever they come from."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from redis.asyncio import Redis

from executor.models import NodeOutput
from realtime.shortening import EVENT_MAX_BYTES, shortened
from realtime.stream import ENTRY_BYTES, entries, key
from tests.realtime.cast import Event, Opener, Scene, store_finished_run
from tests.realtime.test_following import follow, receive

HUGE = "ä" * EVENT_MAX_BYTES


def event(**values: Any) -> Event:
    known = {"event_type": "node_execution_update", "seq": 7, "graph_id": "g", "graph_exec_id": "e", "error": None}
    return known | {"input_data": {}, "output_data": {}} | values


def test_event_that_fits_stays_as_it_is() -> None:
    small = event(output_data={"text": ["x" * 1000]})
    assert shortened(small) is small


@pytest.mark.parametrize(
    "value",
    [
        HUGE,
        ["x" * 1000] * 1000,
        {str(number): "x" * 1000 for number in range(1000)},
        {HUGE: 1},
        [[[[[HUGE]]]]],
        [[["x" * 150 for _ in range(20)] for _ in range(20)] for _ in range(20)],
    ],
    ids=["text", "list", "object", "name", "deep", "bushy"],
)
def test_event_that_does_not_fit_is_a_preview_with_its_address(value: Any) -> None:
    preview = shortened(event(output_data={"large": [value]}, input_data={"small": 1}))
    assert len(json.dumps(preview, ensure_ascii=False).encode()) <= EVENT_MAX_BYTES
    assert (preview["is_preview"], preview["url"]) == (True, "/api/v1/graphs/g/executions/e")
    assert (preview["seq"], preview["event_type"]) == (7, "node_execution_update")


def test_preview_begins_as_the_whole_does() -> None:
    preview = shortened(event(output_data={"large": [HUGE, 5]}, error=HUGE))
    assert preview["output_data"] == {"large": ["ä" * 200 + "…", 5]}
    assert preview["error"] == "ä" * 200 + "…"


def test_commit_with_much_to_tell_has_several_entries_in_order() -> None:
    told = [event(seq=seq, output_data={"text": ["x" * 10_000]}) for seq in range(1, 31)]
    parts = entries(told)
    assert [one["seq"] for _, text in parts for one in json.loads(text)] == list(range(1, 31))
    assert all(len(text) <= ENTRY_BYTES + 10_500 for _, text in parts)
    assert [seq for seq, _ in parts] == [json.loads(text)[-1]["seq"] for _, text in parts]
    assert len(parts) > 3


async def test_large_event_is_a_preview_from_the_stream(scene: Scene, connect: Opener, redis_url: str) -> None:
    client = await connect()
    await follow(client, scene)
    await scene.commit(
        scene.node_event(1), scene.node_event(2) | {"output_data": {"large": [HUGE]}}, scene.node_event(3)
    )
    frames = [await receive(client) for _ in range(3)]
    assert [frame["data"]["seq"] for frame in frames] == [1, 2, 3]
    assert [frame["data"].get("is_preview") for frame in frames] == [None, True, None]
    async with Redis.from_url(redis_url) as redis:
        assert await redis.memory_usage(key(str(scene.execution.id))) < ENTRY_BYTES


async def test_large_event_is_a_preview_from_the_rows(scene: Scene, connect: Opener) -> None:
    await sync_to_async(store_finished_run)(scene)
    await NodeOutput.objects.filter(node_execution__execution=scene.execution).aupdate(data=HUGE)
    client = await connect()
    await follow(client, scene)
    frames = [await receive(client) for _ in range(3)]
    assert [frame["data"].get("is_preview") for frame in frames] == [True, True, None]
