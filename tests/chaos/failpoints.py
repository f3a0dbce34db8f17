"""Moments at which a process kills itself, or its worker, for executions that files in a folder name.

A file is called as the execution, or as its graph; each line is a moment with its victim, and goes when it comes.
"""

import os
import signal
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

FOLDER = "FAILPOINTS_FOLDER"
#: The id of the worker's own process, for the children it forks.
PARENT = "CHAOS_PARENT"


class Victim(StrEnum):
    """Who is killed. A process that runs executions itself is both."""

    CHILD = "child"
    PARENT = "parent"
    BOTH = "both"


#: Reached by whoever accepts an execution: what it has not told anybody of, others must find.
ACCEPTING = ("accept.before_commit", "accept.after_commit", "enqueue.before", "enqueue.after")
#: Reached by whoever runs it, in the order in which they come for one node execution.
RUNNING = (
    "claim.after",
    "charge.after",
    "node.started",
    "effect.before",
    "effect.after",
    "output.persisted",
    "node.done",
    "children.enqueued",
    "exec.done",
    "notify.after",
)


def at(point: str, victim: Victim) -> str:
    """How a moment is written."""
    return f"{point}@{victim}"


def arm(folder: Path, name: object, *moments: str) -> None:
    """moments: in the order in which they shall come; without a victim the process itself is it."""
    (folder / str(name)).write_text("\n".join(moments))


def unused(folder: Path) -> list[str]:
    """The moments that have not come."""
    return [text for path in folder.iterdir() if (text := path.read_text())]


def reach(name: object, point: str) -> None:
    """Kill here, if that is the next moment wanted."""
    if FOLDER not in os.environ:
        return
    path = Path(os.environ[FOLDER]) / str(name)
    wanted, _, later = path.read_text().partition("\n") if path.exists() else ("", "", "")
    moment, _, victim = wanted.partition("@")
    if moment == point:
        path.write_text(later)
        _kill(Victim(victim or Victim.CHILD))


def _kill(victim: Victim) -> None:
    if victim in (Victim.PARENT, Victim.BOTH):
        with suppress(ProcessLookupError):  # somebody else has killed it meanwhile
            os.kill(int(os.environ[PARENT]), signal.SIGKILL)
    if victim in (Victim.CHILD, Victim.BOTH):
        os.kill(os.getpid(), signal.SIGKILL)
