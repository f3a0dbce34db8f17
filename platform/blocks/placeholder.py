"""What stands in a graph for a block that this installation does not have."""

from collections.abc import AsyncIterator
from typing import Any

from pydantic import ConfigDict

from blocks.base import Block, Effect, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.known import NAMES

UNKNOWN = "UnknownBlock"


class AnyPins(Pins):
    """Takes whatever the node names."""

    model_config = ConfigDict(extra="allow")


class PlaceholderBlock(Block):
    """Can be shown, but neither saved nor run."""

    description = "This block is not installed. The graph can be looked at, but it cannot be saved or run with it."
    effect = Effect.PURE
    disabled = True
    Input = AnyPins
    Output = AnyPins

    async def run(self, input: AnyPins, context: Context) -> AsyncIterator[tuple[str, Any]]:
        raise BlockError(f"The block {self.name} ({self.id}) is not installed.", block_id=self.id)
        yield "", None  # makes this a generator, like every run


def placeholder(block_id: str, name: str | None = None) -> Block:
    """Make an inert block with this id. Unless given, its name is looked up among the known ones."""
    attributes = {"id": block_id, "name": name or NAMES.get(block_id, UNKNOWN)}
    return type("PlaceholderBlock", (PlaceholderBlock,), attributes)()
