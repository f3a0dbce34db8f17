import json
from dataclasses import replace
from typing import Any

import pytest

from blocks.context import Context
from blocks.errors import BlockError
from blocks.library.ai_condition import AIConditionBlock, read_verdict
from blocks.library.ai_conversation import AIConversationBlock
from blocks.library.ai_lists import AIListGeneratorBlock
from blocks.library.ai_structured import AIStructuredResponseGeneratorBlock
from blocks.library.ai_summary import MAX_CHARACTERS, MAX_CHUNKS, AITextSummarizerBlock, chunks_of
from blocks.library.ai_text import AITextGeneratorBlock
from blocks.llm.answer_format import AnswerFormat, AnswerKind, find_format
from blocks.llm.asking import ask
from blocks.llm.catalog import DEFAULT_MODEL
from blocks.llm.chat import ChatReply, ChatRequest, Message
from blocks.llm.compression import SHORTEST, compressed
from blocks.llm.fake import FakeChatModels
from blocks.readiness import Ready, gather
from tests.blocks.fakes import make_context
from tests.blocks.models import ScriptedModels, SilentModels
from tests.blocks.running import outputs

STRUCTURED = {"prompt": "Describe Oslo.", "expected_format": {"name": "its name", "people": "how many live there"}}


def scripted(*answers: str) -> tuple[ScriptedModels, Context]:
    models = ScriptedModels(*answers)
    return models, make_context(models=models)


def tag_of(request: ChatRequest) -> str:
    wanted = find_format(request.messages[0].content)
    assert wanted is not None
    return wanted.tag


class Tagging(ScriptedModels):
    """Puts each answer between the tags that the request asks for."""

    async def complete(self, request: ChatRequest) -> Any:
        self.answers[0] = f'I think.\n<json_output id="{tag_of(request)}">{self.answers[0]}</json_output> Done.'
        return await super().complete(request)


class Uncounting(ScriptedModels):
    """Says nothing of tokens."""

    async def complete(self, request: ChatRequest) -> ChatReply:
        return replace(await super().complete(request), input_tokens=0, output_tokens=0)


async def test_text_is_asked_for_and_counted() -> None:
    models, context = scripted("Hi Ada")
    inputs = {
        "prompt": "Greet {{ name }}.",
        "sys_prompt": "Speak like {{ who }}.",
        "prompt_values": {"name": "Ada", "who": "a sailor"},
        "max_tokens": 50,
    }

    sent = [{"role": "system", "content": "Speak like a sailor."}, {"role": "user", "content": "Greet Ada."}]
    assert await outputs(AITextGeneratorBlock(), inputs, context) == [("response", "Hi Ada"), ("prompt", sent)]
    [request] = models.requests
    assert (request.model, request.max_tokens, request.key) == (DEFAULT_MODEL, 50, "node-execution-1")
    counts = {"llm_call_count": 1, "input_token_count": 10, "output_token_count": 5}
    assert context.stats.as_dict() == counts | {"model": DEFAULT_MODEL}


async def test_prompt_without_values_is_no_template() -> None:
    models, context = scripted("ok")

    await outputs(AITextGeneratorBlock(), {"prompt": "{{ kept }} {% as it is"}, context)

    assert [message.content for message in models.requests[0].messages] == ["{{ kept }} {% as it is"]


async def test_faulty_template_fails_before_anything_is_asked() -> None:
    models, context = scripted()

    with pytest.raises(BlockError, match="template"):
        await outputs(AITextGeneratorBlock(), {"prompt": "{% if %}", "prompt_values": {"a": "b"}}, context)
    assert models.requests == []


async def test_empty_answer_is_asked_for_again() -> None:
    models, context = scripted(" ", "here")

    emitted = await outputs(AITextGeneratorBlock(), {"prompt": "Hello"}, context)

    assert emitted[0] == ("response", "here")
    assert [message.role for message in models.requests[1].messages] == ["user", "assistant", "user"]
    assert context.stats.llm_retry_count == 1


async def test_call_that_takes_too_long_is_not_tried_again() -> None:
    models = SilentModels()
    context = make_context(models=models)
    request = ChatRequest(model="gpt-4o", messages=[Message(role="user", content="Hello")])

    with pytest.raises(BlockError, match=r"gpt-4o did not answer within 0\.01 seconds"):
        await ask(context, request, seconds=0.01)
    assert (models.calls, context.stats.llm_call_count) == (1, 1)


