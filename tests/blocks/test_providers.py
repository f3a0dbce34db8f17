import asyncio
import socket
import subprocess
import sys
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.llm.chat import ChatReply, ChatRequest, Message, Tool, ToolCall
from blocks.llm.fake import FakeChatModels
from blocks.llm.images import ImageRequest
from blocks.llm.openai_compatible import OpenAICompatibleChatModels
from blocks.llm.providers import chat_models
from reliability.errors import InvalidInput, SluiceError, Unavailable
from tests.blocks.chat_server import BROKEN, calling, chat_server, completion, piece_of_stream, refusal, streamed

KEY = "sk-very-secret-0123456789"


def request(prompt: str = "Hello", **changes: Any) -> ChatRequest:
    messages = [Message(role="system", content="Be brief."), Message(role="user", content=prompt)]
    return ChatRequest(**{"model": "gpt-4o", "messages": messages, "key": "node-execution-1", **changes})


def models_at(base_url: str, *, max_retries: int = 0, timeout_seconds: float = 5) -> OpenAICompatibleChatModels:
    return OpenAICompatibleChatModels(base_url, KEY, max_retries=max_retries, timeout_seconds=timeout_seconds)


async def trouble(status: int, body: Any) -> SluiceError:
    """What a request raises when the server answers so."""
    async with chat_server((status, body)) as server:
        with pytest.raises(SluiceError) as caught:
            await models_at(server.base_url).complete(request())
    return caught.value


async def test_conversation_is_sent_and_the_reply_is_read() -> None:
    async with chat_server((200, completion())) as server:
        reply = await models_at(server.base_url).complete(request(max_tokens=9, json_object=True))

    assert reply == ChatReply(text="Hello!", input_tokens=12, output_tokens=3, model="gpt-4o-2024")
    [seen] = server.requests
    assert seen["path"] == "/v1/chat/completions"
    assert seen["headers"]["authorization"] == f"Bearer {KEY}"
    assert seen["body"] == {
        "model": "gpt-4o",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
        "max_tokens": 9,
        "response_format": {"type": "json_object"},
    }


async def test_tokens_that_the_provider_had_cached_are_told_apart() -> None:
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    body = completion() | {"usage": usage | {"prompt_tokens_details": {"cached_tokens": 8}}}

    async with chat_server((200, body)) as server:
        reply = await models_at(server.base_url).complete(request())

    assert (reply.input_tokens, reply.cached_input_tokens) == (12, 8)


async def test_repeated_call_has_the_same_key_and_another_question_has_another() -> None:
    async with chat_server(*[(200, completion())] * 3) as server:
        for prompt in ("Hello", "Hello", "Hello again"):
            await models_at(server.base_url).complete(request(prompt))

    first, second, third = (seen["headers"]["idempotency-key"] for seen in server.requests)
    assert first.startswith("node-execution-1-")
    assert first == second != third


async def test_reply_without_text_or_counts_is_empty() -> None:
    body = completion(None) | {"usage": None}

    async with chat_server((200, body)) as server:
        reply = await models_at(server.base_url).complete(request())

    assert (reply.text, reply.input_tokens, reply.output_tokens) == ("", 0, 0)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, refusal(f"Incorrect API key provided: {KEY}"), "refused the key of this installation"),
        (403, refusal("no"), "refused the key of this installation or its use for the model gpt-4o"),
        (404, refusal("The model gpt-4o does not exist", "model_not_found"), "may have been deprecated"),
        (404, refusal("not found"), "gpt-4o may have been deprecated or is not offered by http://127"),
        (400, refusal("gpt-4o is not a valid model ID"), "may have been deprecated"),
        (400, refusal("The model `gpt-4o` has been decommissioned"), "may have been deprecated"),
        (402, refusal("Insufficient credits"), "has no credit left"),
        (429, refusal("You exceeded your quota", "insufficient_quota"), "has no credit left"),
        (400, refusal("messages is too long"), r"refused the request \(status 400\): messages is too long"),
        (422, "<p>what?</p>", r"refused the request \(status 422\)"),
    ],
)
async def test_refusal_is_a_block_error(status: int, body: Any, says: str) -> None:
    error = await trouble(status, body)

    with pytest.raises(BlockError, match=says):
        raise error


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (429, refusal("Slow down"), "too many requests"),
        (500, refusal("Oops"), r"has trouble at the moment \(status 500\)"),
        (503, "<h1>busy</h1>", r"status 503"),
        (200, "<h1>Welcome</h1>", "did not answer in the form"),
        (200, "{not json", "did not answer in the form"),
        (200, refusal("upstream broke"), "did not answer in the form"),
        (200, "[1]", "did not answer in the form"),
    ],
)
async def test_passing_trouble_is_unavailable(status: int, body: Any, says: str) -> None:
    error = await trouble(status, body)

    with pytest.raises(Unavailable, match=says):
        raise error


