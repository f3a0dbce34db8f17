"""Processes of this installation, forked by a zygote, and what a test does to them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, Signals

from tests.house.processes import ROOT, is_alive

WORKER = ("rqworker",)
#: RQ's own: each execution in a child, one at a time; the child goes on when its worker is killed.
FORKING_WORKER = ("rqworker", "--worker-class", "rq.Worker")
CLOCK = ("clock",)
END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Forked:
    """One process with a session of its own."""

    pid: int
    arguments: tuple[str, ...]
    log: Path
    #: The network namespace that it lives in.
    host: str | None = None

    @property
    def is_alive(self) -> bool:
        return is_alive(self.pid)

    @property
    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def children(self) -> list[int]:
        """Those that have not ended."""
        found = []
        for thread in Path(f"/proc/{self.pid}/task").glob("*/children"):
            try:
                found += [int(child) for child in thread.read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue
        return [child for child in found if is_alive(child)]

    def signal(self, number: Signals) -> None:
        send(self.pid, number)

    def kill(self) -> None:
        """kill -9, for it and for all of its session."""
        self.signal_all(SIGKILL)

    def signal_all(self, number: Signals) -> None:
        """It and what it has started; children of RQ's worker lead groups of their own."""
        for pid in (*self.children(), self.pid):
            send(pid, number)


def send(pid: int, number: Signals) -> None:
    """To a process that may be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


class Zygote:
    """Forks processes that share the environment it was started with."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self.folder = folder
        self._forked: list[Forked] = []
        with (folder / "zygote.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.zygote"],
                env=env,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        if self._answer() != "ready":
            raise RuntimeError(f"The zygote did not start: {(folder / 'zygote.log').read_text()}")

    def fork(self, *arguments: str, host: str | None = None) -> Forked:
        """`manage.py arguments`, or daphne. host: a network namespace to live in."""
        log = self.folder / f"{len(self._forked)}-{arguments[0]}.log"
        request = {"arguments": arguments, "log": str(log), "host": host}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        forked = Forked(int(self._answer()), arguments, log, host)
        self._forked.append(forked)
        return forked

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def alive(self) -> list[Forked]:
        return [forked for forked in self._forked if forked.is_alive]

    def faults(self) -> list[str]:
        """Tracebacks in the logs of all it has forked."""
        return [f"{one.log.name}: {one.said}" for one in self._forked if "Traceback" in one.said]

    def stop(self) -> None:
        """Kill everything."""
        for forked in self.alive():
            forked.kill()
        self._process.kill()
        self._process.wait(END_SECONDS)


@contextmanager
def zygote(env: dict[str, str], folder: Path) -> Iterator[Zygote]:
    started = Zygote(env, folder)
    try:
        yield started
    finally:
        started.stop()
