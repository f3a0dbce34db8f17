"""Sockets that are cut at random, by their clients, with their server, with Redis: all is seen, once and in order."""

import asyncio
import json
import os
import random
import signal
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from redis import Redis
from websockets import ConnectionClosed, InvalidHandshake
from websockets.asyncio.client import ClientConnection

from config.embedded_redis import EmbeddedRedis
from executor.events import CommittedBatch, announce
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.telling.changes import changes_since
from reliability.ids import uuid7
from tests.house.processes import wait_until
from tests.realtime.cast import Scene, new_execution
from tests.realtime.servers import Server, ask, opened, server

OUTPUTS = 20
#: Executions whose changes commit together.
TOGETHER = 25
#: Executions that one client follows.
FOLLOWED = 20
PATIENCE_SECONDS = 300


@dataclass
class Follower:
    """A client that comes back as long as it has not seen the end of all that it follows."""

    url: str
    key: str
    executions: list[str]
    socket: ClientConnection | None = None
    seen: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    ended: set[str] = field(default_factory=set)

    async def run(self) -> None:
        while len(self.ended) < len(self.executions):
            try:
                self.socket = await opened(self.url, self.key, open_timeout=30)
                await self._follow(self.socket)
            except (ConnectionClosed, InvalidHandshake, OSError, TimeoutError):
                await asyncio.sleep(0.05)

    def cut(self) -> None:
        if self.socket is not None:
            self.socket.transport.abort()

    async def _follow(self, socket: ClientConnection) -> None:
        for execution_id in set(self.executions) - self.ended:
            after = self.seen[execution_id][-1]["seq"] if self.seen[execution_id] else 0
            await ask(socket, "subscribe_graph_execution", graph_exec_id=execution_id, after=after)
        while len(self.ended) < len(self.executions):
            frame = json.loads(await socket.recv())
            assert frame["error"] is None, frame
            if frame["data"] is not None:
                self._take(frame["data"])
        await socket.close()

    def _take(self, event: dict[str, Any]) -> None:
        execution_id = event.get("graph_exec_id") or event["id"]
        self.seen[execution_id].append(event)
        if event["event_type"] == "graph_execution_update" and event["ended_at"]:
            self.ended.add(execution_id)


@dataclass(frozen=True)
class Run:
    """An execution with one node that emits OUTPUTS values."""

    execution: GraphExecution
    node: NodeExecution

    def emit(self, scene: Scene, index: int) -> CommittedBatch:
        """Write one output, or the end after the last, as the journal would."""
        seq = index + 1
        if index < OUTPUTS:
            NodeOutput.objects.create(
                node_execution=self.node, index=index, name="out", data=index, seq=seq, created_at=timezone.now()
            )
            GraphExecution.objects.filter(id=self.execution.id).update(seq=seq)
        else:
            now = timezone.now()
            NodeExecution.objects.filter(id=self.node.id).update(status="COMPLETED", seq=seq, ended_at=now)
            GraphExecution.objects.filter(id=self.execution.id).update(status="COMPLETED", seq=seq + 1, ended_at=now)
        return CommittedBatch(
            execution_id=str(self.execution.id),
            graph_id=str(self.execution.graph_id),
            user_id=str(scene.ada.id),
            events=changes_since(self.execution.id, seq - 1),
        )


def store(scene: Scene, count: int) -> list[Run]:
    now = timezone.now()
    node = scene.version.nodes.get()
    runs = []
    for _ in range(count):
        execution = new_execution(scene.ada, scene.version, status="RUNNING", lease_until=now, started_at=now)
        runs.append(Run(execution, NodeExecution(id=uuid7(), execution=execution, node=node, number=1, added_at=now)))
    for run in runs:
        run.node.status = "RUNNING"
    NodeExecution.objects.bulk_create(run.node for run in runs)
    return runs


def write(scene: Scene, runs: Sequence[Run], index: int) -> list[CommittedBatch]:
    with transaction.atomic():
        return [run.emit(scene, index) for run in runs]


def restart_server(running: Server) -> None:
    running.kill()
    running.start()
    wait_until(running.answers)


def lose_redis() -> None:
    """kill -9, and all that it knew; another one takes its place."""
    with Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()
        pid = client.info()["process_id"]
    os.kill(pid, signal.SIGKILL)
    EmbeddedRedis(settings.EMBEDDED_REDIS_FOLDER).start()


def flush_redis() -> None:
    with Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()


async def watched(scene: Scene, runs: list[Run], url: str, cut: Callable[[list[Follower]], Awaitable[None]]) -> None:
    """Write everything with a cut after each commit, and compare what was seen with the rows."""
    ids = [str(run.execution.id) for run in runs]
    followers = [Follower(url, scene.ada_key, ids[start : start + FOLLOWED]) for start in range(0, len(ids), FOLLOWED)]
    following = [asyncio.create_task(follower.run()) for follower in followers]
    for index in range(OUTPUTS + 1):
        for start in range(0, len(runs), TOGETHER):
            await announce(await sync_to_async(write)(scene, runs[start : start + TOGETHER], index))
            await cut(followers)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*following)
    for follower in followers:
        for execution_id in follower.executions:
            check(follower.seen[execution_id])


def check(seen: list[dict[str, Any]]) -> None:
    """Every output once, in order; then the ends of the node and of the execution."""
    seqs = [event["seq"] for event in seen]
    assert seqs == sorted(set(seqs))
    outputs = [event["output_data"]["out"] for event in seen if "output_index" in event]
    assert outputs == [[number] for number in range(OUTPUTS)]
    assert [event["status"] for event in seen[-2:]] == ["COMPLETED", "COMPLETED"]
    assert seen[-2]["output_data"] == {"out": list(range(OUTPUTS))}
    assert seqs[-2:] == [OUTPUTS + 1, OUTPUTS + 2]


@pytest.fixture(scope="module")
def daphne(django_db_setup: None, _redis: str) -> Any:
    with server(SOCKETS_PER_USER_MAX="1000") as running:
        yield running


async def test_sockets_that_are_cut_miss_nothing(scene: Scene, daphne: Server) -> None:
    dice = random.Random(3)
    runs = await sync_to_async(store)(scene, FOLLOWED // 2)

    async def cut(followers: list[Follower]) -> None:
        dice.choice(followers).cut()
        if dice.random() < 0.1:
            await sync_to_async(flush_redis)()

    await watched(scene, runs, daphne.url, cut)


@pytest.mark.slow
async def test_five_hundred_executions_watched_by_sockets_that_are_cut_two_hundred_times(
    scene: Scene, daphne: Server
) -> None:
    dice = random.Random(4)
    runs = await sync_to_async(store)(scene, 500)
    kinds = ["client"] * 185 + ["server"] * 10 + ["redis"] * 5 + [""] * 220
    dice.shuffle(kinds)

    async def cut(followers: list[Follower]) -> None:
        match kinds.pop():
            case "client":
                dice.choice(followers).cut()
            case "server":
                await sync_to_async(partial(restart_server, daphne))()
            case "redis":
                await sync_to_async(lose_redis)()

    await watched(scene, runs, daphne.url, cut)
    assert kinds == []
