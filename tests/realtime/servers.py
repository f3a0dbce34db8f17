"""Web servers as processes, and clients of theirs."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect

from tests.executor.processes import database_url
from tests.house.processes import ROOT, environment, wait_until

Frame = dict[str, Any]


class Server:
    """daphne on the test's own database and Redis. It keeps its port when it is started again."""

    def __init__(self, **variables: str) -> None:
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def resident_bytes(self) -> int:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def open_files(self) -> list[str]:
        """By their names; sockets are `socket:…`."""
        found = []
        for path in Path(f"/proc/{self.pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                found.append(str(path.readlink()))
        return found

    def start(self) -> None:
        """Returns before it answers."""
        env = environment(
            settings.HOME,
            DATABASE_URL=database_url(),
            PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
            LOG_LEVEL="WARNING",
            **self._variables,
        )
        program = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port), "config.asgi:application"]
        self._process = subprocess.Popen(program, env=env, cwd=ROOT, start_new_session=True)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@contextmanager
def server(**variables: str) -> Iterator[Server]:
    """One that answers. It is killed at the end."""
    started = Server(**variables)
    started.start()
    try:
        wait_until(started.answers)
        yield started
    finally:
        started.kill()


async def opened(url: str, key: str, **options: Any) -> ClientConnection:
    return await connect(url, additional_headers={"Authorization": f"Bearer {key}"}, **options)


async def ask(client: ClientConnection, method: str, **data: Any) -> None:
    await client.send(json.dumps({"method": method, "data": data}))


async def next_frame(client: ClientConnection) -> Frame:
    frame: Frame = json.loads(await client.recv())
    return frame
