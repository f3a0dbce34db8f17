"""Whether a node execution may run, and what it takes to start it."""

from typing import TYPE_CHECKING

from blocks.base import Block, Effect
from executor.engine.billing import start_billed
from executor.engine.bills import DRY_RUN, SKIPPED, UNCHARGED
from executor.engine.node_life import end, fail, mark_running
from executor.engine.reviews import approve, must_be_approved
from executor.engine.state import NodeRun
from executor.engine.stop import NODE_FAILED, Ending
from executor.statuses import Status

if TYPE_CHECKING:
    from executor.engine.execution import Execution


def may_not_begin(execution: "Execution", run: NodeRun) -> bool:
    """Once stopped, nothing begins; but what had begun before a crash may finish where running nodes may."""
    if run.graph.closing is not None:
        return not (run.status is Status.RUNNING and run.graph.error_code == NODE_FAILED)
    if execution.stopped is None:
        return run.is_orphaned
    return not (run.status is Status.RUNNING and execution.stopped.ending is Ending.DRAIN)


def is_unbilled(execution: "Execution", block: Block) -> bool:
    """Whether nobody minds if it runs before its start is committed."""
    if execution.root.is_dry_run:
        return True
    return block.effect is Effect.PURE and execution.surroundings.prices.is_free(block)


async def start(execution: "Execution", run: NodeRun) -> bool:
    """Mark it RUNNING. False if it may not run; it has ended then, or it waits for a person."""
    if not is_unbilled(execution, run.node.block):
        return is_admitted(execution, run) and await start_billed(execution, run)
    return start_unbilled(execution, run)


def start_unbilled(execution: "Execution", run: NodeRun) -> bool:
    """The same for a block that need not wait for the commit of its start."""
    if not is_admitted(execution, run):
        return False
    if execution.root.is_dry_run:
        run.stats[UNCHARGED] = DRY_RUN
    mark_running(execution, run)
    return True


def is_admitted(execution: "Execution", run: NodeRun) -> bool:
    """Whether its block is to run. False: it has ended, or it waits for a person."""
    if run.node.id in run.graph.skipped_nodes:
        run.stats[UNCHARGED] = SKIPPED
        mark_running(execution, run)
        end(execution, run, Status.COMPLETED)
        return False
    if (refusal := execution.surroundings.refused.get(run.node.block.id)) is not None:
        fail(execution, run, refusal)
        return False
    if run.error and run.status is Status.QUEUED:
        fail(execution, run, run.error)
        return False
    return not must_be_approved(run) or approve(execution, run)
