"""What the Orchestrator offers a model, and what it makes of its answers. How nodes run: tests/executor."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from blocks.context import Context
from blocks.errors import BlockError
from blocks.library.orchestrator import OrchestratorBlock
from blocks.llm.chat import ChatReply, ChatRequest, ToolCall
from blocks.llm.orchestrating.pins import MOST_TURNS
from blocks.llm.tool_nodes import NodeCall, NodeResult, NoTools, ToolNode, Turn
from blocks.llm.toolbox import RESULT_CHARACTERS, Toolbox, result_text
from blocks.readiness import Ready, Waiting, gather
from tests.blocks.fakes import make_context
from tests.blocks.running import outputs

TEXT = {"type": "string", "secret": False, "advanced": True}
SEARCH = ToolNode(
    node_id="n1", name="Web Search!", description="Searches.", pins={"Question": TEXT}, required=frozenset({"Question"})
)
FILL = ToolNode(node_id="n2", name="fill", description="Fills.", pins={"values_#_a": {}, "values_#_b": {}})


class Talking:
    """Implements blocks.llm.chat.ChatModels: says texts, and calls `(name, arguments)`."""

    def __init__(self, *answers: str | list[tuple[str, Any]]) -> None:
        self.answers = list(answers)
        self.requests: list[ChatRequest] = []

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.requests.append(replace(request, messages=list(request.messages)))
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            return ChatReply(text=answer, input_tokens=10, output_tokens=5)
        calls = [ToolCall(id="same", name=name, arguments=_text(arguments)) for name, arguments in answer]
        return ChatReply(text="", input_tokens=10, output_tokens=5, tool_calls=tuple(calls))


class FakeTools(NoTools):
    """Implements blocks.llm.tool_nodes.Tools: each call gives back what it was called with."""

    def __init__(self, *nodes: ToolNode, turns: Sequence[Turn] = ()) -> None:
        self.nodes = nodes
        self.earlier = turns
        self.called: list[tuple[int, NodeCall]] = []

    def offered(self) -> Sequence[ToolNode]:
        return self.nodes

    def turns(self) -> Sequence[Turn]:
        return self.earlier

    async def call(self, turn: Turn, call: NodeCall) -> NodeResult:
        self.called.append((turn.number, call))
        return NodeResult(outputs=[("got", dict(call.pins))])


def _text(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def context_with(models: Talking, tools: FakeTools) -> Context:
    return replace(make_context(models=models), tools=tools)


async def emitted(inputs: dict[str, Any], *answers: Any, nodes: Sequence[ToolNode] = (SEARCH, FILL)) -> Any:
    models, tools = Talking(*answers), FakeTools(*nodes)
    given = {"prompt": "Go.", "model": "m", **inputs}
    return await outputs(OrchestratorBlock(), given, context_with(models, tools)), models, tools


def ready(**received: Any) -> Ready | Waiting:
    linked = frozenset({"last_tool_output", "conversation_history", "prompt_values_#_x"})
    defaults = {"prompt": "Go.", "model": "m"}
    return gather(
        OrchestratorBlock(), defaults=defaults, linked=linked, received={"prompt_values_#_x": "1", **received}
    )


HISTORY = [
    {"role": "user", "content": "Go."},
    {"role": "assistant", "content": None, "tool_calls": [ToolCall(id="c1", name="fill", arguments="{}").as_dict()]},
]


@pytest.mark.parametrize(
    ("received", "waits_for"),
    [
        ({}, None),
        ({"conversation_history": HISTORY}, "has not answered yet"),
        ({"last_tool_output": "x"}, "not yet the conversation"),
        ({"last_tool_output": None}, "not yet the conversation"),
        ({"conversation_history": HISTORY, "last_tool_output": "x"}, None),
        ({"conversation_history": HISTORY, "last_tool_output": None}, None),
        ({"conversation_history": HISTORY[:1]}, None),
        ({"conversation_history": HISTORY[:1], "last_tool_output": "x"}, "not yet the conversation"),
    ],
)
def test_it_waits_until_every_call_has_its_answer(received: dict[str, Any], waits_for: str | None) -> None:
    answer = ready(**received)

    if waits_for is None:
        assert isinstance(answer, Ready)
    else:
        assert isinstance(answer, Waiting)
        assert waits_for in answer.reason


async def test_a_call_is_emitted_pin_by_pin_with_none_for_what_is_absent() -> None:
    pairs, models, _ = await emitted({}, [("fill", {"values___a": 1})])

    assert pairs[:2] == [("tools_^_n2_~_values_#_a", 1), ("tools_^_n2_~_values_#_b", None)]
    name, conversation = pairs[2]
    assert (name, [turn["role"] for turn in conversation]) == ("conversations", ["system", "user", "assistant"])
    assert [tool.name for tool in models.requests[0].tools] == ["web_search_", "fill"]


async def test_what_calls_no_tool_is_finished_and_starts_no_other_round() -> None:
    pairs, _, _ = await emitted({}, "Nothing to do.")

    assert pairs == [("finished", "Nothing to do.")]


async def test_the_first_of_two_answers_waits_for_the_second() -> None:
    calls = [ToolCall(id=id, name="fill", arguments="{}").as_dict() for id in ("c1", "c2")]
    history = [HISTORY[0], {"role": "assistant", "content": "", "tool_calls": calls}]
    pairs, models, _ = await emitted({"conversation_history": history, "last_tool_output": {"a": 1}})

    assert [name for name, _ in pairs] == ["conversations"]
    assert pairs[0][1][-1] == {"role": "tool", "content": '{"a": 1}', "tool_call_id": "c1"}
    assert models.requests == []


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (("nothing", {}), "no tool 'nothing'; there is: web_search_, fill"),
        (("web_search_", "{"), "not valid JSON"),
        (("web_search_", "[1]"), "must be a JSON object"),
        (("web_search_", {}), "lacks the required question"),
        (("web_search_", {"Question": "x", "more": 1}), "no parameter 'more'; it has: question"),
    ],
)
async def test_call_that_cannot_be_made_is_explained_and_asked_for_again(call: tuple[str, Any], says: str) -> None:
    pairs, models, _ = await emitted({}, [call], [("web_search_", {"question": "who?"})])

    assert pairs[0] == ("tools_^_n1_~_Question", "who?")
    assert says in models.requests[1].messages[-1].content


async def test_calls_that_never_can_be_made_fail_after_the_tries() -> None:
    with pytest.raises(BlockError, match=r"in 2 tries\. There is no tool"):
        await emitted({"retry": 2}, [("nothing", {})], [("nothing", {})])


async def test_agent_goes_on_until_it_calls_nothing() -> None:
    pairs, models, tools = await emitted(
        {"agent_mode_max_iterations": -1}, [("fill", {"values___a": 1})], [("fill", {})], "Done."
    )

    assert [name for name, _ in pairs] == ["finished", "conversations"]
    assert [(number, call.pins) for number, call in tools.called] == [(1, {"values_#_a": 1}), (2, {})]
    ids = [message.tool_call_id for message in models.requests[2].messages if message.role == "tool"]
    assert len(set(ids)) == 2


async def test_last_iteration_may_call_nothing_whatever_the_model_does() -> None:
    pairs, models, tools = await emitted({"agent_mode_max_iterations": 2}, [("fill", {})], [("fill", {})])

    assert [request.may_call for request in models.requests] == [True, False]
    assert len(tools.called) == 1
    assert pairs[0] == ("finished", "")


async def test_one_call_at_a_time_unless_several_are_wanted() -> None:
    twice = [("fill", {}), ("fill", {})]
    _, _, one = await emitted({"agent_mode_max_iterations": -1}, twice, "Done.")
    _, _, both = await emitted({"agent_mode_max_iterations": -1, "multiple_tool_calls": True}, twice, "Done.")

    assert (len(one.called), len(both.called)) == (1, 2)


async def test_agent_is_told_what_is_wrong_with_a_call() -> None:
    _, models, tools = await emitted({"agent_mode_max_iterations": 3}, [("nothing", {})], "I see.")

    assert tools.called == []
    assert "The call was not made. There is no tool" in models.requests[1].messages[-1].content


@pytest.mark.parametrize("turns", [-2, MOST_TURNS + 1])
def test_iterations_are_bounded(turns: int) -> None:
    given = {"prompt": "Go.", "agent_mode_max_iterations": turns}
    assert isinstance(gather(OrchestratorBlock(), defaults=given, linked=frozenset(), received={}), Waiting)


def test_twins_are_numbered_and_told_apart_by_their_constants() -> None:
    nodes = [replace(SEARCH, node_id=str(number), constants={"where": f"place {number}"}) for number in range(2)]
    tools = Toolbox(nodes).tools

    assert [tool.name for tool in tools] == ["web_search__1", "web_search__2"]
    assert "[Pre-configured: where=place 1]" in tools[1].description
    assert "Pre-configured" not in Toolbox(nodes[:1]).tools[0].description


def test_schemas_are_without_what_only_our_pages_know() -> None:
    assert Toolbox([SEARCH]).tools[0].parameters == {
        "type": "object",
        "properties": {"question": {"type": "string"}},
        "required": ["question"],
    }


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (NodeResult(outputs=[("a", 1), ("b", "x")]), '{"a": 1, "b": "x"}'),
        (NodeResult(outputs=[("a", 1), ("a", 2)]), '{"a": [1, 2]}'),
        (NodeResult(outputs=[("a", 1)], error="no luck"), '{"a": 1, "error": "no luck"}'),
        (NodeResult(outputs=[]), "Done. There is no output."),
    ],
)
def test_results_are_told_by_output(result: NodeResult, text: str) -> None:
    assert result_text(result) == text


def test_long_result_is_cut() -> None:
    text = result_text(NodeResult(outputs=[("a", "x" * 2 * RESULT_CHARACTERS)]))

    assert len(text) < RESULT_CHARACTERS + 100
    assert text.endswith("characters left out]")
