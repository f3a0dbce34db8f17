"""Asking one server the same thing again and again, over several connections at once."""

import contextlib
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from django.db import connection

from accounts.keys import issue
from accounts.models import User
from api.scopes import Scope
from bench.installation import ROOT, redis, wait_until
from bench.measuring import make_user
from bench.report import tell
from executor.launching.launch import launch
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version
from reliability.lifeline import die_with_parent
from tests.executor.building import build, given, result

CLIENTS, REQUESTS = 4, 100
#: So many executions are there before.
EXECUTIONS = 200
INPUTS = {"question": "Why?"}
SERVERS = {
    "daphne": ("-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", "{port}", "config.asgi:application"),
    "waitress": ("-m", "waitress", "--listen=127.0.0.1:{port}", "--threads=4", "config.wsgi:application"),
}


class Question(NamedTuple):
    name: str
    method: str
    address: str
    bare: str
    body: Any = None


class Figures(NamedTuple):
    per_second: float
    #: Milliseconds.
    p95: float


def measure(rounds: int) -> None:
    with redis():
        user = make_user()
        key = issue(user, name="bench", scopes=list(Scope))[1]
        questions = _questions(_graph(user))
        connection.close()
        for name, command in SERVERS.items():
            with server(command) as port:
                for question in questions:
                    _tell(name, question, *_beside(port, key, question, rounds))


def _questions(version: GraphVersion) -> list[Question]:
    graph = f"/api/v1/graphs/{version.graph_id}"
    executions = [launch(version.graph.owner, version, inputs=INPUTS) for _ in range(EXECUTIONS)]
    one = executions[0].id
    return [
        Question("list", "GET", "/api/v1/executions", "/bare/executions"),
        Question("detail", "GET", f"{graph}/executions/{one}", f"/bare/executions/{one}"),
        Question("launch", "POST", f"{graph}/execute", "/bare/start", {"inputs": INPUTS}),
    ]


def _graph(user: User) -> GraphVersion:
    nodes = {"question": given("question"), "answer": result("answer")}
    document = build(nodes, ["question.result -> answer.value"])
    return write_version(Graph.objects.create(id=document.id, owner=user, name="bench"), document)


@contextlib.contextmanager
def server(command: tuple[str, ...]) -> Iterator[int]:
    """One process of it, with the bare views beside the site's. It ends with this process."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *(part.format(port=port) for part in command)],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "bench.bare_settings",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
        },
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGKILL),
    )
    try:
        wait_until(partial(_answers, port))
        yield port
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _beside(port: int, key: str, question: Question, rounds: int) -> tuple[Figures, Figures]:
    """Ours and the bare one in turn, after a warm-up that does not count."""
    ask = {address: partial(_ask, port, key, question, address) for address in (question.address, question.bare)}
    for warm_up in ask.values():
        warm_up()
    found: dict[str, list[Figures]] = {address: [] for address in ask}
    for _ in range(rounds):
        for address, again in ask.items():
            found[address].append(again())
    ours, bare = (Figures(*map(statistics.median, zip(*figures, strict=True))) for figures in found.values())
    return ours, bare


def _ask(port: int, key: str, question: Question, address: str) -> Figures:
    times: list[float] = []
    client = partial(_client, port, key, question, address, times)
    started = time.perf_counter()
    _all_at_once(client)
    seconds = time.perf_counter() - started
    return Figures(len(times) / seconds, 1000 * statistics.quantiles(times, n=20)[-1])


def _all_at_once(client: Callable[[], None]) -> None:
    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _client(port: int, key: str, question: Question, address: str, times: list[float]) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = None if question.body is None else json.dumps(question.body)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for _ in range(REQUESTS):
        started = time.perf_counter()
        line.request(question.method, address, body, headers)
        answer = line.getresponse()
        answer.read()
        times.append(time.perf_counter() - started)
        if answer.status not in (200, 202):
            raise RuntimeError(f"{address} answered {answer.status}.")
    line.close()


def _tell(server: str, question: Question, ours: Figures, bare: Figures) -> None:
    tell(
        "api",
        f"{server}, {question.name}",
        per_second=ours.per_second,
        p95_milliseconds=ours.p95,
        bare_per_second=bare.per_second,
        bare_p95_milliseconds=bare.p95,
        ratio=ours.per_second / bare.per_second,
    )
