"""Blocks that reach out, that fail while a switch is off, and that want credentials; importing this registers them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.prices import Price
from blocks.registry import registry
from tests.executor.blocks import note

#: Switches that are on, by name.
SWITCHES: set[str] = set()


class SwitchBlock(Block):
    id = "00000000-0000-4000-8000-0000000000f1"
    description = "Passes its value on, for one credit; it fails while its switch is off."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)

    class Input(Pins):
        value: Any = Pin()
        switch: str = Pin("")
        only: Any = Pin(None, description="The value that needs the switch; any unless given.")
        log: str = Pin("switch")

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={"value": 1}, output=[("value", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        note(input.log, input.value)
        needs_it = input.switch and (input.only is None or input.only == input.value)
        if needs_it and input.switch not in SWITCHES:
            raise BlockError("The switch is off.")
        yield "value", input.value


class ConnectBlock(Block):
    id = "00000000-0000-4000-8000-0000000000f2"
    description = "Connects to a port of this machine, remembers that, and asks a model."
    categories = frozenset({Category.BASIC})
    effect = Effect.ONCE
    prices = (Price(2),)

    class Input(Pins):
        port: int = Pin()
        text: str = Pin("Hello")

    class Output(Pins):
        answer: str = Pin()
        count: int = Pin()
        error: str = Pin()

    examples = (Example(input={"port": 0}, output=[("answer", str)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        await context.services.memory.put("called", input.port)
        if input.port:
            _, writer = await asyncio.open_connection("127.0.0.1", input.port)
            writer.close()
        yield "answer", "called"


class SlyBlock(Block):
    id = "00000000-0000-4000-8000-0000000000f3"
    description = "Says that it is PURE, and remembers something all the same."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Input(Pins):
        value: Any = Pin()

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={"value": 1}, output=[("value", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        await context.services.memory.put("sly", input.value)
        yield "value", input.value


class SecretiveBlock(Block):
    id = "00000000-0000-4000-8000-0000000000f4"
    description = "Wants credentials."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Input(Pins):
        credentials: dict[str, Any] = Pin()
        value: Any = Pin(1)

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={"credentials": {"id": "x"}}, output=[("value", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "value", input.value


for _block in (SwitchBlock, ConnectBlock, SlyBlock, SecretiveBlock):
    registry.register(_block)
