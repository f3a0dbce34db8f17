"""Running one block: its outputs go out as they come, its troubles become the node's."""

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING

from blocks.context import Context, Stats
from blocks.errors import BlockError
from executor.engine.billing import is_cancelled
from executor.engine.budget import RunBudget
from executor.engine.state import NodeRun
from executor.errors import JournalFailed, LeaseLost
from reliability.errors import SluiceError

if TYPE_CHECKING:
    from executor.engine.execution import Execution

logger = logging.getLogger(__name__)

#: A block that emits without ever waiting lets others run after this many outputs.
BREATH = 100
#: Outputs of one execution that may wait for the journal.
PENDING_OUTPUTS = 2000


async def run_block(execution: "Execution", run: NodeRun) -> None:
    """Run the node's block and end the node COMPLETED or FAILED."""
    block, stats = run.node.block, Stats()
    message, is_our_fault = "", False
    limit = asyncio.timeout(block.timeout_seconds)
    begun = time.monotonic_ns()
    try:
        async with limit:
            await _consume(execution, run, stats, begun)
    except (LeaseLost, JournalFailed):
        raise
    except asyncio.CancelledError:
        if is_cancelled():
            raise
        message = "Something that the block waited for was cancelled."
    except TimeoutError as error:
        is_our_fault = limit.expired()
        message = f"The block took longer than {block.timeout_seconds:g} seconds." if is_our_fault else _text(error)
    except (SluiceError, ValueError) as error:
        message = _text(error)
    except Exception as error:
        logger.exception("A block failed", extra={"action": "block_failed", "block": block.name, "node": run.node.id})
        message = _text(error)
    finally:
        run.usage = stats.usage((time.monotonic_ns() - begun) // 1_000_000)
        run.stats |= stats.as_dict()
    if message:
        execution.fail(run, message, is_our_fault=is_our_fault)
    else:
        execution.complete(run)


async def _consume(execution: "Execution", run: NodeRun, stats: Stats, begun: int) -> None:
    """Pass the outputs on. Those that an earlier try has stored are skipped."""
    stored, emitted = len(run.outputs), 0
    async with contextlib.aclosing(run.node.block.run(run.parsed, _context(execution, run, stats, begun))) as outputs:  # type: ignore[type-var]
        async for name, value in outputs:
            if name == "error":
                raise BlockError(str(value) or "The block reported an error without a text.")
            emitted += 1
            if emitted > stored:
                execution.emit(run, name, value)
            if emitted % BREATH == 0:
                await _breathe(execution)


async def _breathe(execution: "Execution") -> None:
    """Let others run; and let the journal catch up with a block that emits faster than it can write."""
    if len(execution.session.pending.outputs) > PENDING_OUTPUTS:
        await execution.session.commit()
    else:
        await asyncio.sleep(0)


def _context(execution: "Execution", run: NodeRun, stats: Stats, begun: int) -> Context:
    graph = run.graph
    return Context(
        user_id=str(graph.user_id),
        graph_id=graph.plan.graph_id,
        graph_version=graph.plan.version,
        node_id=run.node.id,
        execution_id=str(graph.id),
        node_execution_id=str(run.id),
        timezone=execution.surroundings.timezone,
        services=execution.surroundings.services(execution.sub_graphs.runner(run)),
        stats=stats,
        budget=RunBudget(execution, run, stats, begun),
    )


def _text(error: Exception) -> str:
    """What the user reads: the error's own sentence, or its kind when it has none."""
    return str(error) or f"The block failed with {type(error).__name__}."
