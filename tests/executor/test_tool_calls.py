"""Nodes that a model calls, when something goes wrong: crashes, stops, time limits, reviews, and no room."""

import asyncio
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import User
from executor.engine.node_life import ORPHANED
from executor.engine.reviews import TOOLS_DO_NOT_WAIT
from executor.engine.state import CALLED_BY
from executor.jobs import run_execution
from executor.models import GraphExecution
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from graphs.document import GraphDocument
from tests.blocks.chat_server import calling, completion
from tests.executor.awaiting import until
from tests.executor.blocks import GATES, LOG
from tests.executor.books import assert_books
from tests.executor.building import build, given, result, with_policy
from tests.executor.crashing import run_and_die
from tests.executor.running import fresh, node_executions, outputs, ran, run, started, statuses, store
from tests.executor.thinking import Body, answers_of_tools, thinking
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


def agent(tool: tuple[str, dict[str, Any]], pin: str = "value", **constants: Any) -> GraphDocument:
    """An agent with one tool."""
    mine = {"prompt": "Do it.", "model": "clever", "agent_mode_max_iterations": -1, "multiple_tool_calls": True}
    return build(
        {"agent": ("Orchestrator", mine | constants), "tool": tool, "said": result("said")},
        [f"agent.tools -> tool.{pin}", "agent.finished -> said.value"],
    )


def three_times(body: Body) -> Body:
    """Calls the tool with 0, then with 1, then with 2, and says what it has heard."""
    heard = answers_of_tools(body)
    return calling(("tool", {"value": len(heard)})) if len(heard) < 3 else completion(" ".join(heard))


def both_at_once(body: Body) -> Body:
    heard = answers_of_tools(body)
    return completion(" ".join(heard)) if heard else calling(("tool", {"value": 0}), ("tool", {"value": 1}))


# --- crashes


@pytest.mark.parametrize("commits", range(1, 9))
def test_after_a_crash_no_tool_runs_twice_and_the_model_is_not_asked_again(
    ada: User, settings: LazySettings, commits: int
) -> None:
    log = f"crash{commits}"
    LOG[log].clear()
    with thinking(settings, three_times) as asked:
        execution = started(ada, agent(("Gate", {"log": log})))
        run_and_die(execution, commits=commits)
        is_over = statuses(node_executions(execution, "agent")) == [Status.COMPLETED]
        known = 4 if is_over else len(node_executions(execution, "tool"))
        before = len(asked)
        execution = run(fresh(execution))

    assert (execution.status, outputs(execution)) == (
        Status.COMPLETED,
        {"said": ['{"value": 0} {"value": 1} {"value": 2}']},
    )
    tools = node_executions(execution, "tool")
    assert statuses(tools) == [Status.COMPLETED] * 3
    assert [tool.inputs["value"] for tool in tools] == [0, 1, 2]
    assert len(asked) - before == 4 - known
    (caller,) = node_executions(execution, "agent")
    assert caller.stats["llm_call_count"] == 4
    assert_books(execution)


def test_tool_that_must_not_run_twice_is_told_to_be_interrupted(ada: User, settings: LazySettings) -> None:
    def once(body: Body) -> Body:
        heard = answers_of_tools(body)
        return completion(" ".join(heard)) if heard else calling(("tool", {"value": 7}))

    LOG["once-tool"].clear()
    with thinking(settings, once):
        execution = started(ada, agent(("Once", {"log": "once-tool", "gate": "never"})))
        for commits in range(1, 8):
            assert run_and_die(execution, commits=commits)
            if LOG["once-tool"]:
                break
        execution = run(fresh(execution))

    assert execution.status == Status.COMPLETED
    assert "interrupted" in outputs(execution)["said"][0]
    assert len(LOG["once-tool"]) == 1
    assert_books(execution)


# --- ends


def test_tools_of_one_answer_run_at_the_same_time(ada: User, settings: LazySettings) -> None:
    LOG["together"].clear()
    with thinking(settings, both_at_once):
        execution = started(ada, agent(("Gate", {"log": "together", "gate": "together"})))

        async def scenario() -> None:
            for number in range(2):
                GATES[f"together{number}"] = asyncio.Event()
            task = asyncio.create_task(run_execution(str(execution.id)))
            await until(lambda: len(LOG["together"]) == 2, task)
            for number in range(2):
                GATES[f"together{number}"].set()
            await asyncio.wait_for(task, 20)

        asyncio.run(scenario())

    assert outputs(execution) == {"said": ['{"value": 0} {"value": 1}']}


def test_stop_ends_the_tool_and_who_has_called_it(ada: User, settings: LazySettings) -> None:
    LOG["stopped-tool"].clear()
    with thinking(settings, three_times):
        execution = started(ada, agent(("Gate", {"log": "stopped-tool", "gate": "shut"})))

        async def scenario() -> None:
            task = asyncio.create_task(run_execution(str(execution.id)))
            await until(lambda: LOG["stopped-tool"], task)
            await asyncio.to_thread(request_cancel, execution)
            await asyncio.wait_for(task, 20)

        asyncio.run(scenario())

    ended = fresh(execution)
    assert ended.status == Status.TERMINATED
    assert statuses(node_executions(ended, "agent") + node_executions(ended, "tool")) == [Status.TERMINATED] * 2
    assert_books(ended)


