"""What a client is told of texts that are still being written, from the model to the socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import LazySettings
from redis.asyncio import Redis

from accounts.models import User
from credits.ledger import grant
from credits.models import Account
from executor.events import TextShown, show_texts
from executor.hosting.services import configured_models
from executor.jobs import run_execution
from executor.models import GraphExecution
from graphs.document import GraphDocument
from realtime.groups import execution_group
from realtime.stream import key
from realtime.wakes import woken
from tests.blocks.chat_server import ChatServer, calling, chat_server, completion
from tests.executor.building import build, result
from tests.executor.running import fresh, outputs, started
from tests.realtime.cast import NODE_EXECUTION, Opener, Scene, new_execution
from tests.realtime.test_following import ask, follow, receive, seqs

QUIET_SECONDS = 0.2


def piece(scene: Scene, number: int, text: str, **changes: Any) -> TextShown:
    given = {
        "execution_id": str(scene.execution.id),
        "node_execution_id": NODE_EXECUTION,
        "node_id": "node",
        "attempt": 1,
        "answer": 1,
    }
    return TextShown(**given | changes, number=number, text=text)


async def test_piece_arrives_as_an_event_of_its_own_kind_without_a_seq(scene: Scene, connect: Opener) -> None:
    socket = await connect()
    await follow(socket, scene)
    await show_texts([piece(scene, 0, "Hel"), piece(scene, 1, "lo")])

    assert await receive(socket) == {
        "method": "node_execution_text",
        "channel": scene.channel,
        "success": None,
        "error": None,
        "data": {
            "event_type": "node_execution_text",
            "graph_exec_id": str(scene.execution.id),
            "node_exec_id": NODE_EXECUTION,
            "node_id": "node",
            "attempt": 1,
            "answer": 1,
            "number": 0,
            "text": "Hel",
        },
    }
    assert (await receive(socket))["data"]["text"] == "lo"


async def test_nothing_of_it_is_kept_for_whoever_comes_later(scene: Scene, connect: Opener, redis_url: str) -> None:
    await show_texts([piece(scene, 0, "Hello")])
    socket = await connect()
    await follow(socket, scene)

    assert await socket.receive_nothing(QUIET_SECONDS)
    async with Redis.from_url(redis_url) as redis:
        assert not await redis.exists(key(str(scene.execution.id)))


async def test_piece_that_comes_after_the_end_of_its_node_is_not_passed_on(scene: Scene, connect: Opener) -> None:
    socket = await connect()
    await follow(socket, scene)
    await scene.commit(scene.node_event(1), scene.node_event(2, "COMPLETED"))
    assert await seqs(socket, 2) == [1, 2]
    await show_texts([piece(scene, 1, "late"), piece(scene, 0, "other", node_execution_id=scene.channel)])

    assert (await receive(socket))["data"]["text"] == "other"


async def test_others_are_not_told(scene: Scene, connect: Opener) -> None:
    other = await sync_to_async(new_execution)(scene.ada, scene.version)
    mine, strange = await connect(), await connect(scene.grace_key)
    await follow(mine, scene)
    await follow(strange, scene)
    graph = await connect()
    await ask(graph, "subscribe_graph_executions", graph_id=str(scene.execution.graph_id))
    await show_texts([piece(scene, 0, "not mine", execution_id=str(other.id)), piece(scene, 0, "mine")])

    assert (await receive(mine))["data"]["text"] == "mine"
    assert await strange.receive_nothing(QUIET_SECONDS)
    assert await graph.receive_nothing(QUIET_SECONDS)


async def test_after_unsubscribing_none_comes(scene: Scene, connect: Opener) -> None:
    socket = await connect()
    await follow(socket, scene)
    await ask(socket, "unsubscribe", graph_exec_id=str(scene.execution.id))
    await show_texts([piece(scene, 0, "Hello")])

    assert await socket.receive_nothing(QUIET_SECONDS)


async def test_client_may_not_send_one(scene: Scene, connect: Opener) -> None:
    socket = await connect()
    answer = await ask(socket, "node_execution_text", text="Hello")
    assert answer["error"] == "Message type is not processed by the server"


async def test_whoever_is_woken_inside_the_house_is_not_disturbed(scene: Scene) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    async with woken(execution_group(str(scene.execution.id)), heard.put_nowait):
        await show_texts([piece(scene, 0, "Hello")])
        await scene.commit(scene.graph_event(1, "RUNNING"))
        first = await asyncio.wait_for(heard.get(), 5)

    assert (first["type"], first["seq"]) == ("wake", 1)


async def test_without_redis_nobody_is_held_up(scene: Scene, no_redis: None) -> None:
    await asyncio.wait_for(show_texts([piece(scene, 0, "Hello")]), 5)


# --- from the model on


@asynccontextmanager
async def running(scene: Scene, document: GraphDocument, settings: LazySettings, *answers: Any) -> AsyncIterator[Any]:
    """An execution of Ada's whose model gives these answers in turn: `(execution, its task, the server)`."""
    settings.MODEL_PROVIDER, settings.MODEL_API_KEY, settings.MODEL_UNKNOWN_PRICE = "custom", "key", "100000:100000"
    async with chat_server(*((200, answer) for answer in answers)) as server:
        settings.MODEL_BASE_URL = server.base_url
        configured_models.cache_clear()
        await sync_to_async(with_credits)(scene.ada)
        execution = await sync_to_async(started)(scene.ada, document)
        task = asyncio.create_task(run_execution(str(execution.id)))
        try:
            yield execution, task, server
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            configured_models.cache_clear()


