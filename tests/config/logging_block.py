"""Blocks that log what they do, in the loop and in threads; importing this registers them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins, RunsIn
from blocks.context import Context
from blocks.registry import registry

logger = logging.getLogger(__name__)


class LoggingBlock(Block):
    id = "00000000-0000-4000-8000-0000000000f5"
    description = "Logs from its own coroutine and from a thread, then breaks if it is told to."
    categories = frozenset({Category.BASIC})
    effect = Effect.IDEMPOTENT

    class Input(Pins):
        value: Any = Pin()
        breaks: bool = Pin(False)

    class Output(Pins):
        value: Any = Pin()

    examples = (Example(input={"value": 1}, output=[("value", 1)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        logger.info("A block begins", extra={"action": "begins"})
        await asyncio.to_thread(logger.info, "A thread works", extra={"action": "works"})
        if input.breaks:
            raise RuntimeError("It broke")
        yield "value", input.value


class LoggingThreadBlock(LoggingBlock):
    id = "00000000-0000-4000-8000-0000000000e8"
    description = "The same in a thread of its own."
    categories = frozenset({Category.BASIC})
    runs_in = RunsIn.THREAD


registry.register(LoggingBlock)
registry.register(LoggingThreadBlock)
