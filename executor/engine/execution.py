"""The engine: runs one claimed execution to its end.

One asyncio task owns the execution and its state; each running block is a child task of it. What happens is told to the
journal, which writes it; the engine itself never touches the database. Every step between two awaits is whole: the
journal sees the state before it or after it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping

from executor.engine import stop
from executor.engine.billing import decided, settled, stop_for, uncovered
from executor.engine.crew import Crew
from executor.engine.judging import Stage
from executor.engine.live_texts import LiveTexts
from executor.engine.masking import KnownSecrets
from executor.engine.moderating import Judging, judge, withhold
from executor.engine.node_life import end_stopped
from executor.engine.node_tasks import NodeTasks
from executor.engine.overtime import seconds_left, stop_late
from executor.engine.reviews import park_graph, withdraw
from executor.engine.running import run_at_once, run_block
from executor.engine.sprint import Sprint
from executor.engine.sprinters import Sprinters
from executor.engine.starting import may_not_begin, start, start_unbilled
from executor.engine.state import Clock, GraphRun, NodeRun
from executor.engine.stop import Ending, Stop
from executor.engine.subgraphs import SubGraphs
from executor.engine.surroundings import Surroundings
from executor.engine.taking_up import restart_all, take_stock
from executor.engine.tools import ToolCalls
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
        self.known_secrets = KnownSecrets()
        self.sub_graphs = SubGraphs(self, children)
        self.tool_calls = ToolCalls(self)
        self.live_texts = LiveTexts(self)
        self.stopped: Stop | None = None
        self.ready: deque[NodeRun] = deque()
        #: Node executions so far, and bytes of their outputs.
        self.made = self.kept = 0
        self._crew = Crew()
        self.tasks = NodeTasks(self._crew, most=self.limits.nodes_in_flight)
        self._sprint = Sprint(self._step, self._crew.take_on, self._find_place)
        self._sprinters = Sprinters(self)
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
            self.live_texts.close()
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
        self.tasks.wake()
        if self.stopped.ending is Ending.CANCEL:
            self.tasks.interrupt_all()
        self.pump()

    # --- the life of the whole

    async def _run_all(self) -> None:
        try:
            async with self._crew:
                self.session.graph_changed(self.root, self.clock.now())
                self.tool_calls.take_up((self.root, *self.sub_graphs.all()))
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
            if run in self.tasks:
                if ending is Ending.CANCEL:
                    self.tasks.interrupt(run)
                elif (work := self.tasks.working.get(run)) is not None:
                    work.wake()
            elif may_not_begin(self, run) or ending is Ending.CANCEL:
                end_stopped(self, run)
        self.sub_graphs.check_done(graph)

    def _leave(self) -> None:
        """The lease is lost: stop working, write nothing."""
        self._sprint.leave()
        self.tasks.cancel_all()
        if self.judging is not None:
            self.judging.answer.cancel()

    # --- its nodes

    def pump(self) -> None:
        """Start what is ready, as far as there is room; once stopped, end it instead."""
        self._sprint.go_on()
        while self.ready:
            run = self.ready[0]
            if run.is_finished:
                self.ready.popleft()
            elif may_not_begin(self, run):
                self.ready.popleft()
                end_stopped(self, run)
                self.sub_graphs.check_done(run.graph)
            elif run in self._sprinters:
                self.ready.popleft()
                self._sprint.add(run)
            elif not self.tasks.have_room(run):
                return
            else:
                self.ready.popleft()
                self.tasks.take_on(run, self._work(run))

    def _step(self, run: NodeRun) -> Work | None:
        """A node execution that sprints, from its start to its end; or so far, if it must wait after all."""
        if may_not_begin(self, run):
            end_stopped(self, run)
        elif start_unbilled(self, run):
            work = Work(self, run)
            if not run_at_once(work):
                return work
        self.pump()
        self.sub_graphs.check_done(run.graph)
        return None

    def _find_place(self, work: Work) -> bool:
        """Let work of the sprint go on in a task of its own. False if there is no room for it now."""
        run = work.run
        if run.is_finished:
            return True
        if not self.tasks.have_room(run):
            return False
        self.tasks.take_on(run, self._work(run, work))
        return True

    async def _work(self, run: NodeRun, begun: Work | None = None) -> None:
        """A node execution in a task of its own. begun: what it has done so far, in the sprint."""
        self.tasks.begun(run)
        try:
            if may_not_begin(self, run):
                end_stopped(self, run)
            elif begun is not None or await start(self, run):
                await run_block(begun or Work(self, run))
                await settled(self, run)
        except asyncio.CancelledError:
            if self.session.lost or not (self.stopped or run.graph.closing or run.is_orphaned):
                raise
            end_stopped(self, run)
        finally:
            self.tasks.done(run)
        self.pump()
        self.sub_graphs.check_done(run.graph)
