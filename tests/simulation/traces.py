"""What blocks have done in the simulated world, and how long they take for it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from blocks.base import Effect
from executor.statuses import TERMINAL, Status

if TYPE_CHECKING:
    from tests.simulation.process import Process


@dataclass(slots=True, kw_only=True)
class Traces:
    """paces: seconds, of which chance takes one each time a block waits.

    status_of: of a node execution, as its row says; None if it has no row. is_owner: whether a process still owns the
    execution.
    """

    chance: Random
    paces: tuple[float, ...]
    status_of: Callable[[UUID], Status | None]
    is_owner: Callable[["Process"], bool]
    #: By node execution.
    begins: Counter[UUID] = field(default_factory=Counter)
    once_begins: Counter[UUID] = field(default_factory=Counter)
    acts: Counter[UUID] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def begun(self, process: "Process", node_execution_id: str, effect: Effect) -> None:
        """Nobody begins what has ended, unless he has lost the execution and cannot know."""
        if process.is_dead:
            return
        id = UUID(node_execution_id)
        self.begins[id] += 1
        self.once_begins[id] += effect is Effect.ONCE
        if self.is_owner(process) and self.status_of(id) in TERMINAL:
            self.faults.append(f"node execution {id} has ended, and began again")

    def acted(self, process: "Process", node_execution_id: str) -> None:
        """Nobody acts before the start is in its row."""
        if process.is_dead:
            return
        id = UUID(node_execution_id)
        self.acts[id] += 1
        if self.status_of(id) in (None, Status.INCOMPLETE, Status.QUEUED):
            self.faults.append(f"node execution {id} acted before its start was written")

    async def pause(self) -> None:
        pace = self.chance.choice(self.paces)
        if pace:
            await asyncio.sleep(pace * self.chance.random())
