"""Events of many executions that several workers publish at once arrive complete and in the order of their commits."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.utils import timezone

from executor.events import CommittedBatch, announce
from executor.models import GraphExecution, NodeOutput
from executor.telling.changes import changes_since
from realtime.limits import Limits
from tests.realtime.cast import Client, Opener, Scene
from tests.realtime.test_cut_sockets import Run, store
from tests.realtime.test_following import receive

PUBLISHERS = 4
#: Of one publisher.
EXECUTIONS = 5
#: Outputs that commit together.
TOGETHER = 25
PATIENCE_SECONDS = 900


def commit(scene: Scene, run: Run, first: int, count: int) -> CommittedBatch:
    """Write outputs with these indexes, whose seqs are one higher; the execution ends after the last of all."""
    now, id = timezone.now(), run.execution.id
    indexes = range(first, min(first + TOGETHER, count))
    with transaction.atomic():
        NodeOutput.objects.bulk_create(
            NodeOutput(node_execution=run.node, index=index, name="out", data=index, seq=index + 1, created_at=now)
            for index in indexes
        )
        end: dict[str, Any] = {"seq": count + 1, "status": "COMPLETED", "ended_at": now}
        GraphExecution.objects.filter(id=id).update(**({"seq": indexes[-1] + 1} if indexes else end))
        events = changes_since(id, first)
    return CommittedBatch(
        execution_id=str(id), graph_id=str(run.execution.graph_id), user_id=str(scene.ada.id), events=events
    )


async def publish(scene: Scene, runs: Sequence[Run], count: int) -> None:
    """What the journal of one worker does: a commit of each of its executions in turn, and what it tells of them."""
    for first in range(0, count + TOGETHER, TOGETHER):
        await announce([await sync_to_async(commit)(scene, run, min(first, count), count) for run in runs])


def work(scene: Scene, runs: Sequence[Run], count: int) -> None:
    """A publisher, with an event loop and connections of its own."""
    try:
        asyncio.run(publish(scene, runs, count))
    finally:
        connections.close_all()


async def watch(client: Client, runs: Sequence[Run]) -> dict[str, list[dict[str, Any]]]:
    """All events up to the ends of all executions, by execution."""
    for run in runs:
        request = {"method": "subscribe_graph_execution", "data": {"graph_exec_id": str(run.execution.id)}}
        await client.send_to(text_data=json.dumps(request))
    seen: dict[str, list[dict[str, Any]]] = defaultdict(list)
    ended = 0
    while ended < len(runs):
        frame = await receive(client)
        assert frame["error"] is None, frame
        if (event := frame["data"]) is None:
            continue  # the answer to a request
        seen[event.get("graph_exec_id") or event["id"]].append(event)
        ended += event["event_type"] == "graph_execution_update"
    return seen


@pytest.mark.parametrize("events", [2000, pytest.param(100_000, marks=pytest.mark.slow)])
async def test_events_of_four_publishers_arrive_complete_and_in_order(
    scene: Scene, connect: Opener, events: int
) -> None:
    count = events // (PUBLISHERS * EXECUTIONS)
    runs = await sync_to_async(store)(scene, PUBLISHERS * EXECUTIONS)
    client = await connect(limits=Limits(subscriptions=len(runs)))
    with ThreadPoolExecutor(PUBLISHERS) as publishers:
        async with asyncio.timeout(PATIENCE_SECONDS):
            watching = asyncio.create_task(watch(client, runs))
            loop, shares = asyncio.get_running_loop(), [runs[place::PUBLISHERS] for place in range(PUBLISHERS)]
            await asyncio.gather(*(loop.run_in_executor(publishers, work, scene, share, count) for share in shares))
            seen = await watching
    for run in runs:
        told = seen[str(run.execution.id)]
        assert [event["seq"] for event in told] == list(range(1, count + 2))
        assert [event["output_data"]["out"] for event in told[:-1]] == [[index] for index in range(count)]
        assert told[-1]["status"] == "COMPLETED"
