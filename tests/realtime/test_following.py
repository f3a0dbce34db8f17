"""What a client that follows an execution or a graph is told."""

import asyncio
import json
from typing import Any

from asgiref.sync import sync_to_async
from redis.asyncio import Redis

from executor.models import GraphExecution
from realtime.stream import key
from tests.realtime.cast import WOKEN_SECONDS, Client, Opener, Scene, new_execution, store_finished_run

Frame = dict[str, Any]
QUIET_SECONDS = 0.2


async def ask(socket: Client, method: str, **data: Any) -> Frame:
    await socket.send_to(text_data=json.dumps({"method": method, "data": data}))
    return await receive(socket)


async def receive(socket: Client) -> Frame:
    frame: Frame = json.loads(await socket.receive_from(timeout=WOKEN_SECONDS))
    return frame


async def follow(socket: Client, scene: Scene, after: int = 0) -> Frame:
    return await ask(socket, "subscribe_graph_execution", graph_exec_id=str(scene.execution.id), after=after)


async def seqs(socket: Client, count: int) -> list[int]:
    return [(await receive(socket))["data"]["seq"] for _ in range(count)]


async def test_subscriber_gets_each_event_once_under_the_execution_channel(scene: Scene, connect: Opener) -> None:
    socket = await connect()
    assert await follow(socket, scene) == {
        "method": "subscribe_graph_execution",
        "data": None,
        "success": True,
        "channel": scene.channel,
        "error": None,
    }
    await scene.commit(scene.graph_event(1, "RUNNING"), scene.node_event(2))
    first, second = await receive(socket), await receive(socket)
    assert (first["method"], first["channel"], first["data"]["status"]) == (
        "graph_execution_event",
        scene.channel,
        "RUNNING",
    )
    assert (second["method"], second["data"]["seq"]) == ("node_execution_event", 2)
    assert set(second) == {"method", "data", "success", "channel", "error"}
    assert await socket.receive_nothing(QUIET_SECONDS)


async def test_what_happened_before_is_told_first_and_then_what_happens(scene: Scene, connect: Opener) -> None:
    await scene.commit(scene.graph_event(1, "RUNNING"), scene.node_event(2))
    socket = await connect()
    await follow(socket, scene)
    await scene.commit(scene.node_event(3, "COMPLETED"))
    assert await seqs(socket, 3) == [1, 2, 3]


async def test_a_client_that_comes_back_goes_on_after_its_last_seq(scene: Scene, connect: Opener) -> None:
    await GraphExecution.objects.filter(id=scene.execution.id).aupdate(seq=5)
    await scene.commit(*(scene.node_event(seq) for seq in range(1, 6)))
    socket = await connect()
    await follow(socket, scene, after=3)
    assert await seqs(socket, 2) == [4, 5]
    assert await socket.receive_nothing(QUIET_SECONDS)


async def test_a_burst_of_a_hundred_commits_arrives_complete_and_in_order(scene: Scene, connect: Opener) -> None:
    socket = await connect()
    await follow(socket, scene)
    for seq in range(1, 101):
        await scene.commit(scene.node_event(seq))
    assert await seqs(socket, 100) == list(range(1, 101))


async def test_long_history_arrives_complete_and_in_order(scene: Scene, connect: Opener) -> None:
    for start in range(1, 1001, 25):
        await scene.commit(*(scene.node_event(seq) for seq in range(start, start + 25)))
    socket = await connect()
    await follow(socket, scene)
    assert await seqs(socket, 1000) == list(range(1, 1001))


async def test_lost_stream_is_made_up_for_from_the_rows_and_said_once(
    scene: Scene, connect: Opener, redis_url: str
) -> None:
    await scene.commit(scene.graph_event(1, "RUNNING"), scene.node_event(2, "QUEUED"), scene.node_event(3))
    await sync_to_async(store_finished_run)(scene)
    async with Redis.from_url(redis_url) as redis:
        assert await redis.delete(key(str(scene.execution.id))) == 1
    socket = await connect()
    await follow(socket, scene, after=1)
    frames = [await receive(socket) for _ in range(3)]
    assert [frame["data"]["seq"] for frame in frames] == [4, 5, 6]
    assert [frame.get("resync") for frame in frames] == [True, None, None]
    assert frames[0]["data"]["output_data"] == {"output": [42]}
    assert frames[2]["data"]["outputs"] == {"answer": [42]}


async def test_commit_that_never_reached_the_stream_leaves_no_gap(scene: Scene, connect: Opener) -> None:
    await sync_to_async(store_finished_run)(scene)
    await scene.commit(scene.graph_event(1, "RUNNING"), scene.node_event(2, "QUEUED"))
    await scene.commit(scene.node_event(5, "COMPLETED"), scene.graph_event(6, "COMPLETED"))
    socket = await connect()
    await follow(socket, scene)
    frames = [await receive(socket) for _ in range(5)]
    assert [frame["data"]["seq"] for frame in frames] == [1, 2, 4, 5, 6]
    assert [frame.get("resync") for frame in frames] == [None, None, True, None, None]


