"""A block that shows its text while it grows, as a test tells it to."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins, RunsIn
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin
from blocks.registry import registry

#: What each script has the block show: texts one after another, a fault to fail with, and None for the end.
SCRIPTS: "dict[str, asyncio.Queue[Any]]" = defaultdict(asyncio.Queue)
#: Where a block in a thread waits, when it has shown its texts.
GATE = threading.Event()


class WriterBlock(Block):
    id = "00000000-0000-4000-8000-0000000000d1"
    description = "Shows texts, then gives the last of them. It is free and local, so it runs in dry runs, too."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE

    class Input(Pins):
        script: str = Pin("")
        credentials: CredentialReference | None = CredentialsPin("vault", optional=True)

    class Output(Pins):
        text: str = Pin()

    examples = (Example(input={}, output=[("text", "")]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        shown = ""
        while input.script and (text := await SCRIPTS[input.script].get()) is not None:
            if isinstance(text, Exception):
                raise text
            context.live.show(text)
            shown = text
            await asyncio.sleep(0)
        yield "text", shown


class ThreadedWriterBlock(Block):
    id = "00000000-0000-4000-8000-0000000000d2"
    description = "Shows a text from a thread, and waits."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE
    runs_in = RunsIn.THREAD

    class Input(Pins):
        text: str = Pin("")

    class Output(Pins):
        is_on: bool = Pin()

    examples = (Example(input={}, output=[("is_on", False)]),)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        context.live.show(input.text)
        if input.text:
            GATE.wait(10)
        yield "is_on", context.live.is_on


def register_here() -> None:
    """In the test's own process."""
    for block_class in (WriterBlock, ThreadedWriterBlock):
        if registry.find(block_class.id) is None:
            registry.register(block_class)