def with_credits(user: User) -> None:
    grant(Account.objects.get(user=user), amount=100, key="for-a-test", reason="For a test")


async def subscribed(socket: WebsocketCommunicator, execution: GraphExecution) -> None:
    await ask(socket, "subscribe_graph_execution", graph_exec_id=str(execution.id))


async def next_piece(socket: WebsocketCommunicator) -> tuple[int, str]:
    """Its number and its text; other events are passed over."""
    while (frame := json.loads(await socket.receive_from(timeout=10)))["method"] != "node_execution_text":
        continue
    return frame["data"]["number"], frame["data"]["text"]


async def rest(socket: WebsocketCommunicator) -> list[dict[str, Any]]:
    """The events up to the end of the execution."""
    events: list[dict[str, Any]] = []
    while not (events and events[-1]["event_type"] == "graph_execution_update" and events[-1]["ended_at"]):
        events.append(json.loads(await socket.receive_from(timeout=10))["data"])
    return events


async def test_answer_of_a_model_grows_on_the_socket_until_the_output_takes_its_place(
    scene: Scene, connect: Opener, settings: LazySettings
) -> None:
    document = build(
        {"ask": ("AITextGenerator", {"prompt": "Greet.", "model": "clever"}), "said": result("said")},
        ["ask.response -> said.value"],
    )
    pieces: asyncio.Queue[Any] = asyncio.Queue()
    socket = await connect()
    async with running(scene, document, settings, pieces) as (execution, task, server):
        await subscribed(socket, execution)
        pieces.put_nowait("Good ")
        assert await next_piece(socket) == (0, "Good ")
        pieces.put_nowait("evening")
        assert await next_piece(socket) == (1, "evening")
        for last in (".", None):
            pieces.put_nowait(last)
        events = await rest(socket)
        await asyncio.wait_for(task, 10)

    ends = [event for event in events if event.get("node_name") == "ask" and event["status"] == "COMPLETED"]
    assert ends[0]["output_data"]["response"] == ["Good evening."]
    assert all(event["event_type"] != "node_execution_text" for event in events[events.index(ends[0]) :])
    assert server.requests[0]["body"]["stream"] is True
    assert await sync_to_async(lambda: outputs(fresh(execution)))() == {"said": ["Good evening."]}


async def test_last_words_of_an_orchestrator_grow_too(scene: Scene, connect: Opener, settings: LazySettings) -> None:
    agent = {"prompt": "Look up gulls.", "model": "clever", "agent_mode_max_iterations": 3}
    document = build(
        {"agent": ("Orchestrator", agent), "echo": ("Echo", {}), "said": result("said")},
        ["agent.tools -> echo.value", "agent.finished -> said.value"],
    )
    pieces: asyncio.Queue[Any] = asyncio.Queue()
    socket = await connect()
    async with running(scene, document, settings, calling(("echo", {"value": "gulls"})), pieces) as (
        execution,
        task,
        _,
    ):
        await subscribed(socket, execution)
        pieces.put_nowait("They are")
        assert await next_piece(socket) == (0, "They are")
        for last in (" white.", None):
            pieces.put_nowait(last)
        events = await rest(socket)
        await asyncio.wait_for(task, 10)

    assert events[-1]["outputs"] == {"said": ["They are white."]}


@pytest.mark.parametrize(
    "knobs", [{"LIVE_TEXTS_ENABLED": False}, {"MODERATION_HOOK": "tests.executor.moderators.strict_with_outputs"}]
)
async def test_where_nothing_may_be_seen_the_model_is_asked_in_one_piece(
    scene: Scene, settings: LazySettings, knobs: dict[str, Any]
) -> None:
    for name, value in knobs.items():
        setattr(settings, name, value)
    document = build({"ask": ("AITextGenerator", {"prompt": "Greet.", "model": "clever"})})
    server: ChatServer
    async with running(scene, document, settings, completion("Good evening.")) as (_, task, server):
        await asyncio.wait_for(task, 10)

    assert server.requests
    assert all("stream" not in asked["body"] for asked in server.requests)
