"""The processes that `up` keeps running. They end with it, however it ends."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from config.env import ROOT
from config.up.errors import ChildFailed
from reliability.lifeline import die_with_parent

#: A process that ends sooner than this has not started well.
START_SECONDS = 5.0
#: For all of them together, from the request to end until they are killed.
STOP_SECONDS = 7.0
POLL_SECONDS = 0.02
RESTART_MAX_SECONDS = 30.0
LOG_MAX_BYTES = 10 * 1024 * 1024
TAIL_LINES = 15


class Child:
    """One process. Start it from the main thread: the kernel ends it with the thread that started it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        descriptors: Sequence[int] = (),
        variables: Mapping[str, str] | None = None,
        orphan_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._descriptors = tuple(descriptors)
        self._variables = dict(variables or {})
        #: What the kernel sends it when `up` is killed.
        self._orphan_signal = orphan_signal
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        #: When it was seen that it has ended.
        self.ended_at: float | None = None
        #: Whether it has ever lasted START_SECONDS.
        self.has_lasted = False
        #: Starts in a row that did not last.
        self.false_starts = 0

    def start(self) -> None:
        self.started_at, self.ended_at = time.monotonic(), None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={
                    **os.environ,
                    "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
                    "PYTHONUNBUFFERED": "1",
                    **self._variables,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=self._descriptors,
                start_new_session=True,  # Ctrl-C in the terminal is for `up`, which stops them in order
                preexec_fn=partial(die_with_parent, os.getpid(), self._orphan_signal),
            )

    @property
    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:])


class Children:
    """All of them. say: where a sentence for the person at the terminal goes."""

    def __init__(self, children: Sequence[Child], *, say: Callable[[str], None]) -> None:
        self._children = children
        self._say = say

    def start(self) -> None:
        for child in self._children:
            _make_room(child.log)
            child.start()

    def tend(self) -> None:
        """Start again what has ended. Raises ChildFailed if it never ran: trying again would not help then."""
        for child in self._children:
            if not child.has_ended:
                continue
            if child.ended_at is None:
                self._take_note(child, time.monotonic())
            if time.monotonic() >= (child.ended_at or 0.0) + restart_after(child.false_starts):
                child.start()

    def stop(self) -> None:
        """Ask all to end; kill those that have not after STOP_SECONDS."""
        running = [child.process for child in self._children if child.process and not child.has_ended]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while any(process.poll() is None for process in running) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        for process in running:
            if process.poll() is None:
                process.kill()
            process.wait()

    def _take_note(self, child: Child, now: float) -> None:
        assert child.process is not None
        how = how_it_ended(child.process.returncode)
        lasted = now - child.started_at >= START_SECONDS
        child.ended_at = now
        child.has_lasted |= lasted
        child.false_starts = 0 if lasted else child.false_starts + 1
        if not child.has_lasted:
            raise ChildFailed(f"The {child.name} {how} right after its start. Its log: {child.log}", tail=child.tail())
        self._say(f"The {child.name} {how}; it is started again. Its log: {child.log}")


def restart_after(false_starts: int) -> float:
    """Seconds from an end to the next start: none after one that lasted, then ever more."""
    return min(2.0**false_starts - 1, RESTART_MAX_SECONDS)


def how_it_ended(returncode: int) -> str:
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with exit code {returncode}"


def _make_room(log: Path) -> None:
    """Keep one earlier log, so that logs do not grow without bound."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_MAX_BYTES:
        log.replace(log.with_suffix(".log.1"))