async def test_model_that_refuses_is_quoted() -> None:
    async with chat_server((200, completion(None, refusal="I would rather not."))) as server:
        with pytest.raises(BlockError, match="The model gpt-4o refused: I would rather not"):
            await models_at(server.base_url).complete(request())


async def test_passing_trouble_is_tried_again() -> None:
    async with chat_server((429, refusal("Slow down")), (200, completion("at last"))) as server:
        reply = await models_at(server.base_url, max_retries=1).complete(request())

    assert reply.text == "at last"
    assert len({seen["headers"]["idempotency-key"] for seen in server.requests}) == 1


async def test_broken_connection_is_unavailable() -> None:
    async with chat_server(None) as server:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await models_at(server.base_url).complete(request())


async def test_server_that_does_not_answer_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        models = models_at(f"http://127.0.0.1:{silent.getsockname()[1]}/v1", timeout_seconds=0.05)
        with pytest.raises(Unavailable, match="did not answer in time"):
            await models.complete(request())


@pytest.mark.parametrize(
    ("status", "body"), [(400, refusal(f"bad {KEY}")), (401, refusal(KEY)), (500, KEY), (400, f"<b>{KEY}</b>")]
)
async def test_key_is_never_in_an_error(status: int, body: Any) -> None:
    error: BaseException | None = await trouble(status, body)

    assert KEY not in repr(error)
    assert error is not None
    assert error.__cause__ is None
    assert error.__suppress_context__


async def test_password_in_the_address_is_not_shown() -> None:
    async with chat_server((400, refusal("no"))) as server:
        base_url = server.base_url.replace("http://", "http://ada:hunter2@")
        with pytest.raises(BlockError, match=server.base_url) as caught:
            await models_at(base_url).complete(request())
    assert "hunter2" not in str(caught.value)


def test_one_provider_serves_several_event_loops() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    models = models_at(f"http://127.0.0.1:{port}/v1")

    async def ask_twice() -> list[str]:
        async with chat_server((200, completion("one")), (200, completion("two")), port=port):
            return [(await models.complete(request())).text for _ in range(2)]

    assert [asyncio.run(ask_twice()) for _ in range(2)] == [["one", "two"]] * 2


TOOL = Tool(name="add", description="Adds.", parameters={"type": "object", "properties": {"a": {"type": "integer"}}})


async def test_tools_are_offered_and_what_is_called_is_read() -> None:
    async with chat_server((200, calling(("add", {"a": 1}), ("add", {"a": 2})))) as server:
        reply = await models_at(server.base_url).complete(request(tools=(TOOL,), several_calls=True))

    assert [(call.id, call.name, call.arguments) for call in reply.tool_calls] == [
        ("call_0", "add", '{"a": 1}'),
        ("call_1", "add", '{"a": 2}'),
    ]
    body = server.requests[0]["body"]
    assert (body["tools"], body["parallel_tool_calls"]) == ([TOOL.as_dict()], True)


