"""Sockets that listen to executions, at a web server of their own."""

import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from accounts.keys import issue
from bench import graphs
from bench.installation import ROOT, redis, wait_until
from bench.measuring import make_user, store
from bench.report import tell
from executor.events import CommittedBatch
from executor.models import GraphExecution
from executor.telling.payloads import Payload, graph_payload
from graphs.models import GraphVersion
from realtime.publish import publish_changes
from reliability.lifeline import die_with_parent

SOCKETS = 1000
EVENTS_PER_SECOND = 400
FAN_OUTS = (1, 5)
#: Milliseconds from a commit to the client.
MOST_P50, MOST_P99 = 100, 1000
MOST_KIB = 80
#: Sockets that are opened together.
TOGETHER = 20
PATIENCE_SECONDS = 30


def measure(rounds: int) -> None:
    user = make_user()
    version = store(user, graphs.chain())
    _, key = issue(user, name="bench")
    with redis():
        for fan_out in FAN_OUTS:
            executions = _executions(version, SOCKETS // fan_out)
            with _web_server() as server:
                asyncio.run(_measure(server, key, executions, fan_out=fan_out, seconds=rounds))


class WebServer:
    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port), "config.asgi:application"],
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", "SOCKETS_PER_USER_MAX": str(2 * SOCKETS)},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGKILL),
        )

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    @property
    def resident_bytes(self) -> int:
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Listener:
    """A socket that follows one execution, and when each seq came."""

    def __init__(self, client: ClientConnection, execution: GraphExecution) -> None:
        self.came: dict[int, float] = {}
        self.execution_id = str(execution.id)
        self._client = client

    async def subscribe(self) -> None:
        request = {"graph_exec_id": self.execution_id}
        await self._client.send(json.dumps({"method": "subscribe_graph_execution", "data": request}))
        assert json.loads(await self._client.recv())["success"]

    async def listen(self, last: int) -> None:
        seq = 0
        while seq < last:
            seq = json.loads(await self._client.recv())["data"]["seq"]
            self.came[seq] = time.perf_counter()


@contextmanager
def _web_server() -> Iterator[WebServer]:
    server = WebServer()
    try:
        wait_until(server.answers)
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def _executions(version: GraphVersion, number: int) -> list[GraphExecution]:
    fields = {"user": version.graph.owner, "graph": version.graph, "version": version}
    return GraphExecution.objects.bulk_create(GraphExecution(**fields) for _ in range(number))


async def _measure(
    server: WebServer, key: str, executions: Sequence[GraphExecution], *, fan_out: int, seconds: int
) -> None:
    before = server.resident_bytes
    listeners = await _listeners(server, key, [one for one in executions for _ in range(fan_out)])
    grown = server.resident_bytes - before
    last = EVENTS_PER_SECOND * seconds // len(executions)
    listening = [asyncio.create_task(listener.listen(last)) for listener in listeners]
    sent = await _commit(executions, last)
    await asyncio.wait(listening, timeout=PATIENCE_SECONDS)
    delays = [
        (came - sent[listener.execution_id, seq]) * 1000
        for listener in listeners
        for seq, came in listener.came.items()
    ]
    parts = statistics.quantiles(delays, n=100)
    tell(
        "sockets",
        f"{fan_out} for each event",
        delivered=len(delays),
        lost=last * len(listeners) - len(delays),
        p50_milliseconds=parts[49],
        p99_milliseconds=parts[98],
        most=[MOST_P50, MOST_P99],
        kib_per_socket=grown / len(listeners) / 1024,
        most_kib=MOST_KIB,
    )
    assert len(delays) == last * len(listeners)


async def _listeners(server: WebServer, key: str, executions: Sequence[GraphExecution]) -> list[Listener]:
    found: list[Listener] = []
    for start in range(0, len(executions), TOGETHER):
        found += await asyncio.gather(*(_listener(server, key, one) for one in executions[start : start + TOGETHER]))
    return found


async def _listener(server: WebServer, key: str, execution: GraphExecution) -> Listener:
    client = await connect(
        f"ws://127.0.0.1:{server.port}/ws", additional_headers={"Authorization": f"Bearer {key}"}, open_timeout=60
    )
    listener = Listener(client, execution)
    await listener.subscribe()
    return listener


async def _commit(executions: Sequence[GraphExecution], last: int) -> dict[tuple[str, int], float]:
    """Tell of commits at an even pace. Returns when each was told."""
    sent: dict[tuple[str, int], float] = {}
    begun = time.perf_counter()
    for number, (seq, execution) in enumerate((seq, one) for seq in range(1, last + 1) for one in executions):
        await asyncio.sleep(begun + number / EVENTS_PER_SECOND - time.perf_counter())
        sent[str(execution.id), seq] = time.perf_counter()
        batch = CommittedBatch(
            execution_id=str(execution.id),
            graph_id=str(execution.graph_id),
            user_id=str(execution.user_id),
            events=[_event(execution, seq)],
        )
        await publish_changes(None, batches=[batch])
    return sent


def _event(execution: GraphExecution, seq: int) -> Payload:
    return graph_payload(
        seq=seq,
        execution_id=execution.id,
        user_id=execution.user_id,
        graph_id=str(execution.graph_id),
        graph_version=1,
        preset_id=None,
        status="RUNNING",
        started_at=None,
        ended_at=None,
        stats={"cost": 0},
        inputs={"text": "x" * 500},
        outputs={},
    )
