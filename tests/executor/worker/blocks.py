"""Blocks that misbehave, for the tests of workers: a module of BLOCK_MODULES."""

import os
import time
from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from tests.executor.blocks import note


class StallBlock(Block):
    id = "00000000-0000-4000-8000-0000000000a1"
    description = "Keeps the whole process from running for a while, asleep or at work."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT

    class Input(Pins):
        seconds: float = Pin()
        spins: bool = Pin(False)

    class Output(Pins):
        done: bool = Pin()

    examples = (Example(input={"seconds": 0}, output=[("done", True)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.spins:
            deadline = time.monotonic() + input.seconds
            while time.monotonic() < deadline:
                pass
        else:
            time.sleep(input.seconds)  # noqa: ASYNC251
        yield "done", True


class StallAtOnceBlock(StallBlock):
    """It neither awaits nor loops, so that it runs without a task of its own."""

    id = "00000000-0000-4000-8000-0000000000a9"
    description = "Keeps the whole process from running for a while."
    effect = Effect.PURE

    async def run(self, input: StallBlock.Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        time.sleep(input.seconds)  # noqa: ASYNC251
        yield "done", True


class DieBlock(Block):
    id = "00000000-0000-4000-8000-0000000000a2"
    description = "Ends its process, and notes that."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT

    class Input(Pins):
        log: str = Pin("")

    class Output(Pins):
        done: bool = Pin()

    examples = (Example(input={}, output=[("done", True)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.log:
            note(input.log, f"died {os.getpid()}")
            os._exit(1)
        yield "done", True


class EatBlock(Block):
    id = "00000000-0000-4000-8000-0000000000a3"
    description = "Wants a lot of memory the second time that it runs; the first time it ends its process."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT

    class Input(Pins):
        log: str = Pin("")
        bytes: int = Pin(0)

    class Output(Pins):
        done: bool = Pin()

    examples = (Example(input={}, output=[("done", True)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.log and not os.path.exists(input.log):  # noqa: ASYNC240
            note(input.log, "died")
            os._exit(1)
        yield "done", len(bytearray(input.bytes)) == input.bytes


class HoldBlock(Block):
    id = "00000000-0000-4000-8000-0000000000a4"
    description = "Stays inside one call of C code, so that nothing else of its process can run."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT

    class Input(Pins):
        log: str = Pin("")
        length: int = Pin(0)

    class Output(Pins):
        sum: int = Pin()

    examples = (Example(input={}, output=[("sum", 0)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.log:
            note(input.log, f"held {os.getpid()}")
        yield "sum", sum(range(input.length))