@pytest.mark.parametrize(
    ("keeps_tools", "sent"), [(False, {}), (True, {"tools": [TOOL.as_dict()], "tool_choice": "none"})]
)
async def test_tools_that_may_not_be_called_are_named_only_to_who_must_know(keeps_tools: bool, sent: Any) -> None:
    async with chat_server((200, completion())) as server:
        models = OpenAICompatibleChatModels(server.base_url, KEY, keeps_tools=keeps_tools)
        await models.complete(request(tools=(TOOL,), may_call=False))

    body = server.requests[0]["body"]
    assert {name: value for name, value in body.items() if name.startswith(("tool", "par"))} == sent


async def test_conversation_with_calls_is_sent_as_the_interface_has_it() -> None:
    call = ToolCall(id="c1", name="add", arguments="{}")
    said = [
        Message(role="assistant", content="", tool_calls=(call,)),
        Message(role="tool", content="3", tool_call_id="c1"),
    ]
    async with chat_server((200, completion())) as server:
        await models_at(server.base_url).complete(request(messages=said))

    function = {"name": "add", "arguments": "{}"}
    assert server.requests[0]["body"]["messages"] == [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": function}]},
        {"role": "tool", "content": "3", "tool_call_id": "c1"},
    ]


async def test_answer_that_comes_in_pieces_is_shown_as_it_grows_and_is_the_same_in_the_end() -> None:
    shown: list[str] = []
    async with chat_server((200, streamed("Hel", "lo", "!"))) as server:
        reply = await models_at(server.base_url).complete(request(on_text=shown.append))

    assert (reply.text, reply.input_tokens, reply.output_tokens) == ("Hello!", 12, 3)
    assert shown[-1] == "Hello!"
    assert len(shown) <= 3
    assert server.requests[0]["body"]["stream_options"] == {"include_usage": True}


