"""SIGTERM in the moment in which a worker takes a job. Loaded as one of its BLOCK_MODULES, in tests only.

Each file in a folder is a signal that is still to be sent, and is called after its moment. Whoever takes it away sends
the signal to itself, once, and leaves a file of its own process id in the folder below.
"""

import os
import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

from rq import Queue

from executor.worker.admission import Admission

FOLDER = "TERMINATING_FOLDER"
HEARD_SECONDS = 5.0


class Moment(StrEnum):
    """RQ's own worker knows the first two."""

    ASKING = "asking"  #: just before Redis is asked for a job
    TAKEN = "taken"  #: the job has left the queue and is nowhere yet
    HEARD = "heard"  #: the same, and the worker has heard the signal before it goes on
    STARTED = "started"  #: the job is written down as running


def arm(folder: Path, count: int) -> None:
    """So many signals, spread over the moments."""
    (folder / "sent").mkdir()
    moments = list(Moment)
    for number in range(count):
        (folder / f"{moments[number % len(moments)]}-{number}").touch()


def unsent(folder: Path) -> int:
    return sum(path.is_file() for path in folder.iterdir())


def sent(folder: Path) -> dict[int, float]:
    """When each process was asked to end, in seconds of the clock on the wall."""
    return {int(path.name): path.stat().st_mtime for path in (folder / "sent").iterdir()}


def place_all() -> None:
    """Once a process."""
    Admission._pop = _around_pop(Admission._pop)  # type: ignore[method-assign]
    Admission._start_all = _after_start(Admission._start_all)  # type: ignore[method-assign]
    Queue.lmove = classmethod(_around_lmove(Queue.lmove.__func__))  # type: ignore[attr-defined, method-assign]


def reach(moment: Moment) -> bool:
    """Whether the signal was sent: it is wanted here, and this process has not been asked to end before."""
    folder = Path(os.environ[FOLDER])
    mine = folder / "sent" / str(os.getpid())
    if mine.exists() or not any(_is_mine(path) for path in sorted(folder.glob(f"{moment}-*"))):
        return False
    mine.touch()
    os.kill(os.getpid(), signal.SIGTERM)
    return True


def _is_mine(path: Path) -> bool:
    """Of several that want it, one takes it away."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _around_pop(pop: Callable[..., list[bytes]]) -> Callable[..., list[bytes]]:
    def deadly(admission: Admission, most: int) -> list[bytes]:
        reach(Moment.ASKING)
        ids = pop(admission, most)
        if ids and not reach(Moment.TAKEN) and reach(Moment.HEARD):
            admission._worker.closing.wait(HEARD_SECONDS)
        return ids

    return deadly


def _after_start(start_all: Callable[..., Any]) -> Callable[..., Any]:
    def deadly(admission: Admission, jobs: list[Any]) -> Any:
        started = start_all(admission, jobs)
        if started:
            reach(Moment.STARTED)
        return started

    return deadly


def _around_lmove(lmove: Callable[..., Any]) -> Callable[..., Any]:
    def deadly(cls: type[Queue], *args: Any, **options: Any) -> Any:
        reach(Moment.ASKING)
        taken = lmove(cls, *args, **options)
        if taken is not None:
            reach(Moment.TAKEN)
        return taken

    return deadly


if FOLDER in os.environ:
    place_all()
