"""The state of an execution, read back from its rows: a new one that has only its first nodes, or one that was left."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from blocks.readiness import Ready, parse
from credits.models import Hold, HoldStatus
from credits.pricing.book import PriceBook, Quote, current_book
from executor.engine.state import GraphRun, NodeRun
from executor.errors import StateUnreadable
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.statuses import TERMINAL, Status
from graphs.plan import Plan
from graphs.plans import plan_for, plans_with_sub_graphs

Plans = Mapping[tuple[str, int | None], Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """children: the sub-graph executions, by the node execution that started each."""

    root: GraphRun
    children: dict[NodeRun, GraphRun]
    plans: Plans
    prices: PriceBook
    timezone: str


def load(execution_id: UUID) -> Loaded:
    """Read an execution and everything inside it. One whose seq is 0 has only its first nodes: nothing has run yet.

    Raises StateUnreadable when the rows do not fit the graph's version.
    """
    row = GraphExecution.objects.select_related("version__graph", "user").get(id=execution_id)
    plans: dict[tuple[str, int | None], Plan] = {}
    graphs: dict[UUID, GraphRun] = {}
    runs: dict[UUID, NodeRun] = {}
    children: dict[NodeRun, GraphRun] = {}
    for graph_row in [row] if row.seq == 0 else _with_children(row):
        plans = plans_with_sub_graphs(graph_row.version) | plans
        graph = _graph(graph_row, runs)
        graphs[graph.id] = graph
        for run in _runs(graph):
            runs[run.id] = run
        if graph.parent is not None:
            children[graph.parent] = graph
    _count(graphs.values())
    root = graphs[row.id]
    root.starts = sum(run.attempt > 0 for run in runs.values())
    if row.seq:
        _take_up_holds(root, runs)
    return Loaded(root=root, children=children, plans=plans, prices=current_book(), timezone=row.user.timezone)


def _take_up_holds(root: GraphRun, runs: Mapping[UUID, NodeRun]) -> None:
    """What was set aside for nodes that an earlier owner has started, with the price that they are settled by."""
    for hold in Hold.objects.filter(execution_id=root.id).exclude(status=HoldStatus.SETTLED):
        run = runs[UUID(hold.reference["node_execution"])]
        if run.status is Status.RUNNING:
            run.quote, run.hold = Quote.from_pin(hold.metadata), hold.amount
            root.held += hold.amount


def _with_children(row: GraphExecution) -> Iterator[GraphExecution]:
    """Parents before children."""
    yield row
    yield from GraphExecution.objects.select_related("version__graph").filter(root=row).order_by("depth", "id")


def _graph(row: GraphExecution, runs: Mapping[UUID, NodeRun]) -> GraphRun:
    return GraphRun(
        id=row.id,
        plan=plan_for(row.version),
        user_id=row.user_id,
        version_id=row.version_id,
        status=Status(row.status),
        inputs=row.inputs,
        input_masks=row.input_masks,
        skipped_nodes=frozenset(row.skipped_nodes),
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        trigger=row.trigger,
        parent=runs[row.parent_node_execution_id] if row.parent_node_execution_id else None,
        depth=row.depth,
        seq=row.seq,
        max_cost=row.max_cost,
        fees=row.fees,
        counted=row.counted,
        api_key_id=row.api_key_id,
        max_seconds=row.max_seconds,
        is_dry_run=row.is_dry_run,
        human_review=row.human_review,
        sensitive_review=row.sensitive_review,
        error_code=row.error_code,
        error=row.error,
    )


def _runs(graph: GraphRun) -> list[NodeRun]:
    """Read the graph's node executions and their outputs, and file them where the engine looks for them."""
    outputs = _outputs(graph) if graph.seq else {}
    rows = NodeExecution.objects.filter(execution=graph.id).order_by("number")
    graph.runs = [_run(graph, row, outputs.get(row.id, [])) for row in rows]
    _file(graph)
    return graph.runs


def _outputs(graph: GraphRun) -> dict[UUID, list[NodeOutput]]:
    outputs: dict[UUID, list[NodeOutput]] = defaultdict(list)
    for output in NodeOutput.objects.filter(node_execution__execution=graph.id).order_by("node_execution", "index"):
        outputs[output.node_execution_id].append(output)
    return outputs


def _run(graph: GraphRun, row: NodeExecution, outputs: Iterable[NodeOutput]) -> NodeRun:
    node = graph.plan.nodes.get(str(row.node_id))
    if node is None:
        raise StateUnreadable(f"Node {row.node_id} is not in version {graph.plan.version} of the graph.")
    run = NodeRun(
        graph=graph,
        node=node,
        number=row.number,
        added_at=row.added_at,
        id=row.id,
        status=Status(row.status),
        attempt=row.attempt,
        cost=row.cost,
        stats=row.stats,
        error=row.error,
        seq=row.seq,
        queued_at=row.queued_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outputs=[(output.name, output.data) for output in outputs],
        stored=True,
    )
    if run.status is Status.INCOMPLETE:
        run.received = row.inputs
    else:
        run.inputs = row.inputs
    if run.status in (Status.QUEUED, Status.RUNNING):
        _parse(run)
    return run


def _parse(run: NodeRun) -> None:
    answer = parse(run.node.block, run.inputs)
    if not isinstance(answer, Ready):
        raise StateUnreadable(f"The stored inputs of node {run.node.name} do not fit its block: {answer.reason}")
    run.parsed = answer.parsed


def _file(graph: GraphRun) -> None:
    """Fill the graph's indexes.

    Outputs are delivered in the order in which a node's executions were queued, and each commit is a whole state: so
    those of an execution are delivered as soon as all executions before it have ended.
    """
    for run in graph.runs:
        if run.status is Status.INCOMPLETE:
            graph.incomplete[run.node.id].append(run)
        graph.active += run.status in (Status.QUEUED, Status.RUNNING)
    queued = (run for run in graph.runs if run.queued_at is not None)
    for run in sorted(queued, key=lambda run: (run.queued_at, run.number)):
        waiting = graph.unreleased[run.node.id]
        graph.latest[run.node.id] = run
        if not waiting:
            run.released = len(run.outputs)
        if waiting or not run.is_finished:
            waiting.append(run)


def _count(graphs: Iterable[GraphRun]) -> None:
    """Costs and counts, from the node executions themselves: innermost graphs first, each counted into its parent."""
    for graph in sorted(graphs, key=lambda graph: -graph.depth):
        ended = [run for run in graph.runs if run.status in TERMINAL]
        graph.cost += sum(run.cost for run in graph.runs)
        graph.node_count += len(ended)
        graph.node_error_count += sum(run.status is Status.FAILED for run in ended)
        if graph.parent is not None:
            graph.parent.graph.cost += graph.cost
            graph.parent.graph.node_count += graph.node_count if graph.status in TERMINAL else 0
