"""How long each PURE block takes for its slowest example, through the registry: its inputs gathered, its outputs taken.

`.venv/bin/python bench/blocks.py [NAME …]` prints a line of JSON for each block, slowest first, in microseconds of
processor time. What waits on purpose is left out.
"""

import asyncio
import json
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

from blocks.base import Block, Effect, Example  # noqa: E402
from blocks.context import Context  # noqa: E402
from blocks.errors import BlockError  # noqa: E402
from blocks.registry import load  # noqa: E402
from tests.blocks.fakes import make_context  # noqa: E402
from tests.blocks.running import credentials_for, outputs, references  # noqa: E402

#: Seconds for each example.
SECONDS = 0.1
#: µs that a block may take.
MOST = 200
WAITING = {"CountdownTimer"}


async def microseconds(block: Block, example: Example) -> float:
    """The fastest of several rounds, for other work on the machine only ever adds."""
    context = make_context(memory=example.memory, credentials=credentials_for(block, example.input))
    inputs = references(block) | example.input
    best, end = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        begun = time.process_time_ns()
        await _run(block, inputs, context)
        best = min(best, time.process_time_ns() - begun)
    return best / 1000


async def _run(block: Block, inputs: dict[str, Any], context: Context) -> None:
    """An example may also show what the block refuses."""
    try:
        await outputs(block, inputs, context)
    except BlockError:
        return


async def measured(names: Collection[str]) -> list[tuple[float, str]]:
    """µs of the slowest example of each block, slowest first."""
    pure = [block for block in load() if block.effect is Effect.PURE and block.examples and block.name not in WAITING]
    chosen = [block for block in pure if not names or block.name in names]
    found = [(max([await microseconds(block, each) for each in block.examples]), block.name) for block in chosen]
    return sorted(found, reverse=True)


def main() -> None:
    for taken, name in asyncio.run(measured(sys.argv[1:])):
        print(json.dumps({"bench": "blocks", "case": name, "microseconds": round(taken, 1), "most": MOST}), flush=True)


if __name__ == "__main__":
    main()
