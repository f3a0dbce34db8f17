"""Running a program as a child process that cannot outlast its limits."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from reliability.sandbox.bounds import Bounds
from reliability.sandbox.errors import TooMuchOutput, TooSlow

#: Children of one event loop at the same time; others wait for a place.
PLACES = 2
_CHUNK = 65_536

_places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Ended:
    """status: 0 when all went well, minus the signal that ended it."""

    status: int
    output: bytes
    errors: bytes


async def run_child(command: Sequence[str], given: bytes, bounds: Bounds, *, files: Sequence[int] = ()) -> Ended:
    """Run it with this on its stdin, with no environment. It is dead when this returns or is cancelled.

    files: descriptors that it shares with us, beside its pipes.
    The time and the output are bounded from here; memory and CPU must be bounded by the program that is started.
    Raises TooSlow and TooMuchOutput.
    """
    loop = asyncio.get_running_loop()
    async with _places.setdefault(loop, asyncio.Semaphore(PLACES)):
        process = await _started(command, files)
        try:
            async with asyncio.timeout(bounds.wall_seconds):
                return await _until_end(process, given, bounds)
        except TimeoutError as error:
            raise TooSlow(f"It took longer than {bounds.wall_seconds:g} s.", limit=bounds.wall_seconds) from error
        finally:
            await asyncio.shield(_killed(process))


async def _started(command: Sequence[str], files: Sequence[int]) -> Process:
    """Whoever is cancelled meanwhile leaves no process behind."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={}, cwd="/", start_new_session=True, pass_fds=files
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _killed(await starting)
        raise


async def _until_end(process: Process, given: bytes, bounds: Bounds) -> Ended:
    assert process.stdin
    assert process.stdout
    assert process.stderr
    output = asyncio.create_task(_read(process.stdout, bounds.output_bytes))
    errors = asyncio.create_task(_read(process.stderr, bounds.output_bytes))
    tasks = (output, errors, asyncio.create_task(_feed(process.stdin, given)))
    try:
        await asyncio.gather(*tasks)
        return Ended(await process.wait(), output.result(), errors.result())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _feed(stdin: asyncio.StreamWriter, given: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has ended without reading all of it
        stdin.write(given)
        await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def _read(stream: asyncio.StreamReader, most: int) -> bytes:
    """All of it. Raises TooMuchOutput."""
    kept = bytearray()
    while len(kept) <= most and (chunk := await stream.read(_CHUNK)):
        kept += chunk
    if len(kept) > most:
        raise TooMuchOutput(f"It gave more than {most:,} bytes of output.", limit=most)
    return bytes(kept)


async def _killed(process: Process) -> None:
    """With all that it has started in its session. What is left in its pipes is read: asyncio waits for their end."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    assert process.stdout
    assert process.stderr
    await asyncio.gather(process.stdout.read(), process.stderr.read(), process.wait())