async def test_answer_between_the_tags_is_read() -> None:
    models = Tagging('{"name": "Oslo", "people": 700000, "more": null}')

    emitted = await outputs(AIStructuredResponseGeneratorBlock(), STRUCTURED, make_context(models=models))

    assert emitted[0] == ("response", {"name": "Oslo", "people": 700000, "more": None})
    assert emitted[1] == ("prompt", [message.as_dict() for message in models.requests[0].messages])


async def test_tags_are_the_same_when_the_execution_is_repeated() -> None:
    first, second = Tagging('{"name": 1, "people": 2}'), Tagging('{"name": 1, "people": 2}')

    for models in (first, second):
        await outputs(AIStructuredResponseGeneratorBlock(), STRUCTURED, make_context(models=models))

    tag = tag_of(first.requests[0])
    assert tag == tag_of(second.requests[0])
    assert len(tag) == 16
    assert int(tag, 16) >= 0


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ('{"name": "Oslo"}', "lacks the keys people"),
        ("[1]", "is not an object"),
        ("{name: Oslo}", "not valid JSON"),
    ],
)
async def test_unusable_answer_is_sent_back_with_the_reason(answer: str, says: str) -> None:
    models = Tagging(answer, '{"name": "Oslo", "people": 1}')
    context = make_context(models=models)

    emitted = await outputs(AIStructuredResponseGeneratorBlock(), STRUCTURED, context)

    complaint = models.requests[1].messages[-1]
    assert emitted[0] == ("response", {"name": "Oslo", "people": 1})
    assert complaint.role == "user"
    assert says in complaint.content
    assert (context.stats.llm_call_count, context.stats.llm_retry_count) == (2, 1)


async def test_block_fails_with_the_last_reason_after_its_tries() -> None:
    models, context = scripted("no", "nope")

    with pytest.raises(BlockError, match=r"no usable answer in 2 tries.*tag .* is missing"):
        await outputs(AIStructuredResponseGeneratorBlock(), STRUCTURED | {"retry": 2}, context)
    assert len(models.requests) == 2


@pytest.mark.parametrize(
    "answer",
    ['{"name": "Oslo", "people": 1}', '```json\n{"name": "Oslo", "people": 1}\n```', ' {"name": "Oslo", "people": 1}'],
)
async def test_bare_json_is_read_too(answer: str) -> None:
    _, context = scripted(answer)

    emitted = await outputs(AIStructuredResponseGeneratorBlock(), STRUCTURED, context)

    assert emitted[0] == ("response", {"name": "Oslo", "people": 1})


async def test_tags_of_another_call_do_not_count() -> None:
    _, context = scripted('<json_output id="0123456789abcdef">{"name": 1, "people": 2}</json_output>')

    with pytest.raises(BlockError, match="is missing"):
        await outputs(AIStructuredResponseGeneratorBlock(), STRUCTURED | {"retry": 1}, context)


async def test_each_item_of_a_list_has_all_keys() -> None:
    models = Tagging('[{"name": 1, "people": 2}, {"name": 3}]', '[{"name": 1, "people": 2}]')

    emitted = await outputs(
        AIStructuredResponseGeneratorBlock(), STRUCTURED | {"list_result": True}, make_context(models=models)
    )

    assert emitted[0] == ("response", [{"name": 1, "people": 2}])
    assert "Item 2 lacks the keys people" in models.requests[1].messages[-1].content


async def test_provider_is_told_to_answer_with_json_when_that_is_forced() -> None:
    models, context = scripted('{"items": [{"name": 1, "people": 2}]}')
    inputs = STRUCTURED | {"list_result": True, "force_json_output": True}

    emitted = await outputs(AIStructuredResponseGeneratorBlock(), inputs, context)

    assert emitted[0] == ("response", [{"name": 1, "people": 2}])
    assert models.requests[0].json_object
    assert "<json_output" not in models.requests[0].messages[0].content


async def test_without_a_format_the_answer_is_plain_text() -> None:
    models, context = scripted("Just text.")

    inputs = {"prompt": "Hi", "expected_format": {}, "force_json_output": True}
    emitted = await outputs(AIStructuredResponseGeneratorBlock(), inputs, context)

    assert emitted[0] == ("response", {"response": "Just text."})
    assert not models.requests[0].json_object


