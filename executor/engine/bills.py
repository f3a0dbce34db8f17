"""The bills of node executions: what is asked of the ledger when one starts, and when it ends. No I/O here."""

from datetime import datetime
from uuid import UUID

from blocks.prices import Usage
from credits.batch import Charge
from credits.orders import Order, Release, Reverse, SetAside, Settle, Spender
from executor.engine.state import GraphRun, NodeRun

Bill = Charge | SetAside

#: Why a started node execution of a priced block is not charged; it ends in its row's stats, under this name.
UNCHARGED = "uncharged"
NO_PRICE_APPLIES = "No price applies to these inputs."
SKIPPED = "The node was skipped."
DRY_RUN = "It was a dry run."
COPIED = "Its outputs were taken over from an earlier execution."
OUR_FAULT = "The platform failed the node, not its block."
NOTHING_USED = "Nothing was used."
OWN_CREDENTIALS = "It ran on credentials of its user's own."


def bill_for(run: NodeRun, expires_at: datetime) -> Bill | None:
    """What is charged or set aside at the start of a node execution; None for what costs nothing."""
    quote = run.quote
    assert quote is not None
    if quote.upfront:
        return Charge(
            amount=quote.upfront,
            key=charge_key_of(run.id),
            reason=f"{run.node.block.name} ran",
            reference=reference(run),
            metadata=quote.pin(),
            spender=spender(run.graph.root),
        )
    if quote.hold:
        return set_aside(run, expires_at)
    if quote.price is not None:
        run.stats[UNCHARGED] = NO_PRICE_APPLIES
    return None


def set_aside(run: NodeRun, expires_at: datetime) -> SetAside:
    """The hold that a node execution's quote asks for."""
    assert run.quote is not None
    return SetAside(
        amount=run.quote.hold,
        key=hold_key(run),
        expires_at=expires_at,
        reference=reference(run),
        metadata=run.quote.pin(),
        spender=spender(run.graph.root),
    )


def closing(run: NodeRun, *, is_our_fault: bool) -> Order | None:
    """What ends the bill of a node execution that ends now. The costs in memory follow; None if nothing is open.

    What the platform broke is not paid for: a hold is released, a charge is reversed by a linked transaction.
    """
    if run.hold:
        return _settlement(run, is_our_fault)
    if run.cost and is_our_fault:
        add_cost(run, -run.cost)
        run.stats[UNCHARGED] = OUR_FAULT
        return Reverse(of_key=charge_key_of(run.id), reason=OUR_FAULT)
    return None


def add_cost(run: NodeRun, cost: int) -> None:
    """Count the cost on the node and on every graph around it."""
    run.cost += cost
    graph: GraphRun | None = run.graph
    while graph is not None:
        graph.cost += cost
        graph = graph.parent.graph if graph.parent else None


def add_hold(run: NodeRun, amount: int) -> None:
    """Count credits that are set aside for the node, or let go."""
    run.hold += amount
    run.graph.root.held += amount


def charge_key_of(node_execution_id: UUID) -> str:
    """What a node execution's charge is known by in the ledger."""
    return f"node-execution:{node_execution_id}"


def hold_key(run: NodeRun) -> str:
    return f"{charge_key_of(run.id)}:hold"


def spender(root: GraphRun) -> Spender:
    return Spender(root.id, root.api_key_id)


def reference(run: NodeRun) -> dict[str, str]:
    """What a charge is about."""
    model = getattr(run.parsed, "model", None)
    return {
        "execution": str(run.graph.root.id),
        "node_execution": str(run.id),
        "graph": run.graph.root.plan.graph_id,
        "block": run.node.block.id,
        **({"model": model} if isinstance(model, str) and model else {}),
    }


def expect(run: NodeRun, bill: Bill | None, *, sign: int = 1) -> None:
    """Count what the bill asks for, or take it back."""
    if isinstance(bill, Charge):
        add_cost(run, sign * bill.amount)
    elif isinstance(bill, SetAside):
        add_hold(run, sign * bill.amount)


def is_raise(bill: Bill) -> bool:
    """Whether it is for a node execution that has started already."""
    return isinstance(bill, SetAside) and bill.raised_from > 0


def more(bill: Bill) -> int:
    """Credits that a bill asks for beside those that are set aside for it already."""
    return bill.more if isinstance(bill, SetAside) else bill.amount


def expected(bill: Bill) -> int:
    """Credits of the bill that the state in memory counts before it is committed; a raised hold counts afterwards."""
    return 0 if is_raise(bill) else bill.amount


def _settlement(run: NodeRun, is_our_fault: bool) -> Order:
    assert run.quote is not None
    add_hold(run, -run.hold)
    cost = 0 if is_our_fault else run.quote.cost(run.usage or Usage())
    if not cost:
        run.stats[UNCHARGED] = OUR_FAULT if is_our_fault else NOTHING_USED
    if is_our_fault:
        return Release(hold_key=hold_key(run))
    add_cost(run, cost)
    return Settle(
        hold_key=hold_key(run),
        cost=cost,
        key=f"{hold_key(run)}:settle",
        reason=f"{run.node.block.name} ran",
        metadata=run.quote.pin(),
    )
