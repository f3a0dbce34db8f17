"""How long each PURE block takes for its examples, through the registry: gathering its inputs, running it, its outputs.

`.venv/bin/python -m bench.block_speed [NAME …]` prints µs per run, slowest first. What waits on purpose is left out.
"""

import asyncio
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

from blocks.base import Block, Effect, Example  # noqa: E402
from blocks.registry import load  # noqa: E402
from tests.blocks.fakes import make_context  # noqa: E402
from tests.blocks.running import outputs  # noqa: E402

#: Seconds for each example.
SECONDS = 0.05
#: µs that a block may take without a reason.
TARGET = 200
WAITING = {"CountdownTimer"}


async def microseconds(block: Block, example: Example) -> float:
    """The fastest of several rounds, for other work on the machine only ever adds."""
    context = make_context(memory=example.memory)
    best, end = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        begun = time.perf_counter()
        await outputs(block, example.input, context)
        best = min(best, time.perf_counter() - begun)
    return best * 1e6


async def measured(names: set[str]) -> list[tuple[float, str]]:
    """The slowest example of each block."""
    blocks = [block for block in load() if block.effect is Effect.PURE and block.examples and block.name not in WAITING]
    chosen = [block for block in blocks if not names or block.name in names]
    return [(max([await microseconds(block, each) for each in block.examples]), block.name) for block in chosen]


def main() -> None:
    rows = sorted(asyncio.run(measured(set(sys.argv[1:]))), reverse=True)
    for taken, name in rows:
        print(f"{taken:8.1f} µs  {name}{'  over the target' if taken > TARGET else ''}")


if __name__ == "__main__":
    main()
