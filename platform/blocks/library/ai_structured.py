"""Having a model fill in named fields."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from blocks.base import Example, Pin, Pins
from blocks.context import Context, Stats
from blocks.llm.answer_format import AnswerFormat, AnswerKind
from blocks.llm.asking import ask_until_usable, conversation, plain_text
from blocks.llm.catalog import known
from blocks.llm.chat import ChatRequest, Message
from blocks.llm.compression import compressed
from blocks.llm.conversation import messages_from
from blocks.llm.model_block import ModelBlock, TemplatePins
from blocks.llm.structured import asking_for, next_tag, read_object, read_objects

#: Tokens kept free for the instructions and for an answer without a limit of its own.
ROOM_FOR_ANSWER = 8_000

Response = dict[str, Any] | list[dict[str, Any]]


class AIStructuredResponseGeneratorBlock(ModelBlock):
    """Has a model answer a prompt with an object of the wanted keys, or with a list of such objects."""

    id = "ed55ac19-356e-4243-a6cb-bc599e9b716f"
    description = "Asks a model for values under given keys and gives them as an object, or a list of objects."
    examples = (
        Example(
            input={
                "prompt": "Suggest a post about the old harbour.",
                "expected_format": {"title": "the title of the post", "text": "the post itself"},
            },
            output=[("response", lambda fields: list(fields) == ["title", "text"]), ("prompt", list)],
        ),
        Example(
            input={"prompt": "Three ideas for a garden.", "expected_format": {"idea": "one idea"}, "list_result": True},
            output=[("response", lambda items: all("idea" in item for item in items)), ("prompt", list)],
        ),
        Example(
            input={"prompt": "Write about gulls.", "expected_format": {}},
            output=[("response", lambda fields: list(fields) == ["response"]), ("prompt", list)],
        ),
    )

    class Input(TemplatePins):
        expected_format: dict[str, str] = Pin(
            description="The keys of the answer, each with what it is to hold. Without any, the answer is plain text."
        )
        list_result: bool = Pin(default=False, description="Whether a list of such objects is wanted.")
        force_json_output: bool = Pin(
            default=False, description="Whether the provider itself is told to answer with JSON. Not all of them can."
        )
        conversation_history: list[Any] | None = Pin(
            default_factory=list, description="Earlier messages, each with role and content."
        )
        compress_prompt_to_fit: bool = Pin(
            default=True,
            description="Whether the middle of long messages is left out when the model cannot read them all.",
        )

    class Output(Pins):
        response: Response = Pin(description="The object or the list; without a format, the text under response.")
        prompt: list[dict[str, str]] = Pin(description="The messages that were sent, each with role and content.")
        error: str = Pin(description="Why there is no answer.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        sys_prompt, prompt = await input.filled_prompts()
        history = messages_from(input.conversation_history or [], pin="conversation_history")
        messages = _fitted(conversation(sys_prompt, prompt, history), input, context.stats)
        request = input.request(context, messages)
        response, messages = await _answer(input, context, request)
        yield "response", response
        yield "prompt", [message.as_dict() for message in messages]


def _fitted(messages: list[Message], input: AIStructuredResponseGeneratorBlock.Input, stats: Stats) -> list[Message]:
    """The messages, shortened if that is wanted and needed; what was left out is counted."""
    if not input.compress_prompt_to_fit:
        return messages
    room = known(input.model).context_tokens - (input.max_tokens or 0) - ROOM_FOR_ANSWER
    shortened, left_out = compressed(messages, tokens=max(room, 0))
    if left_out:
        stats.extra["characters_left_out"] = left_out
    return shortened


async def _answer(
    input: AIStructuredResponseGeneratorBlock.Input, context: Context, request: ChatRequest
) -> tuple[Response, list[Message]]:
    if not input.expected_format:
        text, messages = await ask_until_usable(context, request, plain_text, tries=input.retry)
        return {"response": text}, messages
    wanted = AnswerFormat(
        kind=AnswerKind.OBJECTS if input.list_result else AnswerKind.OBJECT,
        keys=input.expected_format,
        tag="" if input.force_json_output else next_tag(context),
    )
    read: Callable[[str, AnswerFormat], Response] = read_objects if input.list_result else read_object
    return await ask_until_usable(
        context, asking_for(wanted, request), lambda answer: read(answer, wanted), tries=input.retry
    )
