"""Blocks for the engine's tests: they say what they did, wait when told to, and cost something."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.prices import CostType, Price

#: What happened in this process: `{log name: [entries]}`. Tests use a name of their own.
LOG: dict[str, list[Any]] = defaultdict(list)
#: Gates by name; a block that waits at one goes on when it is set.
GATES: dict[str, asyncio.Event] = defaultdict(asyncio.Event)


def note(log: str, entry: Any) -> None:
    """In this process, and, when the name is a path, for other processes too."""
    LOG[log].append(entry)
    if log.startswith("/"):
        with Path(log).open("a") as file:
            file.write(f"{entry}\n")


class EchoBlock(Block):
    id = "00000000-0000-4000-8000-000000000001"
    description = "Passes a value on."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Input(Pins):
        value: Any = Pin()

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={"value": 1}, output=[("value", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "value", input.value


class CountBlock(Block):
    id = "00000000-0000-4000-8000-000000000002"
    description = "Emits 0, 1, 2 … one after another."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Input(Pins):
        count: int = Pin()
        trigger: Any = Pin(None)

    class Output(Pins):
        number: int = Pin()

    examples = (Example(input={"count": 2}, output=[("number", 0), ("number", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        for number in range(input.count):
            yield "number", number


class ExplodeBlock(Block):
    id = "00000000-0000-4000-8000-000000000003"
    description = "Emits its value, then fails."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Input(Pins):
        value: Any = Pin()
        message: str = Pin("boom")

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={"value": 1, "message": ""}, output=[("value", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "value", input.value
        if input.message:
            raise ValueError(input.message)


class GateBlock(Block):
    id = "00000000-0000-4000-8000-000000000004"
    description = "Notes its value, waits at a gate, then passes the value on."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)

    class Input(Pins):
        value: Any = Pin()
        gate: str = Pin("")
        log: str = Pin("gate")

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={"value": 1}, output=[("value", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        note(input.log, f"start {input.value} {context.node_execution_id}")
        if input.gate:
            await GATES[f"{input.gate}{input.value}"].wait()
        yield "value", input.value
        note(input.log, f"end {input.value} {context.node_execution_id}")


class OnceBlock(GateBlock):
    id = "00000000-0000-4000-8000-000000000005"
    description = "As Gate, but it must not run twice."
    categories = frozenset({Category.BASIC})
    effect = Effect.ONCE


class PauseBlock(Block):
    id = "00000000-0000-4000-8000-000000000006"
    description = "Takes a little time and one credit, then passes a number on, one higher."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)

    class Input(Pins):
        value: int = Pin()
        seconds: float = Pin(0.05)
        log: str = Pin("pause")

    class Output(Pins):
        value: int = Pin()

    examples = (Example(input={"value": 1, "seconds": 0}, output=[("value", 2)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        note(input.log, f"start {context.node_execution_id}")
        await asyncio.sleep(input.seconds)
        note(input.log, f"end {context.node_execution_id}")
        yield "value", input.value + 1


class StreamBlock(Block):
    id = "00000000-0000-4000-8000-000000000007"
    description = "Emits 0, 1, 2 … and waits at a gate before one of them."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT

    class Input(Pins):
        count: int = Pin()
        gate: str = Pin("")
        before: int = Pin(0)
        log: str = Pin("stream")

    class Output(Pins):
        number: int = Pin()

    examples = (Example(input={"count": 2}, output=[("number", 0), ("number", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        note(input.log, "start")
        for number in range(input.count):
            if input.gate and number == input.before:
                await GATES[input.gate].wait()
            yield "number", number


class NulBlock(Block):
    id = "00000000-0000-4000-8000-000000000008"
    description = "Emits what databases do not like."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={}, output=[("value", dict)]),)

    async def run(self, input: Pins, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "value", {"text": "a\x00b", "number": 2**70}


class MeterBlock(Block):
    id = "00000000-0000-4000-8000-000000000009"
    description = "Uses items, one credit each, in so many steps; a step may ask first whether the credits are there."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT
    prices = (Price(1, type=CostType.ITEMS, hold=5),)

    class Input(Pins):
        items: int = Pin()
        steps: int = Pin(1)
        asks: bool = Pin(True)
        message: str = Pin("")
        gate: str = Pin("")
        log: str = Pin("meter")

    class Output(Pins):
        used: int = Pin()

    examples = (Example(input={"items": 3}, output=[("used", 3)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        for _ in range(input.steps):
            if input.asks:
                await context.budget.require()
            context.stats.items += input.items
            note(input.log, f"used {context.stats.items}")
        if input.gate:
            await GATES[input.gate].wait()
        if input.message:
            raise ValueError(input.message)
        yield "used", context.stats.items


class OnceMeterBlock(MeterBlock):
    id = "00000000-0000-4000-8000-000000000010"
    description = "As Meter, but it must not run twice."
    categories = frozenset({Category.BASIC})
    effect = Effect.ONCE


class SendBlock(Block):
    id = "00000000-0000-4000-8000-0000000000e2"
    description = "Notes what it sends, for one credit: its owner may want to see that first."
    categories = frozenset({Category.BASIC})
    effect = Effect.ONCE
    is_sensitive = True
    prices = (Price(1),)

    class Input(Pins):
        text: str = Pin()
        count: int = Pin(1)
        password: str = Pin("", secret=True)
        log: str = Pin("send")

    class Output(Pins):
        sent: Any = Pin()

    examples = (Example(input={"text": "Hello"}, output=[("sent", "Hello")]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        note(input.log, f"{input.text} {input.count} {input.password}")
        yield "sent", input.text
