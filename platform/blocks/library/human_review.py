"""Asking a person before a graph goes on."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, BlockType, Category, Effect, Example, Pin, Pins
from blocks.context import Context


class HumanInTheLoopBlock(Block):
    """Waits until the owner of the execution has approved a value, or rejected it.

    While it waits, the execution takes no worker. Where an execution is started without reviews, the value passes.
    """

    id = "8b2a7b3c-6e9d-4a5f-8c1b-2e3f4a5b6c7d"
    description = "Asks a person to approve a value, to change it, or to reject it."
    categories = frozenset({Category.BASIC})
    block_type = BlockType.HUMAN
    effect = Effect.IDEMPOTENT
    examples = (
        Example(
            input={"data": {"to": "ada@example.org"}, "name": "Recipient", "editable": True},
            output=[("approved_data", {"to": "ada@example.org"}), ("review_message", "Looks good.")],
        ),
        Example(
            input={"data": 7, "name": "reject", "editable": False},
            output=[("rejected_data", 7), ("review_message", "Looks bad.")],
        ),
    )

    class Input(Pins):
        data: Any = Pin(description="The value to be reviewed.")
        name: str = Pin(description="What the value is: the reviewer reads it.")
        editable: bool = Pin(default=True, description="Whether the reviewer may change the value.", advanced=True)

    class Output(Pins):
        approved_data: Any = Pin(description="The value, as the reviewer left it, when it was approved.")
        rejected_data: Any = Pin(description="The value, when it was rejected.")
        review_message: str = Pin(description="What the reviewer said, if anything.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        verdict = context.services.reviews.ask(input.data, instructions=input.name, editable=input.editable)
        if verdict is None:
            return
        yield ("approved_data" if verdict.is_approved else "rejected_data"), verdict.data
        if verdict.message:
            yield "review_message", verdict.message
