"""An installation of its own for one benchmark: its Redis, and workers as processes that end with it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from django.conf import settings

from config.embedded_redis import EmbeddedRedis
from executor.models import GraphExecution
from executor.statuses import TERMINAL, Status
from reliability.lifeline import die_with_parent

ROOT = Path(__file__).resolve().parent.parent
WAIT_SECONDS = 60.0


@contextlib.contextmanager
def redis() -> Iterator[None]:
    """The embedded one, where the settings of this process and of its children look for it."""
    with EmbeddedRedis(settings.EMBEDDED_REDIS_FOLDER):
        yield


@contextlib.contextmanager
def workers(number: int, *, concurrency: int) -> Iterator[list["Process"]]:
    """So many processes of `manage.py rqworker`, and a clock, which they need as much."""
    started = [Process("rqworker", WORKER_CONCURRENCY=str(concurrency)) for _ in range(number)]
    clock = Process("clock")
    try:
        yield started
    finally:
        for process in (*started, clock):
            process.stop()


class Process:
    """One command of `manage.py`. It ends with this process."""

    def __init__(self, command: str, **variables: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), command],
            env={**os.environ, **variables},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGKILL),
        )

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def cpu_seconds(self) -> float:
        """Of the process itself, in user code and in the kernel."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident_bytes(self) -> int:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def wait_until(happened: Callable[[], bool]) -> None:
    """For other processes, which have no event that we could wait on."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError("It did not happen in time.")
        time.sleep(0.02)


def have_ended(executions: Sequence[GraphExecution]) -> bool:
    return not GraphExecution.objects.filter(id__in=[e.id for e in executions]).exclude(status__in=TERMINAL).exists()


def completed(executions: Sequence[GraphExecution]) -> int:
    return GraphExecution.objects.filter(id__in=[e.id for e in executions], status=Status.COMPLETED).count()
