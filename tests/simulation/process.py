"""Worker processes inside the simulation: they die, and they stop for a while without noticing."""

from asyncio import Handle, Task
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.traces import Traces

#: The process that whatever runs belongs to.
PROCESS: "ContextVar[Process]" = ContextVar("PROCESS")


@dataclass(slots=True, eq=False)
class Process:
    """fence: of its claim. skew: seconds by which the clock of its machine is wrong."""

    number: int
    traces: Traces
    fence: int
    skew: float = 0.0
    is_dead: bool = False
    is_paused: bool = False
    #: What it would have done while it was paused.
    parked: list[Handle] = field(default_factory=list)
    #: Batches that it has handed to its writer.
    commits: int = 0
    #: What it has told live clients: `(graph execution, seq, node execution, status)`.
    heard: list[tuple[Any, ...]] = field(default_factory=list)
    main: Task[Any] | None = None

    def kill(self) -> None:
        """Nothing it does from now on is seen by anybody; its tasks are only tidied away."""
        self.is_dead = True
        assert self.main is not None
        self.main.cancel()
