"""The Redis in the data folder: private, durable, never left behind."""

import os
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from config.embedded_redis import EmbeddedRedis, RedisNotStarted
from tests.house.processes import ROOT, is_alive, python, wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sluice-redis-") as path:
        yield Path(path) / "redis"


def test_it_answers_when_start_returns(folder: Path) -> None:
    with EmbeddedRedis(folder) as redis, Redis.from_url(redis.url) as client:
        assert client.ping()


def test_its_url_works_for_a_folder_with_odd_characters(folder: Path) -> None:
    with EmbeddedRedis(folder / "a b#c+d%20?") as redis, Redis.from_url(redis.url) as client:
        assert client.ping()


def test_only_its_owner_can_reach_it(folder: Path) -> None:
    with EmbeddedRedis(folder) as redis, Redis.from_url(redis.url) as client:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(redis.socket.stat().st_mode) == 0o600
        assert client.config_get("port") == {"port": "0"}


def test_it_keeps_a_log_and_refuses_to_forget_when_memory_is_short(folder: Path) -> None:
    with EmbeddedRedis(folder) as redis, Redis.from_url(redis.url) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_a_second_start_finds_the_data_of_the_first(folder: Path) -> None:
    redis = EmbeddedRedis(folder)
    for expected in (None, b"kept"):
        with redis, Redis.from_url(redis.url) as client:
            assert client.get("key") == expected
            client.set("key", "kept")


def test_what_was_written_survives_a_kill(folder: Path) -> None:
    redis = EmbeddedRedis(folder)
    redis.start()
    assert redis.process is not None
    with Redis.from_url(redis.url) as client:
        client.set("key", "kept")
    os.kill(redis.process.pid, signal.SIGKILL)
    wait_until(lambda: redis.has_ended)
    with redis, Redis.from_url(redis.url) as client:
        assert client.get("key") == b"kept"


def test_no_process_is_left_after_stop(folder: Path) -> None:
    redis = EmbeddedRedis(folder)
    redis.start()
    assert redis.process is not None
    pid = redis.process.pid
    redis.stop()
    assert not is_alive(pid)


def test_it_ends_with_its_parent_even_by_kill_9(folder: Path) -> None:
    parent = _parent(folder)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert is_alive(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not is_alive(pid))


def test_a_start_waits_for_the_server_of_a_killed_parent_to_end(folder: Path) -> None:
    parent = _parent(folder)
    assert parent.stdout is not None
    parent.stdout.readline()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    with EmbeddedRedis(folder) as redis, Redis.from_url(redis.url) as client:
        assert client.ping()


def test_a_second_server_on_the_same_folder_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.embedded_redis.LOCK_SECONDS", 0.1)
    with EmbeddedRedis(folder), pytest.raises(RedisNotStarted, match="Another Redis is running"):
        EmbeddedRedis(folder).start()


def test_a_path_too_long_for_a_socket_names_the_way_out(folder: Path) -> None:
    with pytest.raises(RedisNotStarted, match="set SLUICE_HOME to a folder with a shorter path"):
        EmbeddedRedis(folder / ("x" * 100)).start()


def _parent(folder: Path) -> "subprocess.Popen[str]":
    """A process with a Redis of its own, whose pid it prints."""
    code = (
        "import sys, signal; from pathlib import Path; from config.embedded_redis import EmbeddedRedis\n"
        f"redis = EmbeddedRedis(Path({str(folder)!r})); redis.start()\n"
        "print(redis.process.pid, flush=True); signal.pause()"
    )
    return python(code, env={**os.environ, "PYTHONPATH": str(ROOT / "platform")})