async def test_events_of_an_owner_of_the_past_are_refused(scene: Scene, connect: Opener) -> None:
    socket = await connect()
    await follow(socket, scene)
    await GraphExecution.objects.filter(id=scene.execution.id).aupdate(seq=2)
    await scene.commit(scene.node_event(1), scene.node_event(2))
    await scene.commit(scene.node_event(2, "FAILED"))
    await scene.commit(scene.node_event(3, "COMPLETED"))
    statuses = [(await receive(socket))["data"]["status"] for _ in range(3)]
    assert statuses == ["RUNNING", "RUNNING", "COMPLETED"]


async def test_graph_subscriber_gets_the_statuses_of_all_its_executions_and_nothing_else(
    scene: Scene, connect: Opener
) -> None:
    other = await sync_to_async(new_execution)(scene.ada, scene.version)
    socket = await connect()
    graph_id = str(scene.execution.graph_id)
    assert (await ask(socket, "subscribe_graph_executions", graph_id=graph_id))["channel"] == scene.graph_channel
    await scene.commit(scene.graph_event(1, "RUNNING"), scene.node_event(2))
    await scene.commit(scene.graph_event(1, "RUNNING", other), scene.graph_event(2, "FAILED", other), execution=other)
    frames = [await receive(socket) for _ in range(3)]
    assert [(frame["data"]["id"], frame["data"]["status"]) for frame in frames] == [
        (str(scene.execution.id), "RUNNING"),
        (str(other.id), "RUNNING"),
        (str(other.id), "FAILED"),
    ]
    assert {(frame["method"], frame["channel"]) for frame in frames} == {("graph_execution_event", scene.graph_channel)}
    assert await socket.receive_nothing(QUIET_SECONDS)


async def test_other_executions_are_not_told(scene: Scene, connect: Opener) -> None:
    other = await sync_to_async(new_execution)(scene.ada, scene.version)
    socket = await connect()
    await follow(socket, scene)
    await scene.commit(scene.graph_event(1, "RUNNING", other), execution=other)
    assert await socket.receive_nothing(QUIET_SECONDS)


async def test_after_unsubscribing_nothing_more_comes(scene: Scene, connect: Opener) -> None:
    socket = await connect()
    await follow(socket, scene)
    answer = await ask(socket, "unsubscribe", graph_exec_id=str(scene.execution.id))
    assert (answer["method"], answer["success"], answer["channel"]) == ("unsubscribe", True, scene.channel)
    await scene.commit(scene.node_event(1))
    assert await socket.receive_nothing(QUIET_SECONDS)


async def test_graph_can_be_unsubscribed_from_too(scene: Scene, connect: Opener) -> None:
    socket = await connect()
    graph_id = str(scene.execution.graph_id)
    await ask(socket, "subscribe_graph_executions", graph_id=graph_id)
    assert (await ask(socket, "unsubscribe", graph_id=graph_id))["channel"] == scene.graph_channel
    await scene.commit(scene.graph_event(1, "RUNNING"))
    assert await socket.receive_nothing(QUIET_SECONDS)


async def test_subscribing_again_starts_over_and_doubles_nothing(scene: Scene, connect: Opener) -> None:
    socket = await connect()
    await follow(socket, scene)
    await follow(socket, scene)
    await scene.commit(scene.node_event(1))
    assert await seqs(socket, 1) == [1]
    assert await socket.receive_nothing(QUIET_SECONDS)


async def test_stranger_is_told_that_there_is_no_such_thing(scene: Scene, connect: Opener) -> None:
    socket = await connect(scene.grace_key)
    execution_id, graph_id = str(scene.execution.id), str(scene.execution.graph_id)
    denied = await ask(socket, "subscribe_graph_execution", graph_exec_id=execution_id)
    assert (denied["method"], denied["success"], denied["error"]) == (
        "error",
        False,
        f"Graph execution #{execution_id} not found",
    )
    denied = await ask(socket, "subscribe_graph_executions", graph_id=graph_id)
    assert (denied["success"], denied["error"]) == (False, f"Graph #{graph_id} not found")
    await scene.commit(scene.graph_event(1, "RUNNING"))
    assert await socket.receive_nothing(QUIET_SECONDS)


async def test_unknown_id_is_refused_like_a_strangers(scene: Scene, connect: Opener) -> None:
    socket = await connect()
    answer = await ask(socket, "subscribe_graph_execution", graph_exec_id="graph-exec-1")
    assert answer["error"] == "Graph execution #graph-exec-1 not found"


async def test_socket_works_from_the_rows_while_redis_is_away(scene: Scene, no_redis: None, connect: Opener) -> None:
    await sync_to_async(store_finished_run)(scene)
    socket = await connect()
    await follow(socket, scene)
    assert await seqs(socket, 3) == [4, 5, 6]


async def test_two_sockets_of_one_user_both_get_everything(scene: Scene, connect: Opener) -> None:
    one, two = await connect(), await connect()
    await asyncio.gather(follow(one, scene), follow(two, scene))
    await scene.commit(*(scene.node_event(seq) for seq in range(1, 11)))
    assert await seqs(one, 10) == await seqs(two, 10) == list(range(1, 11))
