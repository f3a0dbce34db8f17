"""What an operator gives back for a node execution: the costs on the execution's rows follow the ledger."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from credits.models import Transaction
from executor.engine.bills import UNCHARGED
from executor.errors import StillRunning
from executor.models import GraphExecution, NodeExecution
from executor.stopping.unbilling import add_up


def follow_reversal(original: Transaction, reversal: Transaction, **kwargs: Any) -> None:
    """Listens to `credits.reversing.reversed_by_hand`, inside its transaction. Again, it changes nothing.

    Raises StillRunning, for a running execution's owner keeps the costs in its memory.
    """
    root_id = _uuid(original.execution)
    root = GraphExecution.objects.filter(id=root_id).first() if root_id else None
    if root is None:
        return
    if not root.is_finished:
        raise StillRunning
    costs = _costs(str(root.id))
    root.fees = costs.pop(None, 0)
    root.save(update_fields=["fees"])
    _put(original.reference.get("node_execution"), costs, reversal.reason)
    add_up(root)


def _costs(execution: str) -> dict[str | None, int]:
    """What each node execution of a root execution has cost by the ledger; under None, its execution fees."""
    costs: dict[str | None, int] = defaultdict(int)
    for reference, amount in Transaction.objects.filter(execution=execution).values_list("reference", "amount"):
        costs[reference.get("node_execution")] -= amount
    return costs


def _put(node_execution: str | None, costs: dict[str | None, int], reason: str) -> None:
    run_id = _uuid(node_execution)
    run = NodeExecution.objects.filter(id=run_id).first() if run_id else None
    if run is not None:
        run.cost = costs.get(node_execution, 0)
        run.stats = run.stats | ({} if run.cost else {UNCHARGED: reason})
        run.save(update_fields=["cost", "stats"])


def _uuid(text: str | None) -> UUID | None:
    """None for what is no id: a reference may hold anything."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