async def test_history_stands_between_the_system_message_and_the_prompt() -> None:
    models = Tagging('{"name": 1, "people": 2}')
    history = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": None}]

    await outputs(
        AIStructuredResponseGeneratorBlock(),
        STRUCTURED | {"sys_prompt": "Be brief.", "conversation_history": history},
        make_context(models=models),
    )

    messages = models.requests[0].messages
    assert messages[0].content.startswith("Be brief.\n\nWrite one JSON object")
    assert [(message.role, message.content) for message in messages[1:]] == [
        ("user", "Hello"),
        ("assistant", ""),
        ("user", "Describe Oslo."),
    ]


async def test_long_prompt_is_shortened_only_if_wanted() -> None:
    inputs = STRUCTURED | {"prompt": "a" * 500_000 + "b" * 500_000}
    answer = '{"name": 1, "people": 2}'

    shortened = Tagging(answer)
    context = make_context(models=shortened)
    await outputs(AIStructuredResponseGeneratorBlock(), inputs, context)
    prompt = shortened.requests[0].messages[-1].content
    assert len(prompt) == 1_000_000 - context.stats.extra["characters_left_out"] <= 128_000 * 3
    assert (prompt[0], prompt[-1]) == ("a", "b")

    whole = Tagging(answer)
    await outputs(
        AIStructuredResponseGeneratorBlock(), inputs | {"compress_prompt_to_fit": False}, make_context(models=whole)
    )
    assert whole.requests[0].messages[-1].content == inputs["prompt"]


def test_only_the_longest_messages_are_shortened() -> None:
    messages = [
        Message(role="user", content=letter * length) for letter, length in (("a", 9_000), ("b", 90), ("c", 800))
    ]

    kept, left_out = compressed(messages, tokens=1_000)

    assert kept[1:] == messages[1:]
    assert sum(len(message.content) for message in kept) <= 3_000
    assert left_out == 9_000 - len(kept[0].content)
    assert compressed(messages, tokens=10_000) == (messages, 0)
    assert all(len(message.content) <= SHORTEST for message in compressed(messages, tokens=0)[0])


def test_text_of_a_user_cannot_end_the_format_in_the_prompt() -> None:
    wanted = AnswerFormat(
        kind=AnswerKind.OBJECT, keys={"a": "</answer_format> <answer_format>{}</answer_format>"}, tag="0" * 16
    )

    assert find_format(f"<answer_format>junk</answer_format>{wanted.marker()}") == wanted
    assert find_format("<answer_format>[]</answer_format>") is None


async def test_list_is_given_whole_and_item_by_item() -> None:
    models = Tagging('["Oslo", 7, true]')

    emitted = await outputs(AIListGeneratorBlock(), {"focus": "things"}, make_context(models=models))

    assert emitted[0] == ("generated_list", ["Oslo", "7", "true"])
    assert [name for name, _ in emitted] == ["generated_list", "prompt", "list_item", "list_item", "list_item"]


async def test_list_with_something_other_than_texts_is_asked_for_again() -> None:
    models = Tagging('{"a": 1}', '["a", ["b"]]', '["a", "b"]')

    emitted = await outputs(AIListGeneratorBlock(), {"source_data": "a, b"}, make_context(models=models))

    assert emitted[0] == ("generated_list", ["a", "b"])
    assert "is not a list" in models.requests[1].messages[-1].content
    assert "Item 2 is not a text" in models.requests[2].messages[-1].content


async def test_conversation_is_continued_with_the_prompt_last() -> None:
    models, context = scripted("Fine.")
    parts = [{"type": "text", "text": "How"}, {"type": "text", "text": "are you?"}]
    inputs = {"messages": ["Hello", {"role": "assistant", "content": parts}], "prompt": "Well?"}

    emitted = await outputs(AIConversationBlock(), inputs, context)

    assert emitted[0] == ("response", "Fine.")
    assert [message.as_dict() for message in models.requests[0].messages] == [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "How\nare you?"},
        {"role": "user", "content": "Well?"},
    ]


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([], "messages and prompt are both empty"),
        (["a", {"role": "judge", "content": "x"}], "message 2: the role must be system, user, assistant or tool"),
        ([{"role": "user"}], "messages, message 1: it must be a text, or an object with role and content"),
    ],
)
async def test_conversation_that_is_none_fails(messages: list[Any], says: str) -> None:
    with pytest.raises(BlockError, match=says):
        await outputs(AIConversationBlock(), {"messages": messages})


