"""A program of the operator's that is talked with, line by line, in a child that does not outlast the talk."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from reliability.sandbox.bounds import Bounds
from reliability.sandbox.errors import TooMuchOutput, TooSlow

_PROGRAM = str(Path(__file__).parent / "programs" / "serve.py")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CHUNK = 65_536
#: For what is left in the pipes of a child that was killed; one that has left its group may keep them open.
_LAST_WORDS_SECONDS = 2.0


class Talk:
    """The standard input and output of the child."""

    def __init__(self, process: Process, bounds: Bounds) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin, self._stdout = process.stdin, process.stdout
        self._most = bounds.output_bytes
        self._heard = 0
        self._lines = bytearray()

    async def say(self, line: bytes) -> None:
        """To a child that has ended, in vain."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._stdin.write(line + b"\n")
            await self._stdin.drain()

    async def hear(self) -> bytes:
        """The next line, with its end; empty when there is none any more. Raises TooMuchOutput."""
        seen = 0
        while (end := self._lines.find(b"\n", seen)) < 0:
            seen = len(self._lines)
            chunk = await self._stdout.read(_CHUNK)
            if not chunk:
                return b""
            self._heard += len(chunk)
            if self._heard > self._most:
                raise TooMuchOutput(f"It gave more than {self._most:,} bytes of output.", limit=self._most)
            self._lines += chunk
        line = bytes(self._lines[: end + 1])
        del self._lines[: end + 1]
        return line


@asynccontextmanager
async def talk(command: Sequence[str], bounds: Bounds) -> AsyncIterator[Talk]:
    """Start it with a folder and an environment of its own. When this is left, it is dead with all of its group.

    It is the operator's, so it sees the machine; of the environment of this process it sees nothing.
    Raises TooSlow when the talk takes longer than the bounds allow, TooMuchOutput.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-", ignore_cleanup_errors=True) as folder:
        process = await _started(command, folder, bounds)
        silencing = asyncio.create_task(_passed_over(process))
        try:
            async with asyncio.timeout(bounds.wall_seconds) as limit:
                yield Talk(process, bounds)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise TooSlow(f"It took longer than {bounds.wall_seconds:g} s.", limit=bounds.wall_seconds) from error
        finally:
            await asyncio.shield(_killed(process, silencing))


async def _started(command: Sequence[str], folder: str, bounds: Bounds) -> Process:
    """Whoever is cancelled meanwhile leaves no process behind."""
    environment = {"PATH": _PATH, "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"}
    limits = {"cpu": bounds.cpu_seconds, "data": bounds.memory_bytes, "file": bounds.file_bytes}
    job = {"command": list(command), "environment": environment, "limits": limits, "parent": os.getpid()}
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", _PROGRAM, json.dumps(job)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env={},
            cwd=folder,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        process = await starting
        await _killed(process, asyncio.create_task(_passed_over(process)))
        raise


async def _passed_over(process: Process) -> None:
    """What it says to people is for nobody here, and must not fill its pipe."""
    assert process.stderr
    while await process.stderr.read(_CHUNK):
        pass


async def _killed(process: Process, silencing: "asyncio.Task[None]") -> None:
    """With all of its group. What is left in its pipes is read: asyncio waits for their end."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    assert process.stdout
    assert process.stdin
    process.stdin.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_WORDS_SECONDS):
            await asyncio.gather(process.stdout.read(), silencing, process.wait())
