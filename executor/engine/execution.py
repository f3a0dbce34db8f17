"""The engine: runs one claimed execution to its end.

One asyncio task owns the execution and its state; each running block is a child task of it. What happens is told to the
journal, which writes it; the engine itself never touches the database. Every step between two awaits is whole: the
journal sees the state before it or after it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from blocks.base import BlockType, Effect
from blocks.context import GraphRunner, Services
from blocks.readiness import Ready
from credits.pricing.book import PriceBook
from executor.engine import stop
from executor.engine.billing import decided, settled, start_billed, stop_for, uncovered
from executor.engine.bills import SKIPPED, UNCHARGED, closing
from executor.engine.delivery import carried, fill_static, oldest_without, readiness
from executor.engine.limits import Limits
from executor.engine.restart import INTERRUPTED_MESSAGE, Restart, restart
from executor.engine.running import run_block
from executor.engine.state import Clock, GraphRun, NodeRun
from executor.engine.stop import Ending, Stop
from executor.engine.subgraphs import SubGraphs
from executor.engine.values import normalise, output_name
from executor.errors import JournalFailed, LeaseLost
from executor.journal.session import Session
from executor.statuses import Status
from graphs.plan import Plan, PlanLink, PlanNode

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an execution finds around itself."""

    #: The plans of this graph and of all graphs that it may run inside itself, by (graph id, version);
    #: version None is the active one.
    plans: Mapping[tuple[str, int | None], Plan]
    #: Makes the services of blocks, given the door to sub-graphs.
    services: Callable[[GraphRunner], Services]
    #: The prices in force when the execution was taken up.
    prices: PriceBook
    limits: Limits
    timezone: str


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
        self._ready: deque[NodeRun] = deque()
        self._tasks: dict[NodeRun, asyncio.Task[None]] = {}
        #: Those of them that have had their first turn.
        self._begun: set[NodeRun] = set()
        self._in_flight = 0
        self._made = len(root.runs) + sum(len(child.runs) for child in children.values())
        self._group: asyncio.TaskGroup

    async def run(self) -> None:
        """Run until nothing is left to do, then write the final status.

        Raises LeaseLost or JournalFailed when nothing can be written any more, CancelledError when this process should
        stop; the execution then goes on elsewhere, from its rows.
        """
        for graph in (self.root, *self.sub_graphs.all()):
            self.clock.seen(*(moment for run in graph.runs for moment in (run.queued_at, run.ended_at)))
        self.stopped = stop.remembered(self.root.error_code, self.root.error)
        self.session.on_cancel = lambda: self.stop(stop.on_request())
        self.session.on_lost = self._leave
        self.session.on_decided = lambda run, bill, is_refused: decided(self, run, bill, is_refused=is_refused)
        self.session.on_unpaid = lambda error: self.stop(stop_for(error))
        self.session.on_uncovered = lambda run, credits: uncovered(self, run, credits)
        alarm = asyncio.get_running_loop().call_later(self._seconds_left(), self._late)
        try:
            await self._run_all()
        finally:
            alarm.cancel()
        if self.session.error is not None:
            raise self.session.error
        if self.stopped is not None:
            self._close_all(self.stopped)
        self._finish(self.root)
        await self.session.commit()

    def stop(self, reason: Stop) -> None:
        """End the execution early. It remembers why, so that it ends in the same way after a crash."""
        self.stopped = reason if self.stopped is None else stop.sharper(self.stopped, reason)
        self.root.error_code, self.root.error = self.stopped.code, self.stopped.message
        self.session.graph_changed(self.root, self.clock.now())
        if self.stopped.ending is Ending.CANCEL:
            for run in list(self._tasks):
                self.interrupt(run)
        self.pump()

    def interrupt(self, run: NodeRun) -> None:
        """Cancel the task of a node execution; one that has not had its first turn ends itself when it gets it."""
        if run in self._begun:
            self._tasks[run].cancel()

    # --- the life of the whole

    async def _run_all(self) -> None:
        try:
            async with asyncio.TaskGroup() as self._group:
                self.session.graph_changed(self.root, self.clock.now())
                self.restart_all(self.root)
                self.sub_graphs.close_orphans()
                self.pump()
        except ExceptionGroup as faults:
            lost, others = faults.split((LeaseLost, JournalFailed))
            if lost is not None:
                raise lost.exceptions[0] from None
            assert others is not None
            logger.exception("The engine failed", extra={"action": "engine_failed", "execution": str(self.root.id)})
            self.stopped = stop.internal(f"The engine failed: {others.exceptions[0]!r}")

    def restart_all(self, graph: GraphRun) -> None:
        """Take up what is unfinished: the first nodes of a new execution, or what an earlier owner left."""
        for run in list(graph.runs):
            decision = restart(run)
            if decision is Restart.RUN:
                if run.seq == 0:
                    self.session.run_changed(run, self.clock.now())
                self._ready.append(run)
            elif decision is Restart.INTERRUPTED:
                self.fail(run, INTERRUPTED_MESSAGE, is_our_fault=True)

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
        self._ready.clear()
        for graph in (*self.sub_graphs.unfinished(), self.root):
            self.close(graph, reason.status, reason.message)
        self.pump()

    def close(self, graph: GraphRun, status: Status, message: str) -> None:
        """End a graph early. Nodes that run are interrupted, and the graph ends with the last of them."""
        graph.closing = graph.closing or (status, message)
        for run in list(graph.runs):
            if run.status not in (Status.QUEUED, Status.RUNNING):
                continue
            if run in self._tasks:
                self.interrupt(run)
            else:
                self._end(run, status, message, is_our_fault=self._is_our_fault(run))
        self.sub_graphs.check_done(graph)

    def _seconds_left(self) -> float:
        started_at = self.root.started_at or datetime.now(UTC)
        return max(0.0, self.limits.seconds - (datetime.now(UTC) - started_at).total_seconds())

    def _late(self) -> None:
        self.stop(stop.time_limit(self.limits.seconds))

    def _leave(self) -> None:
        """The lease is lost: stop working, write nothing."""
        for task in list(self._tasks.values()):
            task.cancel()

    # --- the life of a node execution

    def pump(self) -> None:
        """Start what is ready, as far as there is room; once stopped, end it instead."""
        while self._ready:
            run = self._ready[0]
            if run.is_finished:
                self._ready.popleft()
            elif self._may_not_begin(run):
                self._ready.popleft()
                self._end_stopped(run)
                self.sub_graphs.check_done(run.graph)
            else:
                takes_room = run.node.block.block_type is not BlockType.AGENT
                if takes_room and self._in_flight >= self.limits.nodes_in_flight:
                    return
                self._ready.popleft()
                self._in_flight += takes_room
                self._tasks[run] = self._group.create_task(self._work(run, takes_room))

    def _may_not_begin(self, run: NodeRun) -> bool:
        """Once stopped, nothing begins; but what had begun before a crash may finish where running nodes may."""
        if run.graph.closing is not None:
            return True
        if self.stopped is None:
            return False
        return not (run.status is Status.RUNNING and self.stopped.ending is Ending.DRAIN)

    async def _work(self, run: NodeRun, takes_room: bool) -> None:
        self._begun.add(run)
        try:
            if self._may_not_begin(run):
                self._end_stopped(run)
            elif await self._start(run):
                await run_block(self, run)
                await settled(self, run)
        except asyncio.CancelledError:
            if self.session.lost or (self.stopped is None and run.graph.closing is None):
                raise
            self._end_stopped(run)
        finally:
            del self._tasks[run]
            self._begun.discard(run)
            self._in_flight -= takes_room
        self.pump()
        self.sub_graphs.check_done(run.graph)

    def _end_stopped(self, run: NodeRun) -> None:
        """End it as its graph ends, or as everything does."""
        is_our_fault = self._is_our_fault(run)
        if run.graph.closing is not None:
            self._end(run, *run.graph.closing, is_our_fault=is_our_fault)
        elif self.stopped is not None:
            self._end(run, self.stopped.status, self.stopped.message, is_our_fault=is_our_fault)

    def _is_our_fault(self, run: NodeRun) -> bool:
        return run.status is Status.RUNNING and self.stopped is not None and self.stopped.is_our_fault

    async def _start(self, run: NodeRun) -> bool:
        """Mark it RUNNING. False if it may not run; it has ended then."""
        if run.node.id in run.graph.skipped_nodes:
            run.stats[UNCHARGED] = SKIPPED
            self.mark_running(run)
            self._end(run, Status.COMPLETED)
            return False
        block = run.node.block
        if block.effect is Effect.PURE and self.surroundings.prices.is_free(block):
            self.mark_running(run)
            return True
        return await start_billed(self, run)

    def mark_running(self, run: NodeRun) -> None:
        now = self.clock.now()
        self.root.starts += not run.attempt
        run.status, run.attempt, run.started_at = Status.RUNNING, run.attempt + 1, run.started_at or now
        self.session.run_changed(run, now)

    def unmark_running(self, run: NodeRun) -> None:
        """Its start was refused."""
        run.status, run.attempt, run.started_at = Status.QUEUED, run.attempt - 1, None
        self.root.starts -= not run.attempt

    def complete(self, run: NodeRun) -> None:
        self._end(run, Status.COMPLETED)

    def fail(self, run: NodeRun, message: str, *, is_our_fault: bool = False) -> None:
        """End it FAILED; the message is also its `error` output, which links may carry on."""
        message = message[: self.limits.error_characters]
        self.emit(run, "error", message)
        self._end(run, Status.FAILED, message, is_our_fault=is_our_fault)

    def _end(self, run: NodeRun, status: Status, error: str = "", *, is_our_fault: bool = False) -> None:
        if run.is_finished:
            return
        if (order := closing(run, is_our_fault=is_our_fault)) is not None:
            self.session.close_bill(run, order)
        run.status, run.error, run.ended_at = status, error, self.clock.now()
        graph = run.graph
        graph.node_count += 1
        graph.node_error_count += status is Status.FAILED
        graph.active -= 1
        self.session.run_changed(run, run.ended_at)
        self._release(graph, run.node.id)
        self.sub_graphs.ended(run)

    # --- values

    def emit(self, run: NodeRun, name: str, value: Any) -> None:
        """Store one output, and deliver it as soon as the outputs before it are delivered. Raises BlockError."""
        if run.is_finished:
            return
        name = output_name(name)
        value, text = normalise(value, self.limits.output_bytes)
        run.outputs.append((name, value))
        self.session.emitted(run, len(run.outputs) - 1, name, text, self.clock.now())
        self._release(run.graph, run.node.id)
        self.pump()

    def _release(self, graph: GraphRun, node_id: str) -> None:
        """Deliver outputs of one node in the order in which its executions were queued, whichever is done first."""
        waiting = graph.unreleased[node_id]
        while waiting:
            head = waiting[0]
            while head.released < len(head.outputs):
                name, value = head.outputs[head.released]
                head.released += 1
                for link, carried_value in carried(head, name, value):
                    self._receive(graph, link, carried_value)
            if not head.is_finished:
                return
            waiting.popleft()

    def _receive(self, graph: GraphRun, link: PlanLink, value: Any) -> None:
        sink = graph.plan.nodes[link.sink_id]
        if sink.block.block_type is BlockType.NOTE:
            return
        target = oldest_without(graph, sink.id, link.sink_name) or self.add(graph, sink)
        target.received[link.sink_name] = value
        fill_static(graph, target)
        self._consider(graph, target)
        if link.is_static:
            for other in list(graph.incomplete[sink.id]):
                if fill_static(graph, other):
                    self._consider(graph, other)

    def _consider(self, graph: GraphRun, run: NodeRun) -> None:
        """Queue it if it has all it needs; otherwise write down what it waits for."""
        answer = readiness(graph, run)
        if isinstance(answer, Ready):
            graph.incomplete[run.node.id].remove(run)
            self.queue(run, answer)
        else:
            run.error = answer.reason
            self.session.received(run)

    def add(self, graph: GraphRun, node: PlanNode) -> NodeRun:
        """A new node execution that gathers inputs."""
        self._made += 1
        if self._made > self.limits.node_executions:
            self.stop(stop.node_limit(self.limits.node_executions))
        run = NodeRun(graph=graph, node=node, number=len(graph.runs) + 1, added_at=self.clock.now())
        graph.runs.append(run)
        graph.incomplete[node.id].append(run)
        return run

    def queue(self, run: NodeRun, ready: Ready) -> None:
        """It has all it needs."""
        graph = run.graph
        run.inputs, run.parsed, run.error = ready.inputs, ready.parsed, ""
        run.status, run.queued_at = Status.QUEUED, self.clock.now()
        graph.unreleased[run.node.id].append(run)
        graph.latest[run.node.id] = run
        graph.active += 1
        self.session.run_changed(run, run.queued_at)
        self._ready.append(run)
