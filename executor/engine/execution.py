"""The engine: runs one claimed execution to its end.

One asyncio task owns the execution and its state; each running block is a child task of it. What happens is told to the
journal, which writes it; the engine itself never touches the database. Every step between two awaits is whole: the
journal sees the state before it or after it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Mapping
from typing import Any

from blocks.base import BlockType
from executor.engine import stop
from executor.engine.billing import decided, settled, stop_for, uncovered
from executor.engine.crew import GRACE_SECONDS, Crew
from executor.engine.judging import Stage
from executor.engine.moderating import Judging, judge, withhold
from executor.engine.node_life import end_stopped
from executor.engine.overtime import seconds_left, stop_late
from executor.engine.reviews import park_graph, withdraw
from executor.engine.running import run_block
from executor.engine.sprint import Sprint, never_waits
from executor.engine.starting import is_unbilled, may_not_begin, start
from executor.engine.state import Clock, GraphRun, NodeRun
from executor.engine.stop import Ending, Stop
from executor.engine.subgraphs import SubGraphs
from executor.engine.surroundings import Surroundings
from executor.engine.taking_up import restart_all, take_stock
from executor.engine.work import Work
from executor.errors import JournalFailed, LeaseLost
from executor.journal.session import Session
from executor.statuses import Status

logger = logging.getLogger(__name__)


class Execution:
    """One root execution, with everything inside it."""

    def __init__(
        self, root: GraphRun, *, session: Session, surroundings: Surroundings, children: Mapping[NodeRun, GraphRun]
    ) -> None:
        self.root = root
        self.session = session
        self.surroundings = surroundings
        self.limits = surroundings.limits
        self.clock = Clock()
        self.sub_graphs = SubGraphs(self, children)
        self.stopped: Stop | None = None
        self.ready: deque[NodeRun] = deque()
        self._tasks: dict[NodeRun, asyncio.Task[None]] = {}
        #: Those of them that have had their first turn.
        self._begun: set[NodeRun] = set()
        #: Those whose blocks are running.
        self.working: dict[NodeRun, Work] = {}
        self._in_flight = 0
        #: Node executions so far, and bytes of their outputs.
        self.made = self.kept = 0
        self._crew = Crew()
        self._sprint = Sprint(self._work, self._take_on)
        #: While the moderation is awaited.
        self.judging: Judging | None = None

    async def run(self) -> None:
        """Run until nothing is left to do, then write the final status; or REVIEW, if a person must decide first.

        Raises LeaseLost or JournalFailed when nothing can be written any more, CancelledError when this process should
        stop; the execution then goes on elsewhere, from its rows.
        """
        for graph in (self.root, *self.sub_graphs.all()):
            take_stock(self, graph)
        self.stopped = stop.remembered(self.root.error_code, self.root.error)
        self.session.on_cancel = lambda: self.stop(stop.on_request())
        self.session.on_lost = self._leave
        self.session.on_decided = lambda run, bill, is_refused: decided(self, run, bill, is_refused=is_refused)
        self.session.on_unpaid = lambda error: self.stop(stop_for(error))
        self.session.on_uncovered = lambda run, credits: uncovered(self, run, credits)
        if self.kept > self.limits.state_bytes:
            self.stop(stop.state_limit(self.limits.state_bytes))
        alarm = asyncio.get_running_loop().call_later(seconds_left(self), stop_late, self)
        try:
            await judge(self, Stage.INPUTS)
            await self._run_all()
        finally:
            alarm.cancel()
        await judge(self, Stage.OUTPUTS)
        if self.session.error is not None:
            raise self.session.error
        if self.stopped is not None:
            self._close_all(self.stopped)
            await withhold(self, self.stopped)
        if self.root.parked:
            park_graph(self, self.root)
        else:
            self._finish(self.root)
        await self.session.commit()

    def stop(self, reason: Stop) -> None:
        """End the execution early, if it has not ended. It remembers why, so that it ends so after a crash, too."""
        if self.root.status is not Status.RUNNING:
            return
        self.stopped = reason if self.stopped is None else stop.sharper(self.stopped, reason)
        self.root.error_code, self.root.error = self.stopped.code, self.stopped.message
        self.session.graph_changed(self.root, self.clock.now())
        if self.judging is not None:
            self.judging.heed(reason)
        for work in self.working.values():
            work.wake()
        if self.stopped.ending is Ending.CANCEL:
            for run in list(self._tasks):
                self.interrupt(run)
        self.pump()

    def interrupt(self, run: NodeRun) -> None:
        """Cancel the task of a node execution; one that has not had its first turn ends itself when it gets it."""
        if run in self._begun:
            self._tasks[run].cancel()
            if (work := self.working.get(run)) is not None:
                asyncio.get_running_loop().call_later(GRACE_SECONDS, work.give_up)

    def leave_behind(self, run: NodeRun) -> None:
        """Its task does not end: nobody waits for it any more, and its place is free."""
        self.working.pop(run, None)
        self._crew.leave_behind(self._let_go(run))

    # --- the life of the whole

    async def _run_all(self) -> None:
        try:
            async with self._crew:
                self.session.graph_changed(self.root, self.clock.now())
                restart_all(self, self.root)
                self.sub_graphs.close_orphans()
                self.pump()
        except ExceptionGroup as faults:
            lost, others = faults.split((LeaseLost, JournalFailed))
            if lost is not None:
                raise lost.exceptions[0] from None
            assert others is not None
            logger.exception("The engine failed", extra={"action": "engine_failed", "execution": str(self.root.id)})
            self.stopped = stop.internal(f"The engine failed: {others.exceptions[0]!r}")

    def _finish(self, graph: GraphRun) -> None:
        """Give a graph execution its final status: COMPLETED even if nodes failed, unless it was stopped."""
        graph.status = Status.COMPLETED
        if self.stopped:
            graph.status, graph.error_code, graph.error = self.stopped.status, self.stopped.code, self.stopped.message
        elif graph.closing:
            graph.status, graph.error = graph.closing
        graph.ended_at = self.clock.now()
        self.session.graph_changed(graph, graph.ended_at)

    def finish_child(self, child: GraphRun) -> None:
        """A sub-graph has nothing left to do."""
        assert child.parent is not None
        child.parent.graph.node_count += child.node_count
        self._finish(child)

    def _close_all(self, reason: Stop) -> None:
        """After a stop nothing may look as if it still ran, whatever went wrong on the way."""
        self.ready.clear()
        for graph in (*self.sub_graphs.unfinished(), self.root):
            self.close(graph, reason.status, reason.message)
        self.pump()

    def close(self, graph: GraphRun, status: Status, message: str, *, ending: Ending = Ending.CANCEL) -> None:
        """End a graph early. Nodes that run are interrupted, or may finish; the graph ends with the last of them."""
        graph.closing = graph.closing or (status, message)
        for run in list(graph.runs):
            if run.status is Status.REVIEW:
                withdraw(self, run)
            if run.status not in (Status.QUEUED, Status.RUNNING):
                continue
            if run in self._tasks:
                if ending is Ending.CANCEL:
                    self.interrupt(run)
                elif (work := self.working.get(run)) is not None:
                    work.wake()
            elif may_not_begin(self, run) or ending is Ending.CANCEL:
                end_stopped(self, run)
        self.sub_graphs.check_done(graph)

    def _leave(self) -> None:
        """The lease is lost: stop working, write nothing."""
        self._sprint.leave()
        for task in list(self._tasks.values()):
            task.cancel()
        if self.judging is not None:
            self.judging.answer.cancel()

    # --- its nodes

    def pump(self) -> None:
        """Start what is ready, as far as there is room; once stopped, end it instead."""
        while self.ready:
            run = self.ready[0]
            if run.is_finished:
                self.ready.popleft()
            elif may_not_begin(self, run):
                self.ready.popleft()
                end_stopped(self, run)
                self.sub_graphs.check_done(run.graph)
            elif self._never_waits(run):
                self.ready.popleft()
                self._sprint_with(run)
            else:
                takes_room = run.node.block.block_type is not BlockType.AGENT
                if takes_room and self._in_flight >= self.limits.nodes_in_flight:
                    return
                self.ready.popleft()
                self._take_on(run, self._work(run))

    def _take_on(self, run: NodeRun, work: Coroutine[Any, Any, None]) -> None:
        """Give it a task of its own."""
        self._in_flight += run.node.block.block_type is not BlockType.AGENT
        self._tasks[run] = self._crew.take_on(work)

    def _never_waits(self, run: NodeRun) -> bool:
        """Whether neither its block waits nor its start."""
        block = run.node.block
        return is_unbilled(self, block) and never_waits(type(block))

    def _sprint_with(self, run: NodeRun) -> None:
        self._sprint.add(run)
        if not self._sprint.is_running:
            self._sprint.is_running = True
            self._crew.take_on(self._sprint.run())

    async def _work(self, run: NodeRun) -> None:
        self._begun.add(run)
        try:
            if may_not_begin(self, run):
                end_stopped(self, run)
            elif await start(self, run):
                await run_block(self, run)
                await settled(self, run)
        except asyncio.CancelledError:
            if self.session.lost or (self.stopped is None and run.graph.closing is None):
                raise
            end_stopped(self, run)
        finally:
            if run in self._tasks:
                self._let_go(run)
            self._begun.discard(run)
        self.pump()
        self.sub_graphs.check_done(run.graph)

    def _let_go(self, run: NodeRun) -> "asyncio.Task[None]":
        self._begun.discard(run)
        self._in_flight -= run.node.block.block_type is not BlockType.AGENT
        return self._tasks.pop(run)
