"""Running one block: its outputs go out as they come, its troubles become the node's."""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blocks.base import RunsIn
from blocks.context import Context
from blocks.errors import BlockError
from executor.engine.billing import is_cancelled
from executor.engine.credentials import equip
from executor.engine.deadline import Deadline
from executor.engine.dry import closed, is_simulated
from executor.engine.emissions import drained
from executor.engine.flow import store, store_quietly
from executor.engine.node_life import complete, fail
from executor.engine.policies import may_retry
from executor.engine.reviews import park
from executor.engine.run_context import RunContext
from executor.engine.simulating import simulated
from executor.engine.state import NodeRun
from executor.engine.threaded import in_thread
from executor.engine.values import encode, normalise
from executor.engine.work import Failure, Work
from executor.errors import JournalFailed, LeaseLost, TooManyOutputs
from executor.large.references import folder_of, reference
from reliability.errors import SluiceError

if TYPE_CHECKING:
    from executor.engine.execution import Execution

logger = logging.getLogger(__name__)

#: A block that emits without ever waiting lets others run after this many outputs.
BREATH = 100
#: Outputs of one execution that may wait for the journal.
PENDING_OUTPUTS = 2000


async def run_block(work: Work) -> None:
    """Run the node's block, as often as its policy allows, and end the node COMPLETED or FAILED."""
    working = work.execution.tasks.working
    working[work.run] = work
    try:
        while (failure := await _try(work)) is not None and _tries_again(work, failure):
            if not await work.pause(failure):
                break
    finally:
        working.pop(work.run, None)
    _conclude(work, failure)


def run_at_once(work: Work) -> bool:
    """The same by plain calls, for a block that never waits, and no dry run. False: `run_block` must go on with it."""
    execution, run = work.execution, work.run
    run.waits = False
    emissions = work.emissions = drained(run.node.block.run(run.parsed, RunContext(work)), execution.limits)
    if emissions.rest is not None or any(map(execution.known_secrets.are_in, emissions.usual)):
        return False
    work.report()
    for emitted in emissions.usual:
        store_quietly(execution, run, emitted)
    _conclude(work, None)
    return True


def _conclude(work: Work, failure: Failure | None) -> None:
    """There is no more try."""
    execution, run = work.execution, work.run
    if failure is not None:
        fail(execution, run, failure.message, is_our_fault=failure.is_our_fault)
    elif run.waits:
        run.error = ""
        park(execution, run)
    else:
        complete(execution, run)


def _tries_again(work: Work, failure: Failure) -> bool:
    return not (failure.is_final or work.is_ending or work.run.is_finished) and may_retry(work.run)


async def _try(work: Work) -> Failure | None:
    """Run the block once; None if it ended well."""
    deadline = Deadline(work.time_limit, work.give_up)
    failure = None
    if work.emissions is None:
        work.run.waits = False
    try:
        await _consume(work)
    except (LeaseLost, JournalFailed):
        raise
    except asyncio.CancelledError:
        deadline.lift()
        if is_cancelled():
            raise
        failure = Failure("Something that the block waited for was cancelled.")
    except TooManyOutputs as error:
        failure = Failure(str(error), is_final=True)
    except (SluiceError, ValueError, TimeoutError) as error:
        failure = Failure(_text(error))
    except Exception as error:
        _log_fault(work, error)
        failure = Failure(_text(error))
    finally:
        deadline.lift()
        work.report()
    return work.too_late() if deadline.is_over else failure


async def _consume(work: Work) -> None:
    """Pass the outputs on. Those that an earlier try has stored are skipped."""
    execution, run = work.execution, work.run
    stored, emitted, most = len(run.outputs), 0, execution.limits.outputs
    await equip(work)
    async with contextlib.aclosing(_outputs(work)) as outputs:  # type: ignore[type-var]
        async for name, value in outputs:
            if name == "error":
                raise BlockError(str(value) or "The block reported an error without a text.")
            emitted += 1
            if emitted > most:
                raise TooManyOutputs(f"The block has more than {most} outputs, the limit (NODE_OUTPUTS_MAX).")
            if emitted > stored:
                await _emit(execution, run, name, value)
            if emitted % BREATH == 0:
                await _breathe(execution)


async def _emit(execution: "Execution", run: NodeRun, name: str, value: Any) -> None:
    """Store the output; a large one goes to its file first."""
    emitted = normalise(name, value, execution.limits.output_bytes)
    if execution.known_secrets:
        emitted = execution.known_secrets.without(emitted, max_bytes=execution.limits.output_bytes)
    if emitted.bytes <= execution.limits.inline_bytes:
        store(execution, run, emitted)
        return
    path = f"{folder_of(execution.root.id, run.id)}/{len(run.outputs)}-{run.attempt}.json"
    kept = reference(await execution.surroundings.files.keep(path, emitted.text), emitted.bytes)
    run.graph.large.add(emitted.value, kept)
    store(execution, run, emitted, text=encode(kept))


def _outputs(work: Work) -> AsyncIterator[tuple[str, Any]]:
    if (emissions := work.emissions) is not None:
        work.emissions = None
        return emissions.again()
    block, context = work.run.node.block, _context(work)
    if is_simulated(work.execution, work.run):
        return simulated(block)
    if block.runs_in is RunsIn.THREAD:
        return in_thread(work.execution.surroundings.threads, block, work.run.parsed, context)
    return block.run(work.run.parsed, context)


def _context(work: Work) -> Context:
    """A block in a thread gets all of it at once."""
    context = RunContext(work)
    if work.execution.root.is_dry_run:
        return closed(context.whole())
    return context.whole() if work.run.node.block.runs_in is RunsIn.THREAD else context


async def _breathe(execution: "Execution") -> None:
    """Let others run; and let the journal catch up with a block that emits faster than it can write."""
    if len(execution.session.pending.outputs) > PENDING_OUTPUTS:
        await execution.session.commit()
    else:
        await asyncio.sleep(0)


def _log_fault(work: Work, error: Exception) -> None:
    """With the traceback as text: its errors may quote a secret."""
    node = work.run.node
    extra = {"action": "block_failed", "block": node.block.name, "node": node.id, "where": _where(error)}
    found = "".join(traceback.format_exception(error))
    logger.error("A block failed\n%s", work.execution.known_secrets.masked(found), extra=extra)


def _where(error: Exception) -> str:
    """The kind of the error, and the line that raised it: nothing of what the block had in hand."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _text(error: Exception) -> str:
    """What the user reads: the error's own sentence, or its kind when it has none."""
    return str(error) or f"The block failed with {type(error).__name__}."
