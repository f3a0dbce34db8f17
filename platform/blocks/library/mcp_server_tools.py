"""Calling tools of the MCP servers that the operator has set up on this machine."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, BlockType, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.mcp.pins import ToolPins
from blocks.prices import Price


class MCPServerToolBlock(Block):
    """Calls one tool of an MCP server that is started for the call."""

    id = "6a3a0e0c-6a54-4f0c-9d53-6c1b6f0a9f27"
    description = "Calls a tool of an MCP server that this installation offers, and gives what it gives."
    categories = frozenset({Category.DEVELOPER_TOOLS})
    block_type = BlockType.MCP_TOOL
    #: Whoever knows what the tool does can say otherwise; nobody else can.
    effect = Effect.ONCE
    switch = "MCP_SERVERS"
    open_input, open_schema = "tool_arguments", "tool_input_schema"
    prices = (Price(1),)
    examples = (
        Example(
            input={"server": "files", "selected_tool": "read", "tool_arguments": {"path": "a.txt"}},
            output=[("result", {"server": "files", "tool": "read", "arguments": {"path": "a.txt"}})],
        ),
    )

    class Input(ToolPins):
        server: str = Pin(description="The server, by the name that the operator has given it.", min_length=1)

    class Output(Pins):
        result: Any = Pin(description="What the tool gives: its structured content, else what its texts mean.")
        error: str = Pin(description="Why there is no result.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "result", await context.services.mcp.call(input.server, input.selected_tool, input.arguments())
