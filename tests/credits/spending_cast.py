"""Charges as executions leave them in the ledger."""

from uuid import UUID, uuid4

from credits.ledger import charge
from credits.models import Account, Transaction

GRAPH = UUID("0197f000-0000-7000-8000-00000000aaaa")


def execution() -> UUID:
    return uuid4()


def spend(
    account: Account,
    amount: int,
    *,
    on: UUID | None = None,
    graph: UUID = GRAPH,
    block: str = "",
    model: str = "",
    node_execution: UUID | None = None,
) -> Transaction:
    """Charge a node execution. on: its root execution; None for a charge that no execution caused."""
    node = node_execution or uuid4()
    facts = {"node_execution": str(node), "graph": str(graph), "block": block, "model": model, "execution": str(on)}
    reference = {name: fact for name, fact in facts.items() if fact} if on else {}
    return charge(account, amount=amount, key=f"node-execution:{node}", reason="Node", reference=reference)
