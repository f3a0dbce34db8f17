"""Starting a node that costs something, or that the world can see: first the commit, then the work."""

import asyncio
from typing import TYPE_CHECKING

from blocks.prices import run_cost
from credits.batch import Charge, Refused
from credits.errors import InsufficientBalance
from executor.engine import stop
from executor.engine.state import GraphRun, NodeRun
from executor.statuses import Status

if TYPE_CHECKING:
    from executor.engine.execution import Execution


async def start_charged(execution: "Execution", run: NodeRun) -> bool:
    """Commit the node's start, together with its charge, before its block runs.

    False if the charge was refused or would pass the ceiling: the node has then failed, and no further node starts.
    A node that was charged by an earlier try is not charged again.
    """
    cost = 0 if run.cost else run_cost(run.node.block.prices, vars(run.parsed))
    root = execution.root
    if cost and root.max_cost is not None and root.cost + cost > root.max_cost:
        return _refuse(execution, run, stop.cost_limit(root.cost, cost, root.max_cost))
    _add_cost(run, cost)
    execution.mark_running(run)
    if not cost:
        await execution.session.commit()
        return True
    refused = await execution.session.charge(run, _charge(run, cost))
    if refused is not None:
        _add_cost(run, -cost)
        run.status, run.attempt, run.started_at = Status.QUEUED, run.attempt - 1, None
    if is_cancelled():
        raise asyncio.CancelledError
    return _refuse(execution, run, _reason(refused)) if isinstance(refused, Refused) else True


def is_cancelled() -> bool:
    """Whether somebody has cancelled the task that asks, though it may have caught that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _refuse(execution: "Execution", run: NodeRun, reason: stop.Stop) -> bool:
    execution.stop(reason)
    execution.fail(run, reason.message)
    return False


def _reason(refused: Refused) -> stop.Stop:
    if isinstance(refused.error, InsufficientBalance):
        return stop.insufficient_balance(str(refused.error))
    return stop.internal(f"The ledger refused the charge: {refused.error}")


def _charge(run: NodeRun, cost: int) -> Charge:
    return Charge(
        amount=cost,
        key=f"node-execution:{run.id}",
        reason=f"{run.node.block.name} ran",
        reference={
            "execution": str(run.graph.root.id),
            "node_execution": str(run.id),
            "graph": run.graph.root.plan.graph_id,
            "block": run.node.block.id,
        },
    )


def _add_cost(run: NodeRun, cost: int) -> None:
    """Count the cost on the node and on every graph around it."""
    run.cost += cost
    graph: GraphRun | None = run.graph
    while graph is not None:
        graph.cost += cost
        graph = graph.parent.graph if graph.parent else None
