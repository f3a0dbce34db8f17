"""The state of an execution, read back from its rows: a new one that has only its first nodes, or one that was left."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings

from accounts.credentials.finding import system_ids
from blocks.credentials import credential_needs
from blocks.readiness import Ready, parse
from credits.models import Hold, HoldStatus
from credits.pricing.book import PriceBook, Quote, current_book
from executor.engine.state import GraphRun, NodeRun
from executor.engine.tolerance import unfit, will_not_run
from executor.errors import StateUnreadable
from executor.hosting.reading import first_look
from executor.large.reading import read_large
from executor.large.references import LargeValues
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.reviews.loading import take_up_reviews
from executor.reviews.models import Review
from executor.statuses import TERMINAL, Status
from graphs.plan import Plan
from graphs.plans import plan_of, plans_for_run

Plans = Mapping[tuple[str, int | None], Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """children: the sub-graph executions, by the node execution that started each."""

    root: GraphRun
    children: dict[NodeRun, GraphRun]
    plans: Plans
    prices: PriceBook
    timezone: str
    #: Whether staff own it.
    is_admin: bool = False
    #: Ids of the installation's own credentials; none are read for graphs that need no credentials.
    system_credentials: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What is stored of a root execution and of everything inside it."""

    #: With their plans, parents before children.
    graphs: Sequence[tuple[GraphExecution, Plan]]
    #: By their graph execution, in the order of their numbers.
    runs: Mapping[UUID, Sequence[NodeExecution]]
    #: By their node execution, in the order of emission.
    outputs: Mapping[UUID, Sequence[NodeOutput]]
    #: Those that are not settled.
    holds: Sequence[Hold]
    reviews: Sequence[Review] = ()
    #: Whose values are in their places in these rows.
    large: LargeValues = field(default_factory=LargeValues)


def load(execution_id: UUID) -> Loaded:
    """Read an execution and everything inside it. One whose seq is 0 has only its first nodes: nothing has run yet.

    Raises StateUnreadable when the rows do not fit the graph's version.
    """
    found = first_look(execution_id)
    graph_rows = [found.root] if found.root.seq == 0 else list(_with_children(found.root))
    plans: dict[tuple[str, int | None], Plan] = {}
    for graph_row in graph_rows:
        plans = plans_for_run(graph_row.version_id) | plans
    root, children = assemble(_rows(graph_rows, found.runs))
    return Loaded(
        root=root,
        children=children,
        plans=plans,
        prices=current_book(edition=found.edition),
        timezone=found.timezone,
        is_admin=found.is_staff,
        system_credentials=system_ids() if any(map(_asks_for_credentials, plans.values())) else frozenset(),
    )


def _asks_for_credentials(plan: Plan) -> bool:
    return any(credential_needs(node.block.Input) for node in plan.nodes.values())


def assemble(rows: Rows) -> tuple[GraphRun, dict[NodeRun, GraphRun]]:
    """The root in memory, and its sub-graphs by the node execution that started each. Pure; raises StateUnreadable."""
    graphs: list[GraphRun] = []
    runs: dict[UUID, NodeRun] = {}
    for row, plan in rows.graphs:
        graph = _graph(row, plan, runs, rows.large)
        graph.runs = [_run(graph, run, rows.outputs.get(run.id, ())) for run in rows.runs.get(row.id, ())]
        _file(graph)
        runs |= {run.id: run for run in graph.runs}
        graphs.append(graph)
    _count(graphs)
    root = graphs[0]
    root.starts = 0 if root.is_dry_run else sum(run.attempt > 0 for run in runs.values())
    _take_up_holds(root, runs, rows.holds)
    take_up_reviews(root, runs, rows.reviews)
    return root, {graph.parent: graph for graph in graphs if graph.parent is not None}


def _take_up_holds(root: GraphRun, runs: Mapping[UUID, NodeRun], holds: Iterable[Hold]) -> None:
    """What was set aside for nodes that an earlier owner has started, with the price that they are settled by."""
    for hold in holds:
        run = runs[UUID(hold.reference["node_execution"])]
        if run.status is Status.RUNNING:
            run.quote, run.hold = Quote.from_pin(hold.metadata), hold.amount
            root.held += hold.amount


def _with_children(row: GraphExecution) -> Iterator[GraphExecution]:
    """Parents before children."""
    yield row
    yield from GraphExecution.objects.filter(root=row).order_by("depth", "id")


def _rows(graph_rows: Sequence[GraphExecution], runs_of_root: Sequence[NodeExecution]) -> Rows:
    """A new execution has no outputs, no holds and no reviews."""
    root, inside = graph_rows[0], [row.id for row in graph_rows]
    runs: dict[UUID, list[NodeExecution]] = defaultdict(list)
    outputs: dict[UUID, list[NodeOutput]] = defaultdict(list)
    holds: list[Hold] = []
    reviews: list[Review] = []
    for run in runs_of_root if len(inside) == 1 else _node_executions(inside):
        runs[run.execution_id].append(run)
    if root.seq:
        found = NodeOutput.objects.filter(node_execution__execution__in=inside).order_by("node_execution", "index")
        for output in found:
            outputs[output.node_execution_id].append(output)
        holds = list(Hold.objects.filter(execution_id=root.id).exclude(status=HoldStatus.SETTLED))
        reviews = list(Review.objects.filter(root=root.id))
    graphs = [(row, plan_of(row.version_id)) for row in graph_rows]
    large = read_large(root, [run for each in runs.values() for run in each], outputs)
    return Rows(graphs=graphs, runs=runs, outputs=outputs, holds=holds, reviews=reviews, large=large)


def _node_executions(inside: Sequence[UUID]) -> Iterable[NodeExecution]:
    """Those of each graph execution in the order of their numbers."""
    return NodeExecution.objects.filter(execution__in=inside).order_by("execution", "number")


def _graph(row: GraphExecution, plan: Plan, runs: Mapping[UUID, NodeRun], large: LargeValues) -> GraphRun:
    return GraphRun(
        id=row.id,
        plan=plan,
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
        general_max_cost=settings.EXECUTION_MAX_COST or None,
        fees=row.fees,
        counted=row.counted,
        api_key_id=row.api_key_id,
        preset_id=row.preset_id,
        max_seconds=row.max_seconds,
        is_dry_run=row.is_dry_run,
        human_review=row.human_review,
        sensitive_review=row.sensitive_review,
        error_code=row.error_code,
        error=row.error,
        large=large,
    )


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
    if run.status in (Status.QUEUED, Status.RUNNING, Status.REVIEW):
        _parse(run)
    return run


def _parse(run: NodeRun) -> None:
    """One whose inputs were too large for its row has none, and does not run."""
    if run.status is Status.QUEUED and run.error:
        return
    answer = parse(run.node.block, run.inputs)
    if not isinstance(answer, Ready) and will_not_run(run):
        answer = unfit(run.node.block, run.inputs)
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
        graph.parked += run.status is Status.REVIEW
    queued = (run for run in graph.runs if run.queued_at is not None and not run.is_called)
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
