"""Blocks that fail, hang, block and do not listen; importing this registers them."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins, RunsIn
from blocks.context import Context
from blocks.errors import BlockError
from blocks.prices import CostType, Price
from blocks.registry import registry
from tests.executor.blocks import GATES, LOG, note

#: Gates for blocks in threads, by name.
DOORS: dict[str, threading.Event] = defaultdict(threading.Event)
#: No test waits longer.
PATIENCE_SECONDS = 20


class FlakyBlock(Block):
    id = "00000000-0000-4000-8000-0000000000e1"
    description = "Emits its value, fails so many times, then emits “done”."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)

    class Input(Pins):
        value: Any = Pin(1)
        failures: int = Pin(0)
        log: str = Pin("flaky")

    class Output(Pins):
        value: Any = Pin()
        done: int = Pin()

    examples = (Example(input={}, output=[("value", 1), ("done", int)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        note(input.log, context.node_execution_id)
        tries = LOG[input.log].count(context.node_execution_id)
        context.stats.items += 1
        yield "value", input.value
        if tries <= input.failures:
            raise BlockError(f"failure {tries}")
        yield "done", tries


class MeteredFlakyBlock(FlakyBlock):
    id = "00000000-0000-4000-8000-0000000000e3"
    description = "As Flaky, but each try uses one item, which costs one credit."
    categories = frozenset({Category.BASIC})
    prices = (Price(1, type=CostType.ITEMS, hold=5),)


class StubbornBlock(Block):
    id = "00000000-0000-4000-8000-0000000000e4"
    description = "Does not heed its cancellation before a gate is opened."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT

    class Input(Pins):
        gate: str = Pin("")
        log: str = Pin("stubborn")

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={}, output=[("value", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        note(input.log, "start")
        while input.gate and not GATES[input.gate].is_set():
            try:
                await GATES[input.gate].wait()
            except asyncio.CancelledError:
                note(input.log, "cancelled")
        yield "value", 1
        note(input.log, "emitted")


class DoubtfulBlock(Block):
    id = "00000000-0000-4000-8000-0000000000e7"
    description = "Passes its value on; in doubt, it asks for a review and fails first."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT

    class Input(Pins):
        value: Any = Pin(1)
        doubts: bool = Pin(False)
        log: str = Pin("doubtful")

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={}, output=[("value", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        note(input.log, context.node_execution_id)
        if input.doubts and LOG[input.log].count(context.node_execution_id) == 1:
            context.services.reviews.ask(input.value, instructions="", editable=False)
            raise BlockError("failure 1")
        yield "value", input.value


class BlockingBlock(Block):
    id = "00000000-0000-4000-8000-0000000000e5"
    description = "Emits 0, 1, 2 … from a thread, and waits at a door before the last one, deaf to all else."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT
    runs_in = RunsIn.THREAD

    class Input(Pins):
        count: int = Pin(1)
        door: str = Pin("")
        log: str = Pin("blocking")
        message: str = Pin("")

    class Output(Pins):
        number: int = Pin()
        remembered: Any = Pin()

    examples = (Example(input={"count": 2}, output=[("number", 0), ("number", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        note(input.log, threading.current_thread().name)
        for number in range(input.count):
            if input.door and number == input.count - 1:
                DOORS[input.door].wait(PATIENCE_SECONDS)
            yield "number", number
            note(input.log, number)
        if input.message:
            raise BlockError(input.message)


class RememberingBlock(Block):
    id = "00000000-0000-4000-8000-0000000000e6"
    description = "Uses the memory, a model and the budget from a thread."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT
    runs_in = RunsIn.THREAD
    prices = (Price(1, type=CostType.ITEMS, hold=1),)

    class Input(Pins):
        value: Any = Pin()
        items: int = Pin(0)

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={"value": 1}, output=[("value", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        await context.services.memory.put("thread", input.value)
        for _ in range(input.items):
            await context.budget.require()
            context.stats.items += 1
        yield "value", await context.services.memory.get("thread")


for _block in (FlakyBlock, MeteredFlakyBlock, StubbornBlock, DoubtfulBlock, BlockingBlock, RememberingBlock):
    registry.register(_block)
