"""Running a block against the fake world, through the real door."""

from typing import Any

from blocks.base import Block
from blocks.credentials import Credential
from tests.blocks.fakes import make_context
from tests.blocks.running import Emitted, credentials_for, outputs, references
from tests.world.server import World


async def ask(
    block: Block, inputs: dict[str, Any], world: World, *, credentials: dict[str, Credential] | None = None
) -> Emitted:
    """Everything it emits. credentials: unless given, of the first kind that it takes."""
    context = make_context(web=world.web(), credentials=credentials or credentials_for(block, inputs))
    return await outputs(block, references(block) | inputs, context)
