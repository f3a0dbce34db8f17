"""Tools of MCP servers, over the way that the specification calls Streamable HTTP."""

import json
from typing import Any

import pytest

from blocks.credentials import CredentialType
from blocks.errors import BlockError
from blocks.library.mcp_tools import MCPToolBlock
from blocks.readiness import Ready, gather
from blocks.web import Answer
from tests.blocks.fakes import make_context
from tests.blocks.running import CANARY, make_credential, outputs

URL = "https://mcp.example.org/mcp"
INPUTS = {"server_url": URL, "selected_tool": "add", "tool_arguments": {"a": 1}}
REFERENCE = {"credentials": {"id": "credential-1"}}


class Server:
    """Implements blocks.web.Web: gives `result` to the call of a tool, as JSON or as a stream of events."""

    def __init__(self, result: Any, *, streams: bool = False, status: int = 200) -> None:
        self.result = result
        self.streams = streams
        self.status = status
        self.asked: list[dict[str, Any]] = []

    async def request(self, method: str, url: str, **options: Any) -> Answer:
        self.asked.append(options | {"method": method, "url": url, "headers": dict(options["headers"])})
        asked = options["json"]
        if "id" not in asked:
            return Answer(202, {}, b"", url)
        result = {"protocolVersion": "2025-03-26"} if asked["method"] == "initialize" else self.result
        said = json.dumps(
            {"jsonrpc": "2.0", "id": asked["id"], **(result if "error" in result else {"result": result})}
        )
        status = self.status if asked["method"] == "tools/call" else 200
        if self.streams:
            body = f'event: message\r\ndata: {{"method": "notifications/progress"}}\r\n\r\ndata: {said}\r\n\r\n'
            return Answer(status, {"content-type": "text/event-stream"}, body.encode(), url)
        return Answer(status, {"content-type": "application/json", "mcp-session-id": "s1"}, said.encode(), url)

    async def connect(self, host: str, port: int, **options: Any) -> Any:
        raise AssertionError("MCP is spoken over HTTP")


def text(*parts: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": part} for part in parts]}


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(
    ("result", "gives"),
    [
        (text("3"), 3),
        (text("three"), "three"),
        (text('{"a": 1}'), {"a": 1}),
        (text("a", "2"), ["a", 2]),
        (text("3") | {"structuredContent": {"sum": 3}}, {"sum": 3}),
        ({"content": []}, None),
        ({"content": 7}, None),
        ({"content": [{"type": "image", "data": "x"}]}, {"type": "image", "data": "x"}),
        ({"content": [{"type": "resource", "resource": {"uri": "x"}}]}, {"uri": "x"}),
    ],
)
async def test_tool_is_called_and_gives_its_result(result: Any, gives: Any, streams: bool) -> None:
    server = Server(result, streams=streams)

    assert await outputs(MCPToolBlock(), INPUTS, make_context(web=server)) == [("result", gives)]
    assert [asked["json"]["method"] for asked in server.asked] == [
        "initialize",
        "notifications/initialized",
        "tools/call",
    ]
    assert server.asked[2]["json"]["params"] == {"name": "add", "arguments": {"a": 1}}
    assert server.asked[2]["headers"]["MCP-Protocol-Version"] == "2025-03-26"


async def test_session_is_kept() -> None:
    server = Server(text("3"))
    await outputs(MCPToolBlock(), INPUTS, make_context(web=server))

    assert ["Mcp-Session-Id" in asked["headers"] for asked in server.asked] == [False, True, True]


@pytest.mark.parametrize(
    ("server", "says"),
    [
        (Server(text("no such number") | {"isError": True}), "The tool add failed: no such number"),
        (Server({"error": {"code": -32602, "message": "Unknown tool"}}), "refused tools/call: Unknown tool"),
        (Server(text("x"), status=401), "answered with status 401"),
        (Server(text("x"), status=500), "answered with status 500"),
    ],
)
async def test_trouble_is_told(server: Server, says: str) -> None:
    with pytest.raises(BlockError, match=says):
        await outputs(MCPToolBlock(), INPUTS, make_context(web=server))


async def test_credentials_go_only_to_their_hosts() -> None:
    server = Server(text("3"))
    hosts = frozenset({"mcp.example.org"})
    context = make_context(web=server, credentials={"credentials": make_credential("mcp", hosts=hosts)})
    await outputs(MCPToolBlock(), INPUTS | REFERENCE, context)

    assert all(asked["hosts"] == hosts for asked in server.asked)
    assert server.asked[0]["headers"]["Authorization"].reveal() == f"Bearer {CANARY}"


async def test_credentials_without_hosts_stay_here() -> None:
    server = Server(text("3"))
    credential = make_credential("mcp", CredentialType.API_KEY)
    with pytest.raises(BlockError, match="name no host"):
        await outputs(
            MCPToolBlock(), INPUTS | REFERENCE, make_context(web=server, credentials={"credentials": credential})
        )
    assert server.asked == []


async def test_credentials_that_are_not_there_are_not_done_without() -> None:
    server = Server(text("3"))
    with pytest.raises(BlockError, match="not there, or are not yours"):
        await outputs(MCPToolBlock(), INPUTS | REFERENCE, make_context(web=server))
    assert server.asked == []


def ready(received: dict[str, Any], **constants: Any) -> Any:
    defaults = {"server_url": URL, "selected_tool": "add", **constants}
    answer = gather(MCPToolBlock(), defaults=defaults, linked=frozenset(received), received=received)
    assert isinstance(answer, Ready), answer
    return answer.parsed


@pytest.mark.parametrize(
    ("received", "arguments"),
    [
        ({}, {"a": 1, "b": {"c": 2}}),
        ({"a": 5}, {"a": 5, "b": {"c": 2}}),
        ({"a": None}, {"a": None, "b": {"c": 2}}),
        ({"other": [1]}, {"a": 1, "b": {"c": 2}, "other": [1]}),
        ({"tool_arguments": {"z": 1}, "a": 2}, {"z": 1, "a": 2}),
        ({"tool_arguments_#_a": 7}, {"a": 7, "b": {"c": 2}}),
        ({"d_#_e": 1, "d_#_f": 2}, {"a": 1, "b": {"c": 2}, "d": {"e": 1, "f": 2}}),
    ],
)
def test_inputs_that_are_not_declared_are_arguments(received: dict[str, Any], arguments: dict[str, Any]) -> None:
    assert ready(received, tool_arguments={"a": 1, "b": {"c": 2}}).tool_arguments == arguments


async def test_argument_that_the_schema_requires_is_missed_before_the_server_is_asked() -> None:
    server = Server(text("3"))
    inputs = INPUTS | {"tool_input_schema": {"required": ["a", "c", "b"]}}
    with pytest.raises(BlockError, match="add lacks the required b, c"):
        await outputs(MCPToolBlock(), inputs, make_context(web=server))
    assert server.asked == []
