"""What `up` is made of: the lock, the port, the checks, the children."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.up.checks import check_home, check_redis
from config.up.children import Child, Children, how_it_ended, restart_after
from config.up.errors import AlreadyRunning, CannotStart, ChildFailed
from config.up.lock import instance_lock
from config.up.port import HOST, listen, url_of
from tests.house.processes import ROOT, is_alive, python, wait_until

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"


def test_the_lock_is_taken_and_let_go(tmp_path: Path) -> None:
    for _ in range(2):
        with instance_lock(tmp_path / "up.lock") as lock:
            lock.tell("http://127.0.0.1:8000/")


def test_a_second_instance_is_told_who_runs_and_where(tmp_path: Path) -> None:
    with instance_lock(tmp_path / "up.lock") as lock:
        lock.tell("http://127.0.0.1:8123/")
        with pytest.raises(AlreadyRunning) as refused, instance_lock(tmp_path / "up.lock"):
            pass
    for part in ("already running", "http://127.0.0.1:8123/", f"process {os.getpid()}", "SLUICE_HOME"):
        assert part in str(refused.value)


def test_a_busy_port_leads_to_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as busy:
        busy.bind((HOST, 0))
        busy.listen()
        monkeypatch.setattr("config.up.port.FIRST_PORT", busy.getsockname()[1])
        with listen(None) as listener:
            assert listener.getsockname()[1] > busy.getsockname()[1]
            assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_busy_port_that_was_asked_for_is_refused() -> None:
    with socket.socket() as busy:
        busy.bind((HOST, 0))
        busy.listen()
        with pytest.raises(CannotStart, match=r"is busy: name another one with --port"):
            listen(busy.getsockname()[1])


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(CannotStart, match="between 1 and 65535"):
        listen(port)


def test_a_data_folder_is_made(tmp_path: Path) -> None:
    check_home(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_data_folder_that_cannot_be_made_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="set SLUICE_HOME"):
        check_home(tmp_path / "file" / "home")


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock", "banana"])
def test_an_unreachable_redis_names_the_setting(url: str) -> None:
    with pytest.raises(CannotStart, match="Check REDIS_URL"):
        check_redis(url)


def test_the_first_restart_is_at_once_and_later_ones_wait_longer() -> None:
    assert [restart_after(count) for count in (0, 1, 2, 3, 20)] == [0, 1, 3, 7, 30]


def test_ends_are_told_in_words() -> None:
    assert how_it_ended(2) == "ended with exit code 2"
    assert how_it_ended(-9) == "was ended by SIGKILL"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def sleeper(tmp_path: Path) -> Child:
    return _child(tmp_path, SLEEPER)


@pytest.fixture
def children(sleeper: Child, said: list[str]) -> Iterator[Children]:
    children = Children([sleeper], say=said.append)
    yield children
    children.stop()


def test_children_log_to_their_files_and_are_stopped(sleeper: Child, children: Children) -> None:
    children.start()
    assert sleeper.process is not None
    wait_until(lambda: sleeper.tail() == "up")
    children.stop()
    assert sleeper.process.returncode == -signal.SIGTERM


def test_a_child_that_does_not_listen_is_killed(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.up.children.STOP_SECONDS", 0.1)
    child = _child(tmp_path, STUBBORN)
    children = Children([child], say=said.append)
    children.start()
    wait_until(lambda: child.tail() == "up")
    children.stop()
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


def test_a_child_that_ends_is_started_again_and_this_is_said(
    sleeper: Child, children: Children, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.up.children.START_SECONDS", 0.0)
    children.start()
    assert sleeper.process is not None
    first = sleeper.process.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: sleeper.has_ended)
    children.tend()
    assert sleeper.process.pid != first
    assert not sleeper.has_ended
    assert said == [f"The sleeper was ended by SIGKILL; it is started again. Its log: {sleeper.log}"]


def test_a_child_that_ends_right_after_its_start_shows_its_last_lines(tmp_path: Path, said: list[str]) -> None:
    child = _child(tmp_path, "raise SystemExit('no such luck')")
    children = Children([child], say=said.append)
    children.start()
    wait_until(lambda: child.has_ended)
    with pytest.raises(ChildFailed, match="ended with exit code 1 right after its start") as failed:
        children.tend()
    assert failed.value.data["tail"] == "no such luck"


def test_children_end_with_their_parent_even_by_kill_9(tmp_path: Path) -> None:
    code = f"""
import signal, sys
from pathlib import Path
from config.up.children import Child
child = Child("sleeper", [sys.executable, "-c", {SLEEPER!r}], log=Path({str(tmp_path / "log")!r}))
child.start()
print(child.process.pid, flush=True)
signal.pause()
"""
    parent = python(code, env={**os.environ, "PYTHONPATH": str(ROOT / "platform")})
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not is_alive(pid))


def _child(folder: Path, code: str) -> Child:
    return Child("sleeper", [sys.executable, "-c", code], log=folder / "sleeper.log")