def test_tool_ends_with_a_caller_that_took_too_long(ada: User, settings: LazySettings) -> None:
    document = with_policy(agent(("Gate", {"log": "late", "gate": "late-shut"})), "agent", timeout_seconds=1)
    with thinking(settings, three_times):
        execution = ran(ada, document)

    (caller,), (tool,) = node_executions(execution, "agent"), node_executions(execution, "tool")
    assert (caller.status, tool.status, tool.error) == (Status.FAILED, Status.TERMINATED, ORPHANED)
    assert_books(execution)


# --- reviews, graphs, room, dry runs


def test_tool_that_must_be_approved_is_not_run(ada: User, settings: LazySettings) -> None:
    def send(body: Body) -> Body:
        heard = answers_of_tools(body)
        return completion(heard[0]) if heard else calling(("tool", {"text": "Hello"}))

    LOG["send"].clear()
    with thinking(settings, send):
        execution = started(ada, agent(("Send", {"log": "send"}), "text"))
        GraphExecution.objects.filter(id=execution.id).update(sensitive_review=True)
        execution = run(execution)

    assert execution.status == Status.COMPLETED
    assert statuses(node_executions(execution, "tool")) == [Status.FAILED]
    assert TOOLS_DO_NOT_WAIT in outputs(execution)["said"][0]
    assert not LOG["send"]
    assert_books(execution)


def test_graph_is_a_tool_under_its_own_name(ada: User, settings: LazySettings) -> None:
    inner = build({"n": given("n"), "out": result("twin")}, ["n.result -> out.value"], name="Twin finder")
    store(ada, inner)
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    constants = {"graph_id": inner.id, "graph_version": 1, "input_schema": schema}
    document = build(
        {
            "agent": ("Orchestrator", {"prompt": "Go.", "model": "clever", "agent_mode_max_iterations": -1}),
            "AgentExecutor": ("AgentExecutor", constants),
            "said": result("said"),
        },
        ["agent.tools -> AgentExecutor.n", "agent.finished -> said.value"],
    )

    def find_twin(body: Body) -> Body:
        heard = answers_of_tools(body)
        return completion(heard[0]) if heard else calling(("twin_finder", {"n": 5}))

    with thinking(settings, find_twin) as asked:
        execution = ran(ada, document)

    assert outputs(execution) == {"said": ['{"twin": 5}']}
    (tool,) = asked[0]["tools"]
    assert tool["function"]["parameters"]["properties"] == {"n": {"type": "integer"}}
    assert_books(execution)


def test_more_agents_than_places_do_not_wait_for_each_other_for_ever(ada: User, settings: LazySettings) -> None:
    settings.NODES_IN_FLIGHT = 2
    document = build(
        {
            "many": ("Count", {"count": 5}),
            "agent": (
                "Orchestrator",
                {"model": "clever", "prompt": "Do {{ number }}.", "agent_mode_max_iterations": 3},
            ),
            "tool": ("Pause", {"seconds": 0}),
        },
        ["many.number -> agent.prompt_values_#_number", "agent.tools -> tool.value"],
    )

    def once(body: Body) -> Body:
        heard = answers_of_tools(body)
        return completion("done") if heard else calling(("tool", {"value": 1}))

    with thinking(settings, once):
        execution = ran(ada, document)

    assert execution.status == Status.COMPLETED
    assert statuses(node_executions(execution, "tool")) == [Status.COMPLETED] * 5
    assert_books(execution)


def test_what_a_tool_gives_does_not_go_along_its_links(ada: User, settings: LazySettings) -> None:
    document = build(
        {
            "agent": ("Orchestrator", {"prompt": "Go.", "model": "clever", "agent_mode_max_iterations": -1}),
            "tool": ("Echo", {}),
            "heard": result("heard"),
            "n": given("n", "x"),
        },
        [
            "n.result -> agent.prompt_values_#_n",
            "agent.tools -> tool.value",
            "tool.value -> heard.value",
            "tool.value -> agent.last_tool_output",
        ],
    )
    with thinking(settings, three_times):
        execution = ran(ada, document)

    assert len(node_executions(execution, "tool")) == 3
    assert node_executions(execution, "heard") == []
    assert all(CALLED_BY in run.stats for run in node_executions(execution, "tool"))


def test_dry_run_asks_no_model_and_does_not_go_round(ada: User, settings: LazySettings) -> None:
    document = build(
        {
            "agent": ("Orchestrator", {"prompt": "Go."}),
            "tool": ("Echo", {}),
            "said": result("said"),
            "n": given("n", "x"),
        },
        [
            "n.result -> agent.prompt_values_#_n",
            "agent.tools -> tool.value",
            "tool.value -> agent.last_tool_output",
            "agent.conversations -> agent.conversation_history",
            "agent.finished -> said.value",
        ],
    )
    with thinking(settings, three_times) as asked:
        execution = ran(ada, document, is_dry_run=True)

    assert (execution.status, outputs(execution), asked) == (Status.COMPLETED, {"said": ["simulated finished"]}, [])
    assert len(node_executions(execution, "agent")) == 1
