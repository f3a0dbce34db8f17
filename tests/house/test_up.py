"""`manage.py up`, as a user runs it."""

import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.embedded_redis import EmbeddedRedis
from tests.house.processes import ROOT, environment, is_alive, manage, wait_until
from tests.postgres import Postgres

ONCE_SECONDS = 120
STOP_SECONDS = 10


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sluice-up-") as path:
        yield Path(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "banana"),
        ("DATABASE_URL", "sqlite:////nowhere/sluice.sqlite3"),
        ("DATABASE_URL", "postgres://ada@127.0.0.1:1/sluice"),
        ("REDIS_URL", "redis://127.0.0.1:1/0"),
        ("SLUICE_HOME", "/dev/null/home"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(name: str, value: str, home: Path) -> None:
    done = manage("up", "--once", home=home, **{name: value})
    assert done.returncode == 1
    assert name in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_busy_port_is_told_in_one_sentence(home: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        done = manage("up", "--once", "--port", str(busy.getsockname()[1]), home=home)
    assert done.returncode == 1
    assert "is busy" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_all_of_it(home: Path) -> None:
    """The first start, that ends by itself; the next one, a second instance beside it, Ctrl-C; a third one, and a kill.

    At one site: what takes long is to make its tables.
    """
    it_ends_by_itself_and_leaves_nothing(home)
    it_stays_alone_until_ctrl_c(home)
    nothing_outlives_it_when_it_is_killed(home)


def it_ends_by_itself_and_leaves_nothing(home: Path) -> None:
    with _up(home, "--once") as up:
        wait_until(lambda: (home / "up.lock").exists() and len(_family(up.pid)) >= 4)
        family = _family(up.pid)
        assert up.wait(ONCE_SECONDS) == 0, _said(home)
        assert not any(map(is_alive, family))


def it_stays_alone_until_ctrl_c(home: Path) -> None:
    with _up(home) as up:
        said = _until_it_stays(home)
        assert re.search(r"COMPLETED · \d+ node executions", said)
        assert "demo@sluice.example" in said
        url = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert url is not None
        assert urllib.request.urlopen(url[0], timeout=10).status == 200
        second = manage("up", home=home)
        assert (second.returncode, second.stderr.count("\n")) == (1, 1)
        assert f"already running on {home} at {url[0]} (process {up.pid})" in second.stderr
        family = _family(up.pid)
        assert len(family) >= 4
        up.send_signal(signal.SIGINT)
        assert up.wait(STOP_SECONDS) == 0
        assert not any(map(is_alive, family))


def nothing_outlives_it_when_it_is_killed(home: Path) -> None:
    with _up(home) as up:
        wait_until(lambda: re.search(r"^COMPLETED +\w", _said(home), re.MULTILINE))
        _until_it_stays(home)
        family = _family(up.pid)
        up.kill()
        wait_until(lambda: not any(map(is_alive, family)), seconds=STOP_SECONDS)


@pytest.mark.slow
def test_once_on_servers_of_other_peoples(home: Path) -> None:
    postgres = Postgres()
    try:
        postgres.start()
        with EmbeddedRedis(home / "elsewhere") as redis:
            servers = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
            done = manage("up", "--once", home=home, **servers)
            assert done.returncode == 0, done.stderr
            assert redis.process is not None
            assert is_alive(redis.process.pid)
    finally:
        postgres.stop()
    assert not (home / "redis").exists()
    assert not (home / "sluice.sqlite3").exists()


def _until_it_stays(home: Path) -> str:
    wait_until(lambda: "Logs " in _said(home), seconds=ONCE_SECONDS)
    return _said(home)


@contextmanager
def _up(home: Path, *arguments: str) -> "Iterator[subprocess.Popen[bytes]]":
    with (home / "said").open("wb") as file:
        up = subprocess.Popen(
            [sys.executable, ROOT / "manage.py", "up", *arguments], env=environment(home), stdout=file, stderr=file
        )
    try:
        yield up
    finally:
        up.terminate()
        up.wait(STOP_SECONDS)


def _said(home: Path) -> str:
    return (home / "said").read_text()


def _family(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [grandchild for child in children for grandchild in _family(child)]
