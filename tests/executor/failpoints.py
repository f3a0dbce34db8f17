"""Moments at which a worker process kills itself, for executions that files in a folder name.

A worker loads this module as one of its BLOCK_MODULES. A file is called as its execution; each line is a moment, and
goes when it comes.
"""

import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from credits.orders import Release, SetAside, Settle
from executor.journal.batch import Batch, Written
from executor.journal.writer import Writer
from tests.executor.blocks import MeterBlock

FOLDER = "FAILPOINTS_FOLDER"
#: In the order in which a node execution passes them.
POINTS = ("before the hold", "after the start", "after the effect", "before the settlement", "after the settlement")
RELEASES = ("before the release", "after the release")


def arm(folder: Path, execution_id: object, *points: str) -> None:
    (folder / str(execution_id)).write_text("\n".join(points))


def unused(folder: Path) -> list[str]:
    """The moments that have not come."""
    return [text for path in folder.iterdir() if (text := path.read_text())]


def reach(execution_id: object, point: str) -> None:
    """Die here, if that is the next moment wanted."""
    path = Path(os.environ[FOLDER]) / str(execution_id)
    wanted, _, later = path.read_text().partition("\n") if path.exists() else ("", "", "")
    if wanted == point:
        path.write_text(later)
        os.kill(os.getpid(), signal.SIGKILL)


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
