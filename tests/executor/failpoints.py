"""Moments in the life of a bill at which a worker process kills itself; `tests.chaos.failpoints` says how.

A worker loads this module as one of its BLOCK_MODULES.
"""

import os
from collections.abc import AsyncIterator, Sequence
from typing import Any

from credits.orders import Release, SetAside, Settle
from executor.journal.batch import Batch, Written
from executor.journal.writer import Writer
from tests.chaos.failpoints import FOLDER, reach
from tests.executor.blocks import MeterBlock

#: In the order in which a node execution passes them.
POINTS = ("before the hold", "after the start", "after the effect", "before the settlement", "after the settlement")
RELEASES = ("before the release", "after the release")


def arm_the_process() -> None:
    """Put the moments into the writer and into the block."""
    apply, run = Writer._apply, MeterBlock.run

    def deadly_apply(writer: Writer, batches: Sequence[Batch], *, again: bool = False) -> list[Written]:
        for batch, kind in _kinds(batches):
            reach(batch.claim.execution_id, {"start": "before the hold"}.get(kind, f"before the {kind}"))
        written = apply(writer, batches, again=again)
        for batch, kind in _kinds(batches):
            reach(batch.claim.execution_id, f"after the {kind}")
        return written

    async def deadly_run(block: MeterBlock, input: Any, context: Any) -> AsyncIterator[tuple[str, Any]]:
        async for output in run(block, input, context):
            reach(context.execution_id, "after the effect")
            yield output

    Writer._apply, MeterBlock.run = deadly_apply, deadly_run  # type: ignore[method-assign]


def _kinds(batches: Sequence[Batch]) -> list[tuple[Batch, str]]:
    """What the batches do to holds."""
    found = []
    for batch in batches:
        orders = [*batch.bills.values(), *batch.closings.values()]
        for order_class, kind in ((SetAside, "start"), (Settle, "settlement"), (Release, "release")):
            if any(isinstance(order, order_class) for order in orders):
                found.append((batch, kind))
    return found


if FOLDER in os.environ:
    arm_the_process()
