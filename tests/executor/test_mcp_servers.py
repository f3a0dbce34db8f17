"""MCP servers of the operator's in graphs: only where there are any, only by their names, with arguments from links."""

import sys
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import User
from blocks.registry import registry
from executor.statuses import Status
from graphs.errors import GraphInvalid
from graphs.pin_names import PinNames
from tests.blocks.chat_server import calling, completion
from tests.executor.books import assert_books
from tests.executor.building import build, given, result
from tests.executor.running import node_executions, outputs, ran
from tests.executor.thinking import Body, answers_of_tools, thinking
from tests.factories import make_user
from tests.world import mcp_server

pytestmark = pytest.mark.django_db(transaction=True)

SCHEMA = {
    "type": "object",
    "properties": {"query": {"type": "string", "description": "What to look for."}, "most": {"type": "integer"}},
    "required": ["query"],
}


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def servers(settings: LazySettings) -> None:
    settings.MCP_SERVERS = [f"tiny={sys.executable} {mcp_server.__file__}"]


def tool(**constants: Any) -> tuple[str, dict[str, Any]]:
    return "MCPServerTool", {"server": "tiny", "selected_tool": "echo", **constants}


def test_tool_is_called_with_its_constants_and_with_what_links_bring(ada: User, servers: None) -> None:
    constants = {"tool_arguments": {"most": 3, "query": "constant"}, "tool_input_schema": SCHEMA}
    document = build(
        {"q": given("q", "gulls"), "tool": tool(**constants), "found": result("found")},
        ["q.result -> tool.query", "tool.result -> found.value"],
    )

    execution = ran(ada, document)

    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"found": [{"most": 3, "query": "gulls"}]})
    (node,) = node_executions(execution, "tool")
    assert node.cost == 1
    assert_books(execution)


def test_half_of_a_surrogate_pair_is_answered_at_once_and_stored_as_what_stands_for_it(
    ada: User, servers: None
) -> None:
    document = build({"tool": tool(selected_tool="half"), "found": result("found")}, ["tool.result -> found.value"])

    execution = ran(ada, document)

    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"found": [{"text": "\ufffd"}]})
    assert_books(execution)


def test_where_the_operator_has_set_none_up_the_block_does_not_run(ada: User) -> None:
    execution = ran(ada, build({"tool": tool()}))

    (node,) = node_executions(execution, "tool")
    assert (node.status, node.cost) == (Status.FAILED, 0)
    assert "MCP_SERVERS" in node.error


def test_command_is_no_name_of_a_server(ada: User, servers: None) -> None:
    execution = ran(ada, build({"tool": tool(server="/bin/sh -c id")}))

    (node,) = node_executions(execution, "tool")
    assert (node.status, node.error) == (Status.FAILED, "There is no MCP server called /bin/sh -c id; there is: tiny.")


def test_dry_run_starts_no_server(ada: User, settings: LazySettings, tmp_path: Any) -> None:
    settings.MCP_SERVERS = [f"tiny=/usr/bin/touch {tmp_path / 'started'}"]
    execution = ran(ada, build({"tool": tool()}), is_dry_run=True)

    assert execution.status == Status.COMPLETED
    assert not (tmp_path / "started").exists()


def test_link_to_an_argument_that_the_schema_does_not_have_is_refused(ada: User, servers: None) -> None:
    nodes = {"q": given("q", "gulls"), "tool": tool(tool_input_schema=SCHEMA)}
    with pytest.raises(GraphInvalid, match=r"no input where; there is:.* most.* query"):
        ran(ada, build(nodes, ["q.result -> tool.where"]))


def test_without_a_schema_an_argument_may_have_any_name(ada: User) -> None:
    document = build({"tool": tool()})
    assert PinNames(registry, {}).inputs(document.nodes[0]) is None


@pytest.mark.parametrize("more", [{}, {"$defs": [1]}], ids=["a good schema", "a faulty one"])
@pytest.mark.parametrize("name", ["MCPServerTool", "MCPTool"])
def test_model_is_told_what_the_arguments_are(
    ada: User, settings: LazySettings, servers: None, name: str, more: dict[str, Any]
) -> None:
    where = {"server": "tiny"} if name == "MCPServerTool" else {"server_url": "http://127.0.0.1:9/mcp"}
    constants = {**where, "selected_tool": "echo", "tool_input_schema": SCHEMA | more}
    document = build(
        {
            "agent": ("Orchestrator", {"prompt": "Go.", "model": "clever", "agent_mode_max_iterations": 3}),
            "tool": (name, constants),
            "said": result("said"),
        },
        ["agent.tools -> tool.query", "agent.finished -> said.value"],
    )

    def look_up(body: Body) -> Body:
        heard = answers_of_tools(body)
        return completion(heard[0]) if heard else calling(("tool", {"query": "gulls"}))

    with thinking(settings, look_up) as asked:
        execution = ran(ada, document)

    (function,) = (offered["function"] for offered in asked[0]["tools"])
    assert function["parameters"]["properties"] == {"query": {"type": "string", "description": "What to look for."}}
    assert function["parameters"]["required"] == ["query"]
    if name == "MCPServerTool":
        assert outputs(execution) == {"said": ['{"result": {"query": "gulls"}}']}
