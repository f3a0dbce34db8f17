"""Calling tools of servers that speak the Model Context Protocol."""

from collections.abc import AsyncIterator
from typing import Any

from pydantic import field_validator

from blocks.base import Block, BlockType, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import Credential, CredentialReference, CredentialsPin, CredentialType
from blocks.errors import BlockError
from blocks.llm.own_keys import own_key
from blocks.mcp.http import HttpTransport
from blocks.mcp.pins import ToolPins
from blocks.mcp.session import McpSession
from blocks.prices import Price
from blocks.web import HeaderValue

#: Seconds for one answer.
CALL_SECONDS = 120

_URL = "https://mcp.example.org/mcp"
_STREAM = """data: {"jsonrpc": "2.0", "id": 1, "result": {"protocolVersion": "2025-06-18"}}

data: {"jsonrpc": "2.0", "id": 2, "result": {"content": [{"type": "text", "text": "3"}]}}

"""


class MCPToolBlock(Block):
    """Calls one tool of an MCP server over HTTP."""

    id = "a0a4b1c2-d3e4-4f56-a7b8-c9d0e1f2a3b4"
    description = "Calls a tool of a server that speaks the Model Context Protocol, and gives what it gives."
    categories = frozenset({Category.DEVELOPER_TOOLS})
    block_type = BlockType.MCP_TOOL
    #: Whoever knows what the tool does can say otherwise; nobody else can.
    effect = Effect.ONCE
    open_input, open_schema = "tool_arguments", "tool_input_schema"
    prices = (Price(1),)
    examples = (
        Example(
            input={"server_url": _URL, "selected_tool": "add", "tool_arguments": {"a": 1, "b": 2}},
            output=[("result", 3)],
            web={f"POST {_URL}": (200, _STREAM, {"content-type": "text/event-stream"})},
        ),
    )

    class Input(ToolPins):
        server_url: str = Pin(description="Where the server is, over HTTP.", min_length=1)
        credentials: CredentialReference | None = CredentialsPin(
            "mcp",
            types=(CredentialType.API_KEY, CredentialType.OAUTH2, CredentialType.HOST_SCOPED),
            optional=True,
            description="What lets in, if the server asks for it.",
        )

        @field_validator("credentials", mode="before")
        @classmethod
        def _nothing_is_none(cls, value: Any) -> Any:
            return value or None

    class Output(Pins):
        result: Any = Pin(description="What the tool gives: its structured content, else what its texts mean.")
        error: str = Pin(description="Why there is no result.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        credential, arguments = own_key(input.credentials, context), input.arguments()
        transport = HttpTransport(
            context.services.web,
            input.server_url,
            _headers(credential),
            hosts=_hosts(credential),
            timeout_seconds=CALL_SECONDS,
        )
        session = McpSession(transport)
        await session.begin()
        yield "result", await session.call(input.selected_tool, arguments)


def _headers(credential: Credential | None) -> dict[str, HeaderValue]:
    if credential is None:
        return {}
    return dict(credential.headers) if credential.type is CredentialType.HOST_SCOPED else dict(credential.bearer())


def _hosts(credential: Credential | None) -> frozenset[str] | None:
    """Where it may go. There is no host of the provider's own, so credentials must name theirs."""
    if credential is None:
        return None
    if not credential.hosts:
        raise BlockError("The credentials name no host that they may be sent to.")
    return credential.hosts
