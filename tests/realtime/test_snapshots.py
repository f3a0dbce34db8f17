"""Snapshots: the whole state in one frame, for whom it is shorter than what they missed."""

from typing import Any

from asgiref.sync import sync_to_async
from django.utils import timezone

from executor.models import GraphExecution, NodeExecution, NodeOutput
from realtime.shortening import EVENT_MAX_BYTES
from realtime.snapshots import SNAPSHOT_MAX_BYTES, snapshot
from tests.realtime.cast import NODE_EXECUTION, Opener, Scene, store_finished_run
from tests.realtime.test_following import QUIET_SECONDS, ask, receive, seqs

Frame = dict[str, Any]


async def follow(client: Any, scene: Scene, **data: Any) -> Frame:
    return await ask(client, "subscribe_graph_execution", graph_exec_id=str(scene.execution.id), **data)


def store_nodes(scene: Scene, count: int, value: Any, *, emitted: int = 1) -> None:
    """Finished node executions, each with this value as every output; the execution runs on."""
    now = timezone.now()
    runs = [
        NodeExecution(
            execution=scene.execution,
            node=scene.version.nodes.get(),
            number=number,
            status="COMPLETED",
            inputs={},
            seq=number * 4,
            added_at=now,
            ended_at=now,
        )
        for number in range(1, count + 1)
    ]
    NodeExecution.objects.bulk_create(runs)
    NodeOutput.objects.bulk_create(
        NodeOutput(node_execution=run, index=index, name="output", data=value, seq=run.seq - 1, created_at=now)
        for run in runs
        for index in range(emitted)
    )
    GraphExecution.objects.filter(id=scene.execution.id).update(status="RUNNING", seq=count * 4, lease_until=now)


async def test_client_that_asks_gets_the_state_and_then_what_happens(scene: Scene, connect: Opener) -> None:
    await sync_to_async(store_nodes)(scene, 2, "x")
    client = await connect()
    await follow(client, scene, after=None)
    frame = await receive(client)
    assert (frame["method"], frame["channel"]) == ("graph_execution_snapshot", scene.channel)
    shown = frame["data"]
    assert (shown["seq"], shown["omitted"], shown["graph_execution"]["status"]) == (8, 0, "RUNNING")
    assert [node["seq"] for node in shown["node_executions"]] == [4, 8]
    assert [node["output_data"] for node in shown["node_executions"]] == [{"output": ["x"]}] * 2
    await scene.commit(*(scene.node_event(seq) for seq in range(1, 10)))
    assert await seqs(client, 1) == [9]
    assert await client.receive_nothing(QUIET_SECONDS)


async def test_snapshot_of_an_execution_that_has_ended_is_the_last_frame(scene: Scene, connect: Opener) -> None:
    await sync_to_async(store_finished_run)(scene)
    client = await connect()
    await follow(client, scene, after=None)
    shown = (await receive(client))["data"]
    assert (shown["seq"], shown["graph_execution"]["outputs"]) == (6, {"answer": [42]})
    assert await client.receive_nothing(QUIET_SECONDS)


async def test_server_chooses_what_is_shorter_if_the_client_takes_both(scene: Scene, connect: Opener) -> None:
    await sync_to_async(store_nodes)(scene, 2, "x")
    await scene.commit(*(scene.node_event(seq) for seq in range(1, 9)))
    client = await connect()
    await follow(client, scene, after=4, snapshot=True)
    assert (await receive(client))["method"] == "graph_execution_snapshot"
    await follow(client, scene, after=5, snapshot=True)
    assert await seqs(client, 3) == [6, 7, 8]


async def test_client_that_does_not_know_snapshots_gets_none(scene: Scene, connect: Opener) -> None:
    await sync_to_async(store_nodes)(scene, 2, "x")
    await scene.commit(*(scene.node_event(seq) for seq in range(1, 9)))
    client = await connect()
    await follow(client, scene)
    assert await seqs(client, 8) == list(range(1, 9))


async def test_what_does_not_fit_is_left_out_and_counted(scene: Scene, connect: Opener) -> None:
    await sync_to_async(store_nodes)(scene, 40, "x" * 30_000)
    client = await connect()
    await follow(client, scene, after=None)
    text = await client.receive_from(timeout=5)
    assert len(text) < SNAPSHOT_MAX_BYTES + EVENT_MAX_BYTES
    shown = await sync_to_async(snapshot)(str(scene.execution.id))
    assert shown["omitted"] + len(shown["node_executions"]) == 40
    assert shown["omitted"] > 0
    assert shown["node_executions"][-1]["seq"] == 160  # the newest are shown
    assert shown["url"] == f"/api/v1/graphs/{scene.execution.graph_id}/executions/{scene.execution.id}"


async def test_server_does_not_choose_a_snapshot_that_leaves_something_out(scene: Scene, connect: Opener) -> None:
    await sync_to_async(store_nodes)(scene, 40, "x" * 30_000)
    await scene.commit(*(scene.node_event(seq) for seq in range(1, 161)))
    client = await connect()
    await follow(client, scene, snapshot=True)
    assert await seqs(client, 160) == list(range(1, 161))


async def test_node_that_changes_after_the_seq_is_left_to_the_events(scene: Scene) -> None:
    await sync_to_async(store_finished_run)(scene)
    await GraphExecution.objects.filter(id=scene.execution.id).aupdate(seq=4)
    shown = await sync_to_async(snapshot)(str(scene.execution.id))
    assert (shown["seq"], shown["node_executions"]) == (4, [])
    await NodeExecution.objects.filter(id=NODE_EXECUTION).aupdate(seq=3)
    shown = await sync_to_async(snapshot)(str(scene.execution.id))
    assert [node["output_data"] for node in shown["node_executions"]] == [{"output": [42]}]


async def test_output_that_comes_after_the_seq_is_left_to_the_events(scene: Scene) -> None:
    await sync_to_async(store_finished_run)(scene)
    await NodeExecution.objects.filter(id=NODE_EXECUTION).aupdate(seq=3)
    await GraphExecution.objects.filter(id=scene.execution.id).aupdate(seq=3)
    shown = await sync_to_async(snapshot)(str(scene.execution.id))
    assert [(node["seq"], node["output_data"]) for node in shown["node_executions"]] == [(3, {})]
