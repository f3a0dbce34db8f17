"""Having an execution judged, and withholding what was refused."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from executor.engine.billing import is_cancelled
from executor.engine.judging import Stage, clear, clear_graph, content
from executor.engine.stop import REQUESTED, WITHHELD, Ending, Stop, moderation_unavailable

if TYPE_CHECKING:
    from executor.engine.execution import Execution


@dataclass(frozen=True, slots=True)
class Judging:
    """An answer of the moderation that is awaited."""

    stage: Stage
    answer: asyncio.Task[Stop | None]

    def heed(self, reason: Stop) -> None:
        """The execution is stopped. Outputs pass unseen only if a person asked; interrupted, no inputs are used."""
        if reason.code == REQUESTED or (self.stage is Stage.INPUTS and reason.ending is Ending.CANCEL):
            self.answer.cancel()


async def judge(execution: "Execution", stage: Stage) -> None:
    """Have the moderation look at the values, unless nothing comes of them. A refusal stops the execution."""
    moderation = execution.surroundings.moderation
    if moderation is None or execution.root.is_dry_run or not _is_due(execution, stage):
        return
    graphs = (execution.root, *execution.sub_graphs.all())
    judged = content(stage, execution.root, graphs, execution.surroundings.plans.values())
    execution.judging = Judging(stage, asyncio.create_task(moderation.judge(judged)))
    try:
        refused = await _answer(execution.judging)
    finally:
        execution.judging = None
    if refused is not None:
        execution.stop(refused)


async def _answer(judging: Judging) -> Stop | None:
    """None, too, if the answer does not matter any more. One that was cancelled by nobody here is no answer."""
    try:
        return await judging.answer
    except asyncio.CancelledError:
        if is_cancelled():
            raise
        return None if judging.answer.cancelling() else moderation_unavailable(judging.stage)


async def withhold(execution: "Execution", reason: Stop) -> None:
    """After a refusal, take the values out of the rows. The refusal is committed before: no crash forgets it."""
    moderation, session = execution.surroundings.moderation, execution.session
    if reason.code not in WITHHELD or moderation is None:
        return
    for graph in execution.sub_graphs.all():
        clear_graph(graph, refusal=reason.message)
    for graph in (execution.root, *execution.sub_graphs.all()):
        for run in graph.runs:
            if clear(run, refusal=reason.message):
                session.run_changed(run, execution.clock.now())
    await session.commit()
    await moderation.withhold()


def _is_due(execution: "Execution", stage: Stage) -> bool:
    root, stopped = execution.root, execution.stopped
    if execution.session.lost:
        return False
    if stopped is None:
        return root.starts == 0 if stage is Stage.INPUTS else root.parked == 0
    if stopped.code in WITHHELD:
        return False
    if stage is Stage.INPUTS:
        return root.starts == 0 and stopped.ending is not Ending.CANCEL
    return stopped.code != REQUESTED
