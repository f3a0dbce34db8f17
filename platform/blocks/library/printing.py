"""A block that graphs from before still name."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context


class PrintToConsoleBlock(Block):
    """Is disabled: graphs that have it can be looked at and exported, but neither saved nor run."""

    id = "f3b1c1b2-4c4f-4f0d-8d2f-4c4f0d8d2f4c"
    description = "Passes a text on and says that it was printed. No longer in use."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE
    is_sensitive = True
    disabled = True
    examples = (Example(input={"text": "Hi"}, output=[("output", "Hi"), ("status", "printed")]),)

    class Input(Pins):
        text: Any = Pin(description="The text.")

    class Output(Pins):
        output: Any = Pin(description="The text.")
        status: str = Pin(description="Always “printed”.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "output", input.text
        yield "status", "printed"