async def test_calls_that_come_in_pieces_are_put_together() -> None:
    pieces = [
        {"index": 0, "id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a"'}},
        {"index": 0, "function": {"arguments": ": 1}"}},
    ]
    async with chat_server((200, streamed(*({"tool_calls": [piece]} for piece in pieces)))) as server:
        reply = await models_at(server.base_url).complete(request(on_text=lambda text: None, tools=(TOOL,)))

    assert reply.tool_calls == (ToolCall(id="c1", name="add", arguments='{"a": 1}'),)


async def test_calls_under_one_index_are_told_apart_by_their_ids() -> None:
    pieces = [
        {"index": 0, "id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}},
        {"index": 0, "id": "c2", "type": "function", "function": {"name": "add", "arguments": '{"a"'}},
        {"index": 0, "id": "c2", "function": {"name": "add", "arguments": ": 2}"}},
    ]
    async with chat_server((200, streamed(*({"tool_calls": [piece]} for piece in pieces)))) as server:
        reply = await models_at(server.base_url).complete(request(on_text=lambda text: None, tools=(TOOL,)))

    assert reply.tool_calls == (
        ToolCall(id="c1", name="add", arguments='{"a": 1}'),
        ToolCall(id="c2", name="add", arguments='{"a": 2}'),
    )


async def test_server_that_answers_in_one_piece_all_the_same_is_understood() -> None:
    shown: list[str] = []
    async with chat_server((200, completion("Hello!"))) as server:
        reply = await models_at(server.base_url).complete(request(on_text=shown.append))

    assert (reply.text, reply.input_tokens, shown, len(server.requests)) == ("Hello!", 12, [], 1)


async def test_stream_that_breaks_off_is_asked_for_once_more_in_one_piece() -> None:
    pieces: asyncio.Queue[Any] = asyncio.Queue()
    for piece in ("Hel", BROKEN):
        pieces.put_nowait(piece)
    async with chat_server((200, pieces), (200, completion("Hello!"))) as server:
        reply = await models_at(server.base_url).complete(request(on_text=lambda text: None))

    assert reply.text == "Hello!"
    assert ["stream" in asked["body"] for asked in server.requests] == [True, False]
    assert len({asked["headers"]["idempotency-key"] for asked in server.requests}) == 1


async def test_stream_that_ends_without_saying_so_is_broken_off_too() -> None:
    async with chat_server((200, piece_of_stream("Hel")), (200, completion("Hello!"))) as server:
        reply = await models_at(server.base_url).complete(request(on_text=lambda text: None))

    assert reply.text == "Hello!"


@pytest.mark.parametrize("body", ["<h1>Welcome</h1>", refusal("upstream broke")])
async def test_stream_of_another_form_is_unavailable(body: Any) -> None:
    async with chat_server((200, body)) as server:
        with pytest.raises(Unavailable, match="did not answer in the form"):
            await models_at(server.base_url).complete(request(on_text=lambda text: None))


async def test_rate_limit_says_when_to_ask_again() -> None:
    async with chat_server((429, refusal("Slow down")), headers={"Retry-After": "90"}) as server:
        with pytest.raises(Unavailable, match="asked again in 90 seconds"):
            await models_at(server.base_url).complete(request())


async def test_image_is_drawn() -> None:
    async with chat_server((200, {"created": 0, "data": [{"b64_json": "aGk="}]})) as server:
        picture = await models_at(server.base_url).draw(
            ImageRequest(model="gpt-image-1", prompt="fog", size="1024x1024")
        )

    assert picture.content == b"hi"
    assert server.requests[0]["path"] == "/v1/images/generations"
    assert server.requests[0]["body"] == {"model": "gpt-image-1", "prompt": "fog", "size": "1024x1024", "n": 1}


async def test_fake_gives_the_same_answer_to_the_same_request() -> None:
    prompts = ("Write about gulls.", "Write about gulls.", "Write about fog.")
    first, second, other = [await FakeChatModels().complete(request(prompt)) for prompt in prompts]

    assert first == second
    assert first.text != other.text
    assert first.text.startswith("Gulls:")
    assert first.input_tokens == len("Be brief.Write about gulls.") // 4
    assert first.output_tokens == len(first.text) // 4


async def test_fake_keeps_to_the_most_tokens() -> None:
    reply = await FakeChatModels().complete(request("Write about gulls.", max_tokens=5))

    assert 0 < len(reply.text) <= 20
    assert reply.output_tokens <= 5


async def test_fake_counts_at_least_one_token() -> None:
    reply = await FakeChatModels().complete(request(messages=[Message(role="user", content="")]))

    assert reply.input_tokens == 1


@pytest.mark.parametrize("name", ["openai", "openrouter", "groq", "ollama"])
def test_named_provider_has_its_own_address(name: str) -> None:
    models = chat_models(name, base_url="", api_key=KEY)

    assert isinstance(models, OpenAICompatibleChatModels)


def test_fake_provider_needs_nothing() -> None:
    assert isinstance(chat_models("fake", base_url="", api_key=""), FakeChatModels)


@pytest.mark.parametrize(
    ("name", "base_url", "api_key", "says"),
    [
        (
            "clever",
            "",
            KEY,
            "no model provider called 'clever'; there are fake, openai, anthropic",
        ),
        ("vllm", "", "", "vllm needs a base_url"),
        ("custom", "", KEY, "custom needs a base_url"),
        ("openai", "", "", "openai needs an api_key"),
    ],
)
def test_provider_that_cannot_work_is_refused(name: str, base_url: str, api_key: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        chat_models(name, base_url=base_url, api_key=api_key)


async def test_preset_asks_openai_for_completion_tokens_and_can_be_moved() -> None:
    async with chat_server((200, completion()), (200, completion())) as server:
        await chat_models("openai", base_url=server.base_url, api_key=KEY).complete(request(max_tokens=7))
        await chat_models("ollama", base_url=server.base_url, api_key="").complete(request(max_tokens=7))

    first, second = server.requests
    assert first["body"]["max_completion_tokens"] == 7
    assert second["body"]["max_tokens"] == 7
    assert second["headers"]["authorization"] == "Bearer none"


def test_client_library_is_imported_only_when_it_is_used() -> None:
    code = "import sys; sys.path.insert(0, 'platform'); import blocks.llm.providers; print('openai' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
