"""Running another graph as a block."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, BlockType, Category, Effect, Pin, Pins
from blocks.context import Context

Entries = dict[str, Any]


class AgentExecutorBlock(Block):
    """Runs a graph of the same owner; its inputs and outputs are the pins of the node.

    Whose graphs may run is decided by the execution's own user; the `user_id` that exports carry has no effect.
    """

    id = "e189baac-8c20-45a1-94a7-55177ea42565"
    description = "Runs another graph inside this one and gives its outputs as they are made."
    categories = frozenset({Category.AGENT})
    block_type = BlockType.AGENT
    effect = Effect.IDEMPOTENT
    timeout_seconds = None

    class Input(Pins):
        user_id: str = Pin(default="", description="The owner's id, as exported.", hidden=True)
        graph_id: str = Pin(description="The graph to run.")
        graph_version: int | None = Pin(default=None, description="Its version; the active one unless given.")
        agent_name: str | None = Pin(default=None, description="What the page calls the graph.")
        inputs: Entries = Pin(default_factory=dict, description="The graph's inputs, by name.")
        input_schema: Entries = Pin(default_factory=dict, description="The JSON schema of its inputs.", hidden=True)
        output_schema: Entries = Pin(default_factory=dict, description="The JSON schema of its outputs.", hidden=True)
        nodes_input_masks: Entries | None = Pin(default=None, description="Values for its nodes, by id.", hidden=True)

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        graphs, masks = context.services.graphs, input.nodes_input_masks or {}
        async for name, value in graphs.run(input.graph_id, input.graph_version, input.inputs, masks=masks):
            yield name, value
