"""Programs of ours that are forked instead of started: much cheaper, and the same to whoever uses them."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ANSWER_BYTES = 100


@dataclass(slots=True)
class Forked:
    """A process, to be used like a `subprocess.Popen`. It leads a session of its own."""

    pid: int
    returncode: int | None = None
    #: Its exit code can be asked for once.
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""
        with self._asking:
            if self.returncode is None and self._ends_within(0):
                self.returncode = _nursery().exit_code(self.pid)
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code. timeout: seconds. Raises subprocess.TimeoutExpired."""
        if self.poll() is None and not self._ends_within(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ends_within(self, seconds: float | None) -> bool:
        try:
            ended = os.pidfd_open(self.pid)
        except ProcessLookupError:  # somebody else has just asked for its exit code
            return True
        try:
            waiting = select.poll()
            waiting.register(ended, select.POLLIN)
            return bool(waiting.poll(None if seconds is None else seconds * 1000))
        finally:
            os.close(ended)


def fork(
    *arguments: str | Path, env: Mapping[str, str], cwd: Path | str, files: tuple[int, int, int] = (0, 1, 2)
) -> Forked:
    """`python arguments`: a script, `-m module` or `-c code`. files: its standard input, output and error."""
    request = {"arguments": list(map(str, arguments)), "env": dict(env), "cwd": str(cwd)}
    return Forked(int(_nursery().ask(request, files)))


class _Nursery:
    """The process that forks them. It ends when nobody can ask any more."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._line, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            number = far.fileno()
            command = [sys.executable, str(Path(__file__).with_name("nursery.py")), str(number)]
            kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
            self._process = subprocess.Popen(command, env=kept, cwd="/", pass_fds=[number], start_new_session=True)

    def ask(self, request: dict[str, Any], files: tuple[int, ...] = ()) -> str:
        with self._one_at_a_time:
            socket.send_fds(self._line, [json.dumps(request).encode()], files)
            answer = self._line.recv(ANSWER_BYTES).decode()
        if not answer:
            raise RuntimeError("The nursery has ended.")
        return answer

    def exit_code(self, pid: int) -> int:
        """Of one that has ended; minus the number of the signal that ended it."""
        return int(self.ask({"ended": pid}))


@cache
def _nursery() -> _Nursery:
    return _Nursery()
