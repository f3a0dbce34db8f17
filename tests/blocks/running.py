"""Running one block the way the engine does: gather its inputs, then collect what it emits."""

from typing import Any

from blocks.base import Block
from blocks.context import Context
from blocks.readiness import Ready, gather
from tests.blocks.fakes import make_context

Emitted = list[tuple[str, Any]]


async def outputs(block: Block, inputs: dict[str, Any], context: Context | None = None) -> Emitted:
    """Everything that the block emits for these inputs, in order."""
    gathered = gather(block, defaults=inputs, linked=frozenset(), received={})
    assert isinstance(gathered, Ready), gathered
    return [pair async for pair in block.run(gathered.parsed, context or make_context())]
