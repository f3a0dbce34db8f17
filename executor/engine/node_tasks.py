"""The tasks in which the node executions of one execution run, those that do not sprint."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from blocks.base import BlockType
from executor.engine.crew import GRACE_SECONDS, Crew
from executor.engine.state import NodeRun
from executor.engine.work import Work


class NodeTasks:
    """One task a node execution, and at most so many at a time. Sub-graphs' own nodes take no room."""

    def __init__(self, crew: Crew, *, most: int) -> None:
        self._crew = crew
        self._most = most
        self._tasks: dict[NodeRun, asyncio.Task[None]] = {}
        #: Those of them that have had their first turn.
        self._begun: set[NodeRun] = set()
        #: Those whose blocks are running.
        self.working: dict[NodeRun, Work] = {}
        self._in_flight = 0

    def __contains__(self, run: NodeRun) -> bool:
        return run in self._tasks

    def have_room(self, run: NodeRun) -> bool:
        return self._in_flight < self._most or not _takes_room(run)

    def take_on(self, run: NodeRun, work: Coroutine[Any, Any, None]) -> None:
        """Give it a task of its own. It says when it has its first turn, and when it has done its work."""
        self._in_flight += _takes_room(run)
        self._tasks[run] = self._crew.take_on(work)

    def begun(self, run: NodeRun) -> None:
        self._begun.add(run)

    def done(self, run: NodeRun) -> None:
        """Its place is free, unless it was before."""
        self._begun.discard(run)
        if run in self._tasks:
            self._let_go(run)

    def interrupt(self, run: NodeRun) -> None:
        """Cancel the task of a node execution; one that has not had its first turn ends itself when it gets it."""
        if run in self._begun:
            self._tasks[run].cancel()
            if (work := self.working.get(run)) is not None:
                asyncio.get_running_loop().call_later(GRACE_SECONDS, work.give_up)

    def interrupt_all(self) -> None:
        for run in list(self._tasks):
            self.interrupt(run)

    def wake(self) -> None:
        """Whoever pauses between two tries looks up."""
        for work in self.working.values():
            work.wake()

    def leave_behind(self, run: NodeRun) -> None:
        """Its task does not end: nobody waits for it any more, and its place is free."""
        self.working.pop(run, None)
        self._begun.discard(run)
        self._crew.leave_behind(self._let_go(run))

    def cancel_all(self) -> None:
        """Whether they have begun or not."""
        for task in list(self._tasks.values()):
            task.cancel()

    def _let_go(self, run: NodeRun) -> "asyncio.Task[None]":
        self._in_flight -= _takes_room(run)
        return self._tasks.pop(run)


def _takes_room(run: NodeRun) -> bool:
    return run.node.block.block_type is not BlockType.AGENT and not run.node.block.runs_nodes
