"""Does one execution agree with what the ledger took for it? Pure; `costs` reads both."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from executor.engine.bills import UNCHARGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """A transaction that names the execution. node_execution: as its reference has it; empty for the fee."""

    user_id: UUID
    amount: int  # credits, signed
    node_execution: str
    is_reversal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node execution of the execution, or of one inside it."""

    id: UUID
    graph_id: UUID
    attempt: int
    cost: int
    stats: dict[str, object]
    was_priced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The root, or one inside it."""

    id: UUID
    parent_id: UUID | None
    cost: int
    fees: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All that is known of one root execution.

    on_hold: node executions whose cost is not known yet, or could not be paid.
    """

    user_id: UUID
    graphs: Sequence[Graph]
    nodes: Sequence[Node]
    took: Sequence[Took]
    on_hold: frozenset[str] = frozenset()


def book_faults(books: Books) -> Iterator[str]:
    """What the execution and the ledger do not agree on."""
    of_node: dict[str, list[Took]] = defaultdict(list)
    for took in books.took:
        of_node[took.node_execution].append(took)
        if took.user_id != books.user_id:
            yield f"{-took.amount} credits were taken from another user's account"
    fees = -sum(took.amount for took in of_node.pop("", ()))
    for node in books.nodes:
        took_for_node = of_node.pop(str(node.id), [])
        yield from _node_faults(node, took_for_node, on_hold=str(node.id) in books.on_hold)
    for unknown in of_node:
        yield f"the ledger has a charge for node execution {unknown}, which is not part of it"
    yield from _graph_faults(books, fees)


def _node_faults(node: Node, took: Sequence[Took], *, on_hold: bool) -> Iterator[str]:
    net = -sum(each.amount for each in took)
    if node.cost != net:
        yield f"node execution {node.id} says that it cost {node.cost}, the ledger took {net}"
    if sum(not each.is_reversal for each in took) > 1:
        yield f"node execution {node.id} was charged more than once"
    if took and not node.attempt:
        yield f"node execution {node.id} was charged and has never started"
    if node.attempt and node.was_priced and not (took or on_hold or UNCHARGED in node.stats):
        yield f"node execution {node.id} has started, and was neither charged nor says why not"


def _graph_faults(books: Books, fees: int) -> Iterator[str]:
    inside: dict[UUID | None, int] = defaultdict(int)
    for node in books.nodes:
        inside[node.graph_id] += node.cost
    for graph in books.graphs:
        inside[graph.parent_id] += graph.cost
    for graph in books.graphs:
        inner = inside[graph.id] + graph.fees
        if graph.cost != inner:
            yield f"execution {graph.id} says that it cost {graph.cost}, what is inside it cost {inner}"
        if graph.fees != (0 if graph.parent_id else fees):
            yield f"execution {graph.id} says that its fees were {graph.fees}, the ledger took {fees}"
