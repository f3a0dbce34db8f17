"""Blocks that never wait: one emits all sorts of things, and has a twin that waits; importing this registers them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.registry import registry
from tests.executor.blocks import note


def _raise(error: BaseException) -> Any:
    raise error


#: What comes after the first output, by name.
ODDITIES: dict[str, Callable[[], Any]] = {
    "fine": lambda: ("value", 2),
    "large": lambda: ("value", "x" * 2000),
    "too large": lambda: ("value", "x" * 20_000),
    "too deep": lambda: ("value", eval("[" * 70 + "]" * 70)),
    "not JSON": lambda: ("value", object()),
    "no pair": lambda: "value",
    "no name": lambda: (5, 5),
    "nothing": lambda: None,
    "long name": lambda: ("n" * 600, 1),
    "error output": lambda: ("error", "odd"),
    "empty error output": lambda: ("error", ""),
    "block error": lambda: _raise(BlockError("odd")),
    "fault": lambda: _raise(KeyError("odd")),
    "no text": lambda: _raise(ValueError()),
    "stop": lambda: _raise(StopAsyncIteration()),
    "cancelled": lambda: _raise(asyncio.CancelledError()),
}


class OddBlock(Block):
    id = "00000000-0000-4000-8000-000000005f01"
    description = "Emits 1, then something odd, then 3."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Input(Pins):
        oddity: str = Pin()
        log: str = Pin("odd")

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={"oddity": "fine"}, output=[("value", 1), ("value", 2), ("value", 3)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        note(input.log, "began")
        context.stats.items += 1
        yield "value", 1
        yield ODDITIES[input.oddity]()
        yield "value", 3


class PatientOddBlock(OddBlock):
    id = "00000000-0000-4000-8000-000000005f02"
    description = "Does the same, and waits a moment."

    async def run(self, input: OddBlock.Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        await asyncio.sleep(0)
        note(input.log, "began")
        context.stats.items += 1
        yield "value", 1
        yield ODDITIES[input.oddity]()
        yield "value", 3


class AskingBlock(Block):
    id = "00000000-0000-4000-8000-000000005f03"
    description = "Asks a person, and never waits for the answer itself."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Input(Pins):
        value: Any = Pin()

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={"value": 1}, output=[("value", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        verdict = context.services.reviews.ask(input.value, instructions="", editable=False)
        if verdict is not None:
            yield "value", verdict.data


class AskingLargeBlock(AskingBlock):
    id = "00000000-0000-4000-8000-000000005f04"
    description = "Asks, and says something large."

    async def run(self, input: AskingBlock.Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        verdict = context.services.reviews.ask(input.value, instructions="", editable=False)
        yield "note", "x" * 2000
        if verdict is not None:
            yield "value", verdict.data


class GrowingBlock(Block):
    id = "00000000-0000-4000-8000-000000005f05"
    description = "Changes a value after it was emitted."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Input(Pins):
        value: Any = Pin()

    class Output(Pins):
        value: Any = Pin()
        later: Any = Pin()

    examples = (Example(input={"value": 1}, output=[("value", [1]), ("later", [1, 2])]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        found = [input.value]
        yield "value", found
        found.append(2)
        yield "later", found


class WhileBlock(GrowingBlock):
    id = "00000000-0000-4000-8000-000000005f06"
    description = "Counts."

    async def run(self, input: GrowingBlock.Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        number = 0
        while number < input.value:
            number += 1
            yield "value", number


class ForeverBlock(GrowingBlock):
    id = "00000000-0000-4000-8000-000000005f07"
    description = "Never ends."

    async def run(self, input: GrowingBlock.Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        while True:
            yield "value", input.value


class BulkyBlock(GrowingBlock):
    id = "00000000-0000-4000-8000-000000005f08"
    description = "Says something large of every number that five divides, of the others something small."

    async def run(self, input: GrowingBlock.Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "value", "x" * (2 if input.value % 5 else 2000)


for block in (
    OddBlock, PatientOddBlock, AskingBlock, AskingLargeBlock, GrowingBlock, WhileBlock, ForeverBlock, BulkyBlock,
):  # fmt: skip
    registry.register(block)
