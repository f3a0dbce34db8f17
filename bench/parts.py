"""Blocks that only the benchmarks have; BLOCK_MODULES names this module while they run."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.library.numbers import CalculatorBlock
from blocks.prices import Price


class OnceCalculatorBlock(CalculatorBlock):
    """Calculates as if the world could see it: its start is committed before it runs."""

    id = "0b3c4e6e-2f53-4b6e-9d8e-6a1d5a1c0001"
    description = "Adds, after its start was committed."
    effect = Effect.ONCE


class PricedCalculatorBlock(OnceCalculatorBlock):
    """The same for a credit, which is charged in the commit of its start."""

    id = "0b3c4e6e-2f53-4b6e-9d8e-6a1d5a1c0004"
    description = "Adds for a credit."
    prices = (Price(1),)


class WaitBlock(Block):
    """Waits, as for an answer from outside."""

    id = "0b3c4e6e-2f53-4b6e-9d8e-6a1d5a1c0002"
    description = "Waits for some seconds."
    effect = Effect.IDEMPOTENT
    examples = (Example(input={"seconds": 0}, output=[("seconds", 0.0)]),)

    class Input(Pins):
        seconds: float = Pin(description="How long.")

    class Output(Pins):
        seconds: float = Pin(description="How long it was asked to wait.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        await asyncio.sleep(input.seconds)
        yield "seconds", input.seconds


class NumbersBlock(Block):
    """Emits the numbers from 1 to `count`."""

    id = "0b3c4e6e-2f53-4b6e-9d8e-6a1d5a1c0003"
    description = "Emits numbers."
    effect = Effect.PURE
    examples = (Example(input={"count": 2}, output=[("number", 1.0), ("number", 2.0)]),)

    class Input(Pins):
        count: int = Pin(description="How many.")

    class Output(Pins):
        number: float = Pin(description="One of them.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        for number in range(1, input.count + 1):
            yield "number", float(number)
