"""What a tool of an MCP server is called with."""

from typing import Any

from blocks.base import Pin, Pins
from blocks.errors import BlockError


class ToolPins(Pins):
    """Which tool, and its arguments. Values that come to inputs of other names are arguments of these names."""

    selected_tool: str = Pin(description="The tool, by the name that the server gives it.", min_length=1)
    tool_arguments: dict[str, Any] = Pin(
        default_factory=dict,
        description="What the tool is called with, by name. Links may also go to inputs with the arguments' own names.",
        advanced=False,
    )
    tool_input_schema: dict[str, Any] = Pin(
        default_factory=dict, description="The JSON schema of the arguments, as the page keeps it.", hidden=True
    )

    def arguments(self) -> dict[str, Any]:
        """Raises BlockError where one is missing that the schema requires."""
        required = self.tool_input_schema.get("required")
        names = required if isinstance(required, list) else []
        if missing := sorted(str(name) for name in names if name not in self.tool_arguments):
            raise BlockError(f"The tool {self.selected_tool} lacks the required {', '.join(missing)}.")
        return self.tool_arguments
