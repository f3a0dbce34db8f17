"""Graphs inside graphs: they run in the same task, under the same claim, with rows of their own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from blocks.errors import BlockError
from executor.engine.flow import add, queue
from executor.engine.reviews import park_graph
from executor.engine.state import GraphRun, NodeRun, Output
from executor.engine.stop import NODE_FAILED, Ending
from executor.engine.taking_up import restart_all
from executor.launching.masks import check_masks
from executor.launching.seeds import seeds
from executor.launching.skipping import without_credentials
from executor.models import Trigger
from executor.statuses import TERMINAL, Status
from graphs.plan import Plan
from graphs.references import INNER_MASKS
from reliability.ids import uuid7

if TYPE_CHECKING:
    from executor.engine.execution import Execution

ORPHANED = "The node that ran this graph has ended."


class SubGraphs:
    """The graph executions inside one root execution, by the node execution that started each."""

    def __init__(self, execution: "Execution", children: Mapping[NodeRun, GraphRun]) -> None:
        self._execution = execution
        self._children: dict[NodeRun, GraphRun] = dict(children)
        #: Outputs on their way up; None says that there are no more.
        self._feeds: dict[GraphRun, asyncio.Queue[Output | None]] = {}
        self._made = Counter(run.graph for run in children)

    def runner(self, run: NodeRun) -> "SubGraphRunner":
        """The door that this node execution's block gets."""
        return SubGraphRunner(self, run)

    def all(self) -> Iterable[GraphRun]:
        return self._children.values()

    def unfinished(self) -> list[GraphRun]:
        """Innermost first."""
        found = [child for child in self._children.values() if child.status not in TERMINAL]
        return sorted(found, key=lambda child: -child.depth)

    def close_orphans(self) -> None:
        """End sub-graphs whose node has ended; an earlier owner died before it could."""
        for child in self.unfinished():
            if child.parent is not None and child.parent.is_finished:
                self._execution.close(child, Status.TERMINATED, ORPHANED)

    def open(
        self, run: NodeRun, graph_id: str, version: int | None, inputs: dict[str, Any], masks: dict[str, Any]
    ) -> asyncio.Queue[Output | None]:
        """Start the sub-graph, or take up the one that an earlier owner of this execution began."""
        child = self._children.get(run)
        if child is None:
            return self._start(run, self._plan(graph_id, version), inputs, masks)
        return self._take_up(child)

    def fail(self, graph: GraphRun, message: str) -> None:
        """End a sub-graph and all inside it FAILED, once what runs there has finished. Rows remember it."""
        for inner in (one for one in self.unfinished() if one is graph or _is_inside(one, graph)):
            inner.error_code, inner.error = NODE_FAILED, message
            self._execution.session.graph_changed(inner, self._execution.clock.now())
            self._execution.close(inner, Status.FAILED, message, ending=Ending.DRAIN)

    def failure(self, run: NodeRun) -> str:
        """Why the node execution fails with its sub-graph; empty if it does not."""
        child = self._children[run]
        return child.error if child.error_code == NODE_FAILED else ""

    def ended(self, run: NodeRun) -> None:
        """A node execution has ended: its sub-graph ends with it, and an output of a sub-graph goes up."""
        child = self._children.get(run)
        if child is not None and child.status not in TERMINAL:
            self._execution.close(child, Status.TERMINATED, ORPHANED)
        feed = self._feeds.get(run.graph)
        if feed is not None and run.node.is_output:
            for output in _outputs(run):
                feed.put_nowait(output)

    def check_done(self, graph: GraphRun) -> None:
        """End a sub-graph in which nothing is left to do. One that an earlier owner left waits until it is taken up."""
        if graph.parent is None or graph.active or graph.status in TERMINAL:
            return
        feed = self._feeds.get(graph)
        if feed is None and graph.closing is None:
            return
        if graph.parked:
            self._park(graph, graph.parent)
            return
        self._execution.finish_child(graph)
        graph.parent.stats |= {
            "child_execution": str(graph.id),
            "child_cost": graph.cost,
            "extra_steps": graph.node_count,
        }
        if feed is not None:
            feed.put_nowait(None)

    def _park(self, graph: GraphRun, parent: NodeRun) -> None:
        """The node that runs a graph waits for the same person as the graph."""
        if graph.status is not Status.REVIEW:
            park_graph(self._execution, graph)
            parent.waits = True
            self._feeds[graph].put_nowait(None)

    def _plan(self, graph_id: str, version: int | None) -> Plan:
        plan = self._execution.surroundings.plans.get((graph_id, version))
        if plan is None:
            which = f"version {version}" if version else "its active version"
            raise BlockError(f"The graph {graph_id}, {which}, is not there, or is not yours.")
        return plan

    def _start(
        self, run: NodeRun, plan: Plan, inputs: dict[str, Any], masks: dict[str, Any]
    ) -> asyncio.Queue[Output | None]:
        depth, limit = run.graph.depth + 1, self._execution.limits.depth
        if depth > limit:
            raise BlockError(f"Sub-graphs may be {limit} deep (SUBGRAPH_MAX_DEPTH).")
        most = self._execution.limits.children
        if self._made[run.graph] >= most:
            raise BlockError(f"A graph may run {most} sub-graphs in one execution (SUBGRAPH_MAX_CHILDREN).")
        most_bytes = self._execution.limits.input_bytes
        check_masks(plan, masks, max_bytes=most_bytes, pin=INNER_MASKS, limit="NODE_INPUT_MAX_BYTES")
        skipped = without_credentials(plan, masks)
        found = seeds(plan, inputs, masks, skipped=skipped, is_dry_run=run.graph.root.is_dry_run)
        now = self._execution.clock.now()
        child = GraphRun(
            id=uuid7(),
            plan=plan,
            user_id=run.graph.user_id,
            version_id=plan.version_id,
            large=run.graph.large,
            status=Status.RUNNING,
            inputs=inputs,
            input_masks=masks,
            skipped_nodes=skipped,
            created_at=now,
            started_at=now,
            trigger=Trigger.SUB_GRAPH.value,
            parent=run,
            depth=depth,
        )
        self._children[run] = child
        self._made[run.graph] += 1
        feed = self._feeds[child] = asyncio.Queue()
        self._execution.session.graph_changed(child, now)
        for seed in found:
            node_run = add(self._execution, child, seed.node)
            child.incomplete[seed.node.id].remove(node_run)
            queue(self._execution, node_run, seed.ready)
        self._execution.pump()
        return feed

    def _take_up(self, child: GraphRun) -> asyncio.Queue[Output | None]:
        """Hand up again, in the old order, what was handed up before; then go on where it stopped."""
        feed: asyncio.Queue[Output | None] = asyncio.Queue()
        ended = [run for run in child.runs if run.node.is_output and run.is_finished]
        for run in sorted(ended, key=lambda run: run.seq):
            for output in _outputs(run):
                feed.put_nowait(output)
        self._feeds[child] = feed
        if child.status in TERMINAL:
            feed.put_nowait(None)
            return feed
        if child.status is Status.REVIEW:
            child.status = Status.RUNNING
            self._execution.session.graph_changed(child, self._execution.clock.now())
        if child.error_code == NODE_FAILED:
            child.closing = (Status.FAILED, child.error)
        restart_all(self._execution, child)
        self._execution.pump()
        self.check_done(child)
        return feed


class SubGraphRunner:
    """Implements blocks.context.GraphRunner for one node execution."""

    def __init__(self, sub_graphs: SubGraphs, run: NodeRun) -> None:
        self._sub_graphs = sub_graphs
        self._run = run

    async def run(
        self, graph_id: str, version: int | None, inputs: dict[str, Any], *, masks: dict[str, Any]
    ) -> AsyncIterator[Output]:
        feed = self._sub_graphs.open(self._run, graph_id, version, inputs, masks)
        while (output := await feed.get()) is not None:
            yield output
        if failure := self._sub_graphs.failure(self._run):
            raise BlockError(failure)


def _is_inside(graph: GraphRun, outer: GraphRun) -> bool:
    while graph.parent is not None:
        graph = graph.parent.graph
        if graph is outer:
            return True
    return False


def _outputs(run: NodeRun) -> Iterator[Output]:
    name = str(run.inputs.get("name", ""))
    return ((name, value) for emitted, value in run.outputs if emitted == "output")
