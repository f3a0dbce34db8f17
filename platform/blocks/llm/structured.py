"""Answers in JSON: how they are asked for, and how they are read."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from blocks.context import Context
from blocks.llm.answer_format import AnswerFormat, AnswerKind
from blocks.llm.asking import UnusableAnswer
from blocks.llm.chat import ChatRequest, Message

#: The key that holds the list where a provider can only answer with one JSON object.
ITEMS = "items"

_TAG_LENGTH = 16
_FENCE = "```"

_ASKED = {
    AnswerKind.OBJECT: "one JSON object that has all the keys named below; the text beside a key says what it holds",
    AnswerKind.OBJECTS: (
        "a JSON list of objects, each with all the keys named below; the text beside a key says what it holds"
    ),
    AnswerKind.TEXTS: "a JSON list of texts",
}


def next_tag(context: Context) -> str:
    """16 hexadecimal digits for the tag around the next answer, which no text in the prompt can know beforehand.

    They rest on the node execution and the calls that it has made, so a repeated execution asks with the same ones.
    """
    seed = f"{context.node_execution_id}:{context.stats.llm_call_count}"
    return sha256(seed.encode()).hexdigest()[:_TAG_LENGTH]


def instructions(wanted: AnswerFormat) -> str:
    """What the model is told about the form of its answer."""
    shape = _ASKED[wanted.kind]
    if wanted.tag:
        where = f'Write {shape}, between <json_output id="{wanted.tag}"> and </json_output>. Nothing else is read.'
    elif wanted.kind is AnswerKind.OBJECT:
        where = f"Answer with {shape}, and with nothing else."
    else:
        where = f'Answer with nothing but a JSON object; its one key "{ITEMS}" holds {shape}.'
    return f"{where}\n{wanted.marker()}"


def asking_for(wanted: AnswerFormat, request: ChatRequest) -> ChatRequest:
    """The request with the instructions at the end of its first system message, which is made if there is none."""
    first, *others = request.messages
    if first.role == "system":
        system, rest = f"{first.content.strip()}\n\n{instructions(wanted)}", others
    else:
        system, rest = instructions(wanted), request.messages
    messages = [Message(role="system", content=system), *rest]
    return replace(request, messages=messages, json_object=not wanted.tag)


def read_object(answer: str, wanted: AnswerFormat) -> dict[str, Any]:
    """The object that the answer holds. Raises UnusableAnswer."""
    return _checked_object(_json_of(answer, wanted), wanted.keys, "The JSON")


def read_objects(answer: str, wanted: AnswerFormat) -> list[dict[str, Any]]:
    """The list of objects that the answer holds. Raises UnusableAnswer."""
    items = _list_of(answer, wanted)
    return [_checked_object(item, wanted.keys, f"Item {number}") for number, item in enumerate(items, start=1)]


def read_texts(answer: str, wanted: AnswerFormat) -> list[str]:
    """The list of texts that the answer holds; a number counts as its text. Raises UnusableAnswer."""
    return [_text(item, number) for number, item in enumerate(_list_of(answer, wanted), start=1)]


def _list_of(answer: str, wanted: AnswerFormat) -> list[Any]:
    value = _json_of(answer, wanted)
    if not wanted.tag and isinstance(value, dict):
        value = value.get(ITEMS)
    if not isinstance(value, list):
        raise UnusableAnswer("The JSON is not a list.")
    return value


def _json_of(answer: str, wanted: AnswerFormat) -> Any:
    try:
        return orjson.loads(_unfenced(_between_tags(answer, wanted.tag) if wanted.tag else answer))
    except orjson.JSONDecodeError as error:
        raise UnusableAnswer(f"It is not valid JSON: {error}.") from error


def _between_tags(answer: str, tag: str) -> str:
    """What stands after the last opening tag. An answer that is nothing but JSON may do without."""
    _, opened, rest = answer.rpartition(f'<json_output id="{tag}">')
    if opened:
        inside, closed, _ = rest.rpartition("</json_output>")
        return inside if closed else rest
    if _unfenced(answer).startswith(("{", "[")):
        return answer
    raise UnusableAnswer(f'The tag <json_output id="{tag}"> is missing.')


def _unfenced(text: str) -> str:
    """The text without the code fences and the space around it."""
    stripped = text.strip()
    if not (stripped.startswith(_FENCE) and stripped.endswith(_FENCE)):
        return stripped
    return stripped.removesuffix(_FENCE).partition("\n")[2]


def _checked_object(value: Any, keys: Mapping[str, str], place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnusableAnswer(f"{place} is not an object.")
    missing = [key for key in keys if key not in value]
    if missing:
        raise UnusableAnswer(f"{place} lacks the keys {', '.join(missing)}.")
    return value


def _text(item: Any, number: int) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, bool | int | float):
        return orjson.dumps(item).decode()
    raise UnusableAnswer(f"Item {number} is not a text.")
