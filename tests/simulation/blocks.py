"""Blocks of simulated graphs. They take virtual time and leave traces; what they emit depends on their inputs alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from zlib import crc32

import orjson

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.library.agent_inputs import AgentInputBlock
from blocks.library.agent_output import AgentOutputBlock
from blocks.library.graphs import AgentExecutorBlock
from blocks.prices import CostType, Price
from blocks.registry import Registry
from tests.simulation.process import PROCESS

Emitted = AsyncIterator[tuple[str, Any]]


class Numbers(Pins):
    value: int = Pin()


class Traced(Block):
    """The common part: it says when it begins, and waits as long as chance wants."""

    description = "Part of a simulated graph."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE
    Input = Numbers
    Output = Numbers
    examples = (Example(input={"value": 1}, output=[]),)

    async def run(self, input: Any, context: Context) -> Emitted:
        process = PROCESS.get()
        process.traces.begun(process, context.node_execution_id, self.effect)
        await process.traces.pause()
        async for output in self.work(input, context):
            yield output
            await process.traces.pause()

    async def work(self, input: Any, context: Context) -> Emitted:
        yield "value", input.value + 1


class StepBlock(Traced):
    id = "00000000-0000-4000-8001-000000000001"


class KeepBlock(Traced):
    """Passes its value on; loops may lead through it."""

    id = "00000000-0000-4000-8001-000000000002"
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)

    async def work(self, input: Any, context: Context) -> Emitted:
        yield "value", input.value


class CallBlock(Traced):
    """Does something outside, under its key."""

    id = "00000000-0000-4000-8001-000000000003"
    effect = Effect.IDEMPOTENT

    async def work(self, input: Any, context: Context) -> Emitted:
        _act(context)
        yield "value", input.value * 3 % 101


class PaidBlock(CallBlock):
    """Two prices, and none for some inputs."""

    id = "00000000-0000-4000-8001-000000000004"
    prices = (Price(3, filter={"value": 7}), Price(2, filter={"kind": "dear"}), Price(1, filter={"kind": "cheap"}))

    class Input(Numbers):
        kind: str = Pin("cheap")


class PaidStepBlock(Traced):
    """PURE, but not free: it waits for its commit all the same."""

    id = "00000000-0000-4000-8001-000000000005"
    prices = (Price(1),)


class MeteredBlock(Traced):
    """Uses items, one credit each, three at a time; six are set aside at first."""

    id = "00000000-0000-4000-8001-000000000006"
    effect = Effect.IDEMPOTENT
    prices = (Price(1, type=CostType.ITEMS, hold=6),)

    async def work(self, input: Any, context: Context) -> Emitted:
        for _ in range(input.value % 4):
            await context.budget.require()
            context.stats.items += 3
            _act(context)
            await asyncio.sleep(0)
            yield "value", context.stats.items


class OnceBlock(Traced):
    id = "00000000-0000-4000-8001-000000000007"
    effect = Effect.ONCE

    async def work(self, input: Any, context: Context) -> Emitted:
        _act(context)
        yield "value", input.value + 5


class PaidOnceBlock(OnceBlock):
    id = "00000000-0000-4000-8001-000000000008"
    prices = (Price(2),)


class FailBlock(Traced):
    """Emits its value, and fails after that for every third one."""

    id = "00000000-0000-4000-8001-000000000009"

    async def work(self, input: Any, context: Context) -> Emitted:
        yield "value", input.value
        if input.value % 3 == 0:
            raise ValueError(f"{input.value} is too round.")


class PaidFailBlock(FailBlock):
    id = "00000000-0000-4000-8001-000000000010"
    effect = Effect.IDEMPOTENT
    prices = (Price(1, type=CostType.ITEMS, hold=2),)

    async def work(self, input: Any, context: Context) -> Emitted:
        context.stats.items += 1
        async for output in super().work(input, context):
            yield output


class ManyBlock(Traced):
    """Emits several values for one."""

    id = "00000000-0000-4000-8001-000000000011"

    class Input(Numbers):
        times: int = Pin(2)

    async def work(self, input: Any, context: Context) -> Emitted:
        for number in range(input.times):
            yield "value", input.value + number


class SplitBlock(Traced):
    """Two outputs; every value goes to one or both of them, whole and in parts."""

    id = "00000000-0000-4000-8001-000000000012"

    class Output(Pins):
        parts: dict[str, int] = Pin()
        even: int = Pin()

    async def work(self, input: Any, context: Context) -> Emitted:
        yield "parts", {"ten": input.value // 10, "one": input.value % 10}
        if input.value % 2 == 0:
            yield "even", input.value


class JoinBlock(Traced):
    """Waits for all its pins, which are parts of one dictionary."""

    id = "00000000-0000-4000-8001-000000000013"

    class Input(Pins):
        values: dict[str, Any] = Pin(default_factory=dict)

    async def work(self, input: Any, context: Context) -> Emitted:
        yield "value", crc32(orjson.dumps(input.values, option=orjson.OPT_SORT_KEYS)) % 97


class CountdownBlock(Traced):
    """Goes round until its value is a multiple of four."""

    id = "00000000-0000-4000-8001-000000000014"

    class Output(Pins):
        again: int = Pin()
        done: int = Pin()

    async def work(self, input: Any, context: Context) -> Emitted:
        if input.value % 4:
            yield "again", input.value - 1
        else:
            yield "done", input.value


def _act(context: Context) -> None:
    """Do something that the world sees."""
    process = PROCESS.get()
    process.traces.acted(process, context.node_execution_id)


def simulated_blocks() -> Registry:
    """These, and what every graph needs."""
    registry = Registry()
    for block in (*_concrete(Traced), AgentInputBlock, AgentOutputBlock, AgentExecutorBlock):
        registry.register(block)
    return registry


def _concrete(block: type[Block]) -> list[type[Block]]:
    found = [block] if "id" in vars(block) else []
    return found + [deeper for sub in block.__subclasses__() for deeper in _concrete(sub)]
