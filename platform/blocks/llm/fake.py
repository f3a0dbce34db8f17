"""The built-in provider: it needs no network and no key, and answers at once. It writes by rote, not by thought."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from blocks.llm.answer_format import AnswerFormat, AnswerKind, find_format
from blocks.llm.chat import ChatReply, ChatRequest, Message, Tool, ToolCall
from blocks.llm.fake_drawing import one_pixel
from blocks.llm.fake_writing import about, field_text, items_for, prose, verdict
from blocks.llm.images import ImageRequest, Picture

CHARACTERS_PER_TOKEN = 4


class FakeChatModels:
    """Implements blocks.llm.chat.ChatModels and blocks.llm.images.ImageModels. The same always gets the same answer."""

    async def complete(self, request: ChatRequest) -> ChatReply:
        call = _call(request)
        answer = "" if call else _answer(request)
        return ChatReply(
            text=answer,
            input_tokens=_tokens(sum(len(message.content) for message in request.messages)),
            output_tokens=_tokens(len(answer)),
            model=request.model,
            tool_calls=(call,) if call else (),
        )

    async def draw(self, request: ImageRequest) -> Picture:
        """One colour, which depends on the prompt."""
        return Picture(content=one_pixel(sha256(request.prompt.encode(errors="replace")).digest()[:3]))


def _tokens(characters: int) -> int:
    return max(1, characters // CHARACTERS_PER_TOKEN)


def _answer(request: ChatRequest) -> str:
    prompt = _first(reversed(request.messages), "user")
    wanted = find_format(_first(request.messages, "system"))
    if wanted is None:
        text = _cut(prose(prompt), request.max_tokens)
        return json.dumps({"response": text}, ensure_ascii=False) if request.json_object else text
    if wanted.kind is AnswerKind.VERDICT:
        return "true" if verdict(wanted.subject, prompt) else "false"
    return _wrapped(_value(wanted, prompt), wanted)


def _call(request: ChatRequest) -> ToolCall | None:
    """Each tool once, in their order; then it answers."""
    called = [call.name for message in request.messages for call in message.tool_calls]
    tool = next((tool for tool in request.tools if tool.name not in called), None)
    if tool is None or not request.may_call:
        return None
    arguments = json.dumps(_arguments(tool, about(_first(request.messages, "user"))), ensure_ascii=False)
    return ToolCall(id=f"call_{len(called) + 1}", name=tool.name, arguments=arguments)


def _arguments(tool: Tool, subject: str) -> dict[str, Any]:
    """What the prompt is about for every text, and one of everything else."""
    properties: Mapping[str, Any] = tool.parameters.get("properties", {})
    values: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "array": [subject], "object": {}}
    return {name: values.get(str(schema.get("type")), subject) for name, schema in properties.items()}


def _first(messages: Iterable[Message], role: str) -> str:
    return next((message.content for message in messages if message.role == role), "")


def _cut(text: str, max_tokens: int | None) -> str:
    """The text, shortened to whole words if it has more tokens than allowed."""
    limit = CHARACTERS_PER_TOKEN * max_tokens if max_tokens else len(text)
    if len(text) <= limit:
        return text
    return text[:limit].rpartition(" ")[0] or text[:limit]


def _value(wanted: AnswerFormat, prompt: str) -> Any:
    subjects = items_for(wanted.subject or about(prompt), prompt)
    if wanted.kind is AnswerKind.TEXTS:
        return subjects
    if wanted.kind is AnswerKind.OBJECTS:
        return [{key: field_text(key, subject, subject) for key in wanted.keys} for subject in subjects]
    return {key: field_text(key, about(prompt), prompt) for key in wanted.keys}


def _wrapped(value: Any, wanted: AnswerFormat) -> str:
    if not wanted.tag:
        return json.dumps({"items": value} if isinstance(value, list) else value, ensure_ascii=False)
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return f'<json_output id="{wanted.tag}">\n{text}\n</json_output>'