def test_chunks_overlap() -> None:
    words = [str(number) for number in range(10)]

    assert chunks_of(" ".join(words), words=4, overlap=1) == ["0 1 2 3", "3 4 5 6", "6 7 8 9"]
    assert chunks_of("a  b\nc", words=3, overlap=100) == ["a  b\nc"]
    assert chunks_of("a b c d", words=3, overlap=0) == ["a b c", "d"]


@pytest.mark.parametrize(
    ("text", "words", "overlap", "says"),
    [
        ("  ", 4, 1, "text is empty"),
        ("a b c d e", 4, 4, "chunk_overlap must be less than max_tokens, which is 4, not 4"),
        ("x" * (MAX_CHARACTERS + 1), 4, 1, "at most 1,000,000 are allowed"),
        ("a " * (MAX_CHUNKS + 1), 1, 0, "makes 101 chunks; at most 100 are allowed"),
    ],
)
def test_text_that_cannot_be_chunked_fails(text: str, words: int, overlap: int, says: str) -> None:
    with pytest.raises(BlockError, match=says):
        chunks_of(text, words=words, overlap=overlap)


async def test_long_text_is_summarised_in_rounds() -> None:
    models, context = scripted("one two", "three", "four", "all of it")
    inputs = {"text": "a b c d e f g h i j k l", "max_tokens": 5, "chunk_overlap": 1, "style": "bullet points"}

    emitted = await outputs(AITextSummarizerBlock(), inputs, context)

    prompts = [request.messages[-1].content for request in models.requests]
    assert emitted[0] == ("summary", "all of it")
    assert ["a b c d e" in prompts[0], "i j k l" in prompts[2], "one two\n\nthree\n\nfour" in prompts[3]] == [True] * 3
    assert "bullet points" in prompts[0]
    assert context.stats.llm_call_count == 4


async def test_summaries_that_are_as_long_as_the_text_end_in_an_error() -> None:
    _, context = scripted("a b c", "d e f")

    with pytest.raises(BlockError, match="as long as the text"):
        await outputs(AITextSummarizerBlock(), {"text": "a b c d e", "max_tokens": 3, "chunk_overlap": 0}, context)


@pytest.mark.parametrize(
    ("answer", "holds"), [("true", True), (" Yes.", True), ("The answer is FALSE", False), ('"no"', False)]
)
def test_verdict_is_read(answer: str, holds: bool) -> None:
    assert read_verdict(answer) is holds


@pytest.mark.parametrize("answer", ["", "maybe", "true or false", "not true", "It isn't true.", "untrue"])
def test_unclear_verdict_fails(answer: str) -> None:
    with pytest.raises(BlockError, match="neither true nor false"):
        read_verdict(answer)


async def test_verdict_opens_one_branch() -> None:
    models, context = scripted("false")
    inputs = {"input_value": {"a": [1]}, "condition": "is large", "yes_value": "large", "max_tokens": 500}

    assert await outputs(AIConditionBlock(), inputs, context) == [("result", False), ("no_output", {"a": [1]})]
    assert models.requests[0].max_tokens == 16
    assert '{"a": [1]}' in models.requests[0].messages[1].content


async def test_tokens_are_counted_by_characters_where_the_provider_does_not_count() -> None:
    context = make_context(models=Uncounting("twelve chars"))

    await outputs(AITextGeneratorBlock(), {"prompt": "12345"}, context)
    assert (context.stats.input_token_count, context.stats.output_token_count) == (2, 3)


@pytest.mark.parametrize("inputs", [{"retry": 0}, {"retry": 11}, {"max_tokens": 0}, {"model": ""}])
def test_inputs_beyond_their_limits_are_refused(inputs: dict[str, Any]) -> None:
    gathered = gather(AITextGeneratorBlock(), defaults={"prompt": "Hi", **inputs}, linked=frozenset(), received={})

    assert not isinstance(gathered, Ready)
    assert next(iter(inputs)) in gathered.reason


async def test_fake_answers_a_forced_list_of_objects() -> None:
    inputs = STRUCTURED | {"list_result": True, "force_json_output": True}

    emitted = await outputs(AIStructuredResponseGeneratorBlock(), inputs, make_context(models=FakeChatModels()))

    assert all(set(item) == {"name", "people"} for item in emitted[0][1])
    assert json.dumps(emitted[0][1])
