"""Dry runs: blocks that neither cost anything nor reach out run as they are, all others are simulated."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from blocks.base import Block, BlockType, Effect
from blocks.context import MISSING, Context
from blocks.errors import BlockError
from blocks.llm.chat import ChatReply, ChatRequest
from blocks.llm.images import NoImages
from blocks.mcp.servers import NoMcpServers
from blocks.readiness import Ready, parse
from blocks.web import ClosedWeb
from executor.engine.state import NodeRun

if TYPE_CHECKING:
    from executor.engine.execution import Execution

CLOSED = "In a dry run nothing is asked of anybody outside."
#: They are about the graph itself: its inputs and outputs, graphs inside it (dry, too), and people, who are not asked.
_OF_THE_GRAPH = frozenset((BlockType.INPUT, BlockType.OUTPUT, BlockType.AGENT, BlockType.HUMAN))


def is_simulated(execution: "Execution", run: NodeRun) -> bool:
    """Whether outputs are made up for it: its block does not run in a dry run, or lacks something that it requires."""
    if not execution.root.is_dry_run:
        return False
    return not (_is_local(execution, run.node.block) and isinstance(parse(run.node.block, run.inputs), Ready))


def closed(context: Context) -> Context:
    """The same without doors to models, servers, the web and what is remembered, whatever a block says of itself."""
    models: dict[str, Any] = {"models": NoModels(), "images": NoImages(), "mcp": NoMcpServers()}
    services = replace(context.services, **models, memory=NoMemory(), web=ClosedWeb())
    return replace(context, services=services)


def _is_local(execution: "Execution", block: Block) -> bool:
    is_free = block.effect is Effect.PURE and execution.surroundings.prices.is_free(block)
    return is_free or block.block_type in _OF_THE_GRAPH


class NoModels:
    """Implements blocks.llm.chat.ChatModels where nobody may be asked."""

    async def complete(self, request: ChatRequest) -> ChatReply:
        raise BlockError(CLOSED)


class NoMemory:
    """Implements blocks.context.Memory where nothing is kept."""

    async def get(self, key: str) -> Any:
        return MISSING

    async def put(self, key: str, value: Any) -> None:
        return None
