"""A model that calls nodes: links that close the loop, a loop of its own, what it costs, and what a crash leaves."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import User
from executor.engine.state import CALLED_BY
from executor.hosting.services import configured_models
from executor.jobs import run_execution
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from tests.blocks.chat_server import ChatServer, calling, chat_server, completion
from tests.executor.books import assert_books
from tests.executor.building import build, meter, result
from tests.executor.running import fresh, node_executions, outputs, started, statuses
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture(autouse=True)
def provider(settings: LazySettings) -> Iterator[LazySettings]:
    """A provider whose address a test sets, and a model that is cheap: one credit for a hundred thousand tokens."""
    settings.MODEL_PROVIDER, settings.MODEL_API_KEY = "custom", "key"
    settings.MODEL_UNKNOWN_PRICE = "100000:100000"
    configured_models.cache_clear()
    yield settings
    configured_models.cache_clear()


def orchestrator(**constants: Any) -> tuple[str, dict[str, Any]]:
    return "Orchestrator", {"prompt": "Do it.", "model": "clever", **constants}


def three_tools(pin: str = "tools", **constants: Any) -> GraphDocument:
    """An agent with three tools; Echo costs nothing, Meter a credit an item, Explode always fails.

    pin: the output that the links come from; older graphs name the tool and its input there.
    """
    return build(
        {
            "agent": orchestrator(**{"agent_mode_max_iterations": -1} | constants),
            "Look up!": ("Echo", {}),
            "weigh": meter(),
            "explode": ("Explode", {"message": "no luck"}),
            "said": result("said"),
        },
        [
            f"agent.{pin.format('look_up_', 'value')} -> Look up!.value",
            f"agent.{pin.format('weigh', 'items')} -> weigh.items",
            f"agent.{pin.format('explode', 'value')} -> explode.value",
            "agent.finished -> said.value",
        ],
    )


def execute(execution: GraphExecution, settings: LazySettings, *answers: Any) -> tuple[GraphExecution, ChatServer]:
    """Run it against a server that gives these answers in turn."""

    async def scenario() -> ChatServer:
        async with chat_server(*((200, answer) for answer in answers)) as server:
            settings.MODEL_BASE_URL = server.base_url
            configured_models.cache_clear()
            await run_execution(str(execution.id))
        return server

    server = asyncio.run(scenario())
    return fresh(execution), server


def told(server: ChatServer, request: int) -> list[str]:
    """What tools had said when the model was asked for this time."""
    messages = server.requests[request]["body"]["messages"]
    return [message["content"] for message in messages if message["role"] == "tool"]


def test_agent_runs_three_tools_and_tells_the_model_what_they_gave(ada: User, provider: LazySettings) -> None:
    execution, server = execute(
        started(ada, three_tools(multiple_tool_calls=True)),
        provider,
        calling(("look_up_", {"value": "gulls"}), ("weigh", {"items": 3}), ("explode", {"value": 1})),
        completion("All done."),
    )

    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"said": ["All done."]})
    assert [json.loads(text) for text in told(server, 1)] == [
        {"value": "gulls"},
        {"used": 3},
        {"value": 1, "error": "no luck"},
    ]
    assert statuses(node_executions(execution, "Look up!")) == [Status.COMPLETED]
    assert statuses(node_executions(execution, "explode")) == [Status.FAILED]
    (weighed,) = node_executions(execution, "weigh")
    (agent,) = node_executions(execution, "agent")
    assert (weighed.status, weighed.cost, weighed.stats[CALLED_BY]["caller"]) == (Status.COMPLETED, 3, str(agent.id))
    assert_books(execution)


def test_tools_are_offered_under_clean_names_with_their_linked_pins(ada: User, provider: LazySettings) -> None:
    _, server = execute(started(ada, three_tools()), provider, completion("Nothing to do."))

    functions = [tool["function"] for tool in server.requests[0]["body"]["tools"]]
    assert [function["name"] for function in functions] == ["look_up_", "weigh", "explode"]
    assert functions[1]["parameters"]["properties"]["items"]["type"] == "integer"
    assert functions[0]["parameters"]["required"] == ["value"]


def test_loop_of_five_iterations_ends_with_the_one_that_may_call_nothing(ada: User, provider: LazySettings) -> None:
    document = build(
        {"agent": orchestrator(agent_mode_max_iterations=5), "echo": ("Echo", {}), "said": result("said")},
        ["agent.tools -> echo.value", "agent.finished -> said.value"],
    )
    asked = [calling(("echo", {"value": number})) for number in range(4)]

    execution, server = execute(started(ada, document), provider, *asked, completion("Five times."))

    assert outputs(execution) == {"said": ["Five times."]}
    assert [("tools" in seen["body"]) for seen in server.requests] == [True, True, True, True, False]
    assert [run.inputs["value"] for run in node_executions(execution, "echo")] == [0, 1, 2, 3]
    (agent,) = node_executions(execution, "agent")
    assert (agent.stats["llm_call_count"], agent.stats["input_token_count"]) == (5, 60)
    assert_books(execution)


@pytest.mark.parametrize("pin", ["tools", "tools_^_{}_~_{}"])
def test_three_tools_in_a_loop_of_five_iterations(ada: User, provider: LazySettings, pin: str) -> None:
    document = three_tools(pin, multiple_tool_calls=True, agent_mode_max_iterations=5)
    asked = [all_three(number) for number in range(4)]

    execution, server = execute(started(ada, document), provider, *asked, completion("Five times."))

    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"said": ["Five times."]})
    assert [len(told(server, request)) for request in range(5)] == [0, 3, 6, 9, 12]
    assert statuses(node_executions(execution, "Look up!")) == [Status.COMPLETED] * 4
    assert [run.cost for run in node_executions(execution, "weigh")] == [2, 2, 2, 2]
    assert statuses(node_executions(execution, "explode")) == [Status.FAILED] * 4
    assert_books(execution)


@pytest.mark.parametrize("pin", ["tools", "tools_^_{}_~_{}"])
def test_cost_ceiling_stops_a_loop_with_three_tools_before_its_last_iteration(
    ada: User, provider: LazySettings, pin: str
) -> None:
    document = three_tools(pin, multiple_tool_calls=True)
    asked = [all_three(number, items=4) for number in range(5)]

    execution, server = execute(started(ada, document, max_cost=16), provider, *asked)

    assert (execution.status, execution.error_code) == (Status.FAILED, "cost_limit")
    assert 1 < len(server.requests) < 5
    assert execution.cost <= 16
    assert outputs(execution) == {}
    assert_books(execution)


def all_three(number: int, *, items: int = 2) -> Any:
    """An answer that calls each of the three tools."""
    return calling(("look_up_", {"value": number}), ("weigh", {"items": items}), ("explode", {"value": number}))


def test_cost_ceiling_stops_the_loop(ada: User, provider: LazySettings) -> None:
    document = build(
        {"agent": orchestrator(agent_mode_max_iterations=-1), "weigh": meter(), "said": result("said")},
        ["agent.tools -> weigh.items", "agent.finished -> said.value"],
    )
    asked = [calling(("weigh", {"items": 4}))] * 10

    execution, server = execute(started(ada, document, max_cost=16), provider, *asked)

    assert (execution.status, execution.error_code) == (Status.FAILED, "cost_limit")
    assert len(server.requests) < 6
    assert execution.cost <= 16
    assert outputs(execution) == {}
    assert_books(execution)


def test_single_answer_goes_along_the_links_and_the_loop_closes(ada: User, provider: LazySettings) -> None:
    document = build(
        {
            "topic": ("AgentInput", {"name": "topic", "value": "gulls"}),
            "agent": orchestrator(prompt="Look up {{ topic }}."),
            "echo": ("Echo", {}),
            "said": result("said"),
        },
        [
            "topic.result -> agent.prompt_values_#_topic",
            "agent.tools_^_echo_~_value -> echo.value",
            "echo.value -> agent.last_tool_output",
            "agent.conversations -> agent.conversation_history",
            "agent.finished -> said.value",
        ],
    )

    execution, server = execute(
        started(ada, document),
        provider,
        calling(("echo", {"value": "white"})),
        calling(("echo", {"value": "loud"})),
        completion("They are white and loud."),
    )

    assert outputs(execution) == {"said": ["They are white and loud."]}
    assert statuses(node_executions(execution, "agent")) == [Status.COMPLETED] * 3
    assert told(server, 2) == ["white", "loud"]
    assert [message["content"] for message in server.requests[2]["body"]["messages"] if message["role"] == "user"] == [
        "Look up gulls."
    ]
    assert not NodeExecution.objects.filter(execution=execution, status=Status.INCOMPLETE).exists()
    assert_books(execution)
