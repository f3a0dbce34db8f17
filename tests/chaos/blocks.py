"""Blocks that call the world of the tests, once each time they run."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.prices import CostType, Price
from tests.chaos.failpoints import PARENT, reach
from tests.chaos.world import ADDRESS


class CallBlock(Block):
    id = "00000000-0000-4000-8000-000000000101"
    description = "Takes its time and one credit, calls the world, and passes a number on, one higher."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)

    class Input(Pins):
        value: int = Pin()
        seconds: float = Pin(0.0)
        gate: str = Pin("")

    class Output(Pins):
        value: int = Pin()

    examples = (Example(input={"value": 1}, output=[("value", 2)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        await asyncio.sleep(input.seconds / 2)
        reach(context.execution_id, "effect.before")
        await call(context.node_execution_id, input.gate)
        reach(context.execution_id, "effect.after")
        await asyncio.sleep(input.seconds / 2)
        yield "value", input.value + 1


class CallOnceBlock(CallBlock):
    id = "00000000-0000-4000-8000-000000000102"
    description = "As Call, but the call must not be repeated."
    categories = frozenset({Category.BASIC})
    effect = Effect.ONCE


class CallMeterBlock(CallBlock):
    id = "00000000-0000-4000-8000-000000000103"
    description = "As Call, but what it costs is known only afterwards: two credits, of five that are set aside."
    categories = frozenset({Category.BASIC})
    prices = (Price(1, type=CostType.ITEMS, hold=5),)

    async def run(self, input: CallBlock.Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        async for output in super().run(input, context):
            context.stats.items += 2
            yield output


class SpinBlock(Block):
    id = "00000000-0000-4000-8000-000000000104"
    description = "Takes its time in many short steps, each with an output."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT

    class Input(Pins):
        value: int = Pin()
        steps: int = Pin(10)
        seconds: float = Pin(0.01)

    class Output(Pins):
        step: int = Pin()

    examples = (Example(input={"value": 1, "steps": 2, "seconds": 0}, output=[("step", 0), ("step", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        for step in range(input.steps):
            await asyncio.sleep(input.seconds)
            yield "step", step


class JoinBlock(Block):
    id = "00000000-0000-4000-8000-000000000105"
    description = "Passes on what sixteen others have given it, as one list."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT

    class Input(Pins):
        parts: dict[str, int] = Pin()

    class Output(Pins):
        joined: list[int] = Pin()

    examples = (Example(input={"parts": {"a": 1, "b": 1}}, output=[("joined", [1, 1])]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "joined", list(input.parts.values())


async def call(key: str, gate: str) -> None:
    """Call the world, and wait for its answer. Raises BlockError when there is none."""
    host, _, port = os.environ[ADDRESS].partition(":")
    try:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"POST /{gate} HTTP/1.0\r\nIdempotency-Key: {key}\r\nCaller: {_caller()}\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
    except OSError as error:
        raise BlockError(f"The world does not answer: {error}") from error
    if not answer.startswith(b"HTTP/1.0 200"):
        raise BlockError("The world has hung up.")


def _caller() -> str:
    """This process and its worker's."""
    return f"{os.getpid()} {os.environ[PARENT]}"


ALL: tuple[type[Block], ...] = (CallBlock, CallOnceBlock, CallMeterBlock, SpinBlock, JoinBlock)
