"""`/healthz` and `/readyz`: whatever a dependency does, one says alive at once, the other says no within a second."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from redis import Redis

from config.health.heartbeats import CLOCK_KEY, REMEMBERED_SECONDS, beat
from config.health.probing import Probe, ask_all
from tests.executor.processes import process, web_server
from tests.factories import make_user
from tests.house.processes import wait_until

TOKEN = "operators-only-0123456789"
ALIVE_SECONDS = 0.1
READY_SECONDS = 1.0
#: What a busy machine adds to a measured answer.
SLACK_SECONDS = 0.3

pytestmark = pytest.mark.django_db(transaction=True)

Answer = tuple[int, dict[str, Any], float]


def ask(address: str, path: str, *, token: str = "") -> Answer:
    """Status, body, seconds."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"http://{address}{path}", headers=headers)
    begun = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer), time.monotonic() - begun
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), time.monotonic() - begun


@contextmanager
def silent_port() -> Iterator[int]:
    """Takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        yield listening.getsockname()[1]


@contextmanager
def free_port() -> Iterator[int]:
    """Where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def slow_redis(seconds: float) -> Iterator[int]:
    """The real one, behind a relay that passes each answer on later."""
    with socket.socket() as listening, ExitStack() as stack:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        ended = threading.Event()
        stack.callback(ended.set)

        def answer(near: socket.socket) -> None:
            with near, socket.socket(socket.AF_UNIX) as far:
                far.connect(str(settings.EMBEDDED_REDIS_FOLDER / "redis.sock"))
                while data := near.recv(65536):
                    far.sendall(data)
                    reply = far.recv(65536)
                    if ended.wait(seconds):
                        return
                    near.sendall(reply)

        def accept() -> None:
            while not ended.is_set():
                try:
                    near, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(near,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        ended.set()


def test_all_is_well(redis_url: str) -> None:
    with process("rqworker"), process("clock"), web_server() as address:
        wait_until(lambda: ask(address, "/readyz")[0] == 200)
        assert ask(address, "/readyz")[:2] == (200, {"status": "ready"})
        assert ask(address, "/healthz")[:2] == (200, {"status": "alive"})


def test_what_is_missing_is_named_with_its_repair(redis_url: str, client: Client) -> None:
    make_user("admin@example.org", is_staff=True, password="of the admin")
    assert client.login(username="admin@example.org", password="of the admin")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    found = {one["dependency"]: one["repair"] for one in answer.json()["findings"]}
    assert found.keys() == {"worker", "clock"}
    assert "manage.py rqworker" in found["worker"]
    assert "manage.py clock" in found["clock"]


def test_strangers_and_users_hear_only_that_it_is_not_ready(redis_url: str, client: Client) -> None:
    assert client.get("/readyz").json() == {"status": "not ready"}
    user = make_user(password="of ada")
    assert client.login(username=user.email, password="of ada")
    assert client.get("/readyz").json() == {"status": "not ready"}
    assert client.get("/readyz", headers={"Authorization": "Bearer "}).json() == {"status": "not ready"}


def test_a_token_that_is_empty_opens_nothing(redis_url: str, client: Client, settings: Any) -> None:
    settings.OPERATOR_TOKEN = ""
    for sent in ("Bearer ", "Bearer", "Bearer x"):
        assert "findings" not in client.get("/readyz", headers={"Authorization": sent}).json()
    settings.OPERATOR_TOKEN = TOKEN
    assert "findings" not in client.get("/readyz", headers={"Authorization": f"Bearer {TOKEN}é"}).json()
    assert "findings" in client.get("/readyz", headers={"Authorization": f"Bearer {TOKEN}"}).json()


def test_a_clock_that_has_stopped_is_named(redis_url: str, client: Client, settings: Any) -> None:
    settings.OPERATOR_TOKEN = TOKEN
    beat()
    assert named(client) == ["worker"]
    with Redis.from_url(redis_url) as redis:
        redis.expire(CLOCK_KEY, REMEMBERED_SECONDS - int(settings.HEARTBEAT_MAX_SECONDS) - 1)
    assert named(client) == ["worker", "clock"]


def test_a_migration_that_is_missing_is_named(redis_url: str, client: Client, settings: Any) -> None:
    settings.OPERATOR_TOKEN = TOKEN
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("deleting", "0001_initial")
    try:
        assert "migrations" in named(client)
    finally:
        recorder.record_applied("deleting", "0001_initial")
    assert "migrations" not in named(client)


def test_it_answers_before_anybody_asks_for_the_host_or_the_user(
    client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
    assert client.post("/healthz").status_code == 405


@pytest.mark.parametrize("way", ["down", "slow", "black-holed"])
def test_redis_is_in_a_bad_way(way: str, redis_url: str) -> None:
    places = {"down": free_port, "black-holed": silent_port, "slow": lambda: slow_redis(2.0)}
    with places[way]() as port, _web(REDIS_URL=f"redis://127.0.0.1:{port}/0") as address:
        _is_alive_but_not_ready(address, "redis")


@pytest.mark.parametrize("way", ["down", "black-holed"])
def test_the_database_is_in_a_bad_way(way: str, redis_url: str) -> None:
    places = {"down": free_port, "black-holed": silent_port}
    with places[way]() as port, _web(DATABASE_URL=f"postgres://sluice:x@127.0.0.1:{port}/sluice") as address:
        _is_alive_but_not_ready(address, "database")


def test_a_database_file_that_is_not_there(redis_url: str, tmp_path: Path) -> None:
    with _web(DATABASE_URL=f"sqlite:///{tmp_path}/none/sluice.sqlite3") as address:
        _is_alive_but_not_ready(address, "database")


def test_what_does_not_answer_is_asked_once_at_a_time() -> None:
    asked, may_answer = [], threading.Event()

    def check() -> list[Any]:
        asked.append(threading.current_thread())
        may_answer.wait(30)
        return []

    probe = Probe("database", check, repair="Wait.")
    for _ in range(5):
        assert [one.dependency for one in ask_all([probe], seconds=0.01)] == ["database"]
    assert len(asked) == 1
    may_answer.set()
    assert ask_all([probe], seconds=10) == []
    assert ask_all([probe], seconds=10) == []
    assert len(asked) >= 2


@contextmanager
def _web(**variables: str) -> Iterator[str]:
    with web_server(OPERATOR_TOKEN=TOKEN, **variables) as address:
        wait_until(lambda: ask(address, "/healthz")[0] == 200)
        yield address


def _is_alive_but_not_ready(address: str, dependency: str) -> None:
    """Three times, for what hangs must not add up. The first answer also loads what the others find loaded."""
    ask(address, "/readyz")
    for _ in range(3):
        status, body, seconds = ask(address, "/readyz", token=TOKEN)
        assert status == 503
        assert dependency in [one["dependency"] for one in body["findings"]]
        assert seconds < READY_SECONDS + SLACK_SECONDS
        assert ask(address, "/readyz")[:2] == (503, {"status": "not ready"})
        status, _, seconds = ask(address, "/healthz")
        assert status == 200
        assert seconds < ALIVE_SECONDS + SLACK_SECONDS


def named(client: Client) -> list[str]:
    body = client.get("/readyz", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    return [one["dependency"] for one in body.get("findings", [])]
