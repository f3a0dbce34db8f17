"""Blocks that calls from outside start."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, BlockType, Category, Effect, Example, Pin, Pins
from blocks.context import Context

Entries = dict[str, Any]


class GenericWebhookTriggerBlock(Block):
    """A webhook's address gives it what was posted there."""

    id = "8fa8c167-2002-47ce-aba8-97572fc5d387"
    description = "Starts the graph with what was posted to its webhook."
    categories = frozenset({Category.INPUT})
    block_type = BlockType.WEBHOOK
    effect = Effect.PURE

    class Input(Pins):
        payload: Entries = Pin(description="What was posted; a call from outside gives it.", hidden=True)
        constants: Entries = Pin(default_factory=dict, description="Values that go along with every payload.")

    class Output(Pins):
        payload: Entries = Pin(description="What was posted.")
        constants: Entries = Pin(description="The constants of the node.")

    examples = (
        Example(
            input={"payload": {"event": "paid"}, "constants": {"shop": 1}},
            output=[("payload", {"event": "paid"}), ("constants", {"shop": 1})],
        ),
    )

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "payload", input.payload
        yield "constants", input.constants
