"""Does what executions say that they cost agree with the ledger?"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from credits.audit import Fault
from credits.models import Hold, HoldStatus, Transaction, TransactionType
from executor.audit.agreeing import Books, Graph, Node, Took, book_faults
from executor.audit.priced import PriceHistory, price_history
from executor.models import GraphExecution, NodeExecution
from executor.statuses import TERMINAL

#: Root executions that are looked at together, and node executions after which it is enough.
ROOTS_AT_MOST = 200
NODES_ENOUGH = 5000

_ROOT = ("id", "user__email", "counted", "created_at")
_NODE = ("id", "execution_id", "execution__root_id", "node__block_id", "attempt", "cost", "stats", "started_at")


def costs(*, strict: bool) -> Iterator[Fault]:
    """Executions that do not agree with the ledger. Without strict, those that have ended only.

    While one runs, its row counts a charge that was refused until the next commit.
    """
    history = price_history()
    roots = GraphExecution.objects.roots().select_related("user").only(*_ROOT).order_by("id")
    for portion in _portions(roots if strict else roots.filter(status__in=TERMINAL)):
        yield from _of(portion, history)


def _portions(roots: QuerySet[GraphExecution]) -> Iterator[list[GraphExecution]]:
    """A few at a time, so that memory stays small."""
    portion: list[GraphExecution] = []
    nodes = 0
    for root in roots.iterator(chunk_size=ROOTS_AT_MOST):
        portion.append(root)
        nodes += root.counted
        if len(portion) == ROOTS_AT_MOST or nodes > NODES_ENOUGH:
            yield portion
            portion, nodes = [], 0
    if portion:
        yield portion


def _of(roots: Sequence[GraphExecution], history: PriceHistory) -> Iterator[Fault]:
    ids = [root.pk for root in roots]
    graphs, took, on_hold = _graphs(ids), _took(ids), _on_hold(ids)
    nodes = _nodes({root.pk: root for root in roots}, history)
    for root in roots:
        books = Books(
            user_id=root.user_id,
            graphs=graphs[root.pk],
            nodes=nodes[root.pk],
            took=took[root.pk],
            on_hold=frozenset(on_hold[root.pk]),
        )
        for problem in book_faults(books):
            yield Fault(root.user.email, f"execution {root.pk}: {problem}")


def _graphs(ids: Sequence[UUID]) -> dict[UUID, list[Graph]]:
    found: dict[UUID, list[Graph]] = defaultdict(list)
    rows = _inside(ids).values_list("id", "parent_id", "root_id", "cost", "fees")
    for id, parent_id, root_id, cost, fees in rows:
        found[root_id or id].append(Graph(id=id, parent_id=parent_id, cost=cost, fees=fees))
    return found


def _nodes(roots: dict[UUID, GraphExecution], history: PriceHistory) -> dict[UUID, list[Node]]:
    found: dict[UUID, list[Node]] = defaultdict(list)
    rows = NodeExecution.objects.filter(execution__in=_inside(list(roots)).values("id")).order_by()
    for id, graph_id, root_id, block_id, attempt, cost, stats, started_at in rows.values_list(*_NODE):
        root = roots[root_id or graph_id]
        priced = bool(started_at) and history.was_priced(block_id, since=root.created_at, until=started_at)
        node = Node(id=id, graph_id=graph_id, attempt=attempt, cost=cost, stats=stats, was_priced=priced)
        found[root.pk].append(node)
    return found


def _inside(ids: Sequence[UUID]) -> QuerySet[GraphExecution]:
    """The roots, and all executions inside them."""
    return GraphExecution.objects.filter(Q(id__in=ids) | Q(root__in=ids)).order_by()


def _took(ids: Sequence[UUID]) -> dict[UUID, list[Took]]:
    found: dict[UUID, list[Took]] = defaultdict(list)
    rows = Transaction.objects.filter(execution__in=list(map(str, ids)), type=TransactionType.USAGE).order_by()
    named = rows.values_list("execution", "account__user_id", "amount", "reference", "reverses_id")
    for execution, user_id, amount, reference, reverses_id in named:
        node_execution = str(reference.get("node_execution", ""))
        found[UUID(execution)].append(
            Took(user_id=user_id, amount=amount, node_execution=node_execution, is_reversal=reverses_id is not None)
        )
    return found


def _on_hold(ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Node executions that have set credits aside, or whose cost nobody could pay."""
    found: dict[UUID, list[str]] = defaultdict(list)
    rows = Hold.objects.filter(Q(status=HoldStatus.OPEN) | Q(uncovered__gt=0), execution_id__in=ids)
    for execution_id, reference in rows.values_list("execution_id", "reference"):
        assert execution_id is not None
        found[execution_id].append(str(reference.get("node_execution", "")))
    return found
