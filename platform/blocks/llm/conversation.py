"""Conversations as they come through pins: lists of dictionaries with a role and a content."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from blocks.errors import BlockError
from blocks.llm.chat import Message, ToolCall

#: What other systems call the same roles.
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool"}


def messages_from(items: Iterable[Any], *, pin: str) -> list[Message]:
    """The messages of a conversation; a bare text is the user's. Raises BlockError naming the pin and the message."""
    return [_message(item, f"{pin}, message {number}") for number, item in enumerate(items, start=1)]


def unanswered(messages: Sequence[Message]) -> list[ToolCall]:
    """The calls of tools that no message answers yet, in order."""
    answered = {message.tool_call_id for message in messages if message.role == "tool"}
    return [call for message in messages for call in message.tool_calls if call.id not in answered]


def _message(item: Any, place: str) -> Message:
    if isinstance(item, str):
        return Message(role="user", content=item)
    if not isinstance(item, dict) or not ("content" in item or item.get("tool_calls")):
        raise BlockError(f"{place}: it must be a text, or an object with role and content.")
    role = _ROLES.get(str(item.get("role")))
    if role is None:
        raise BlockError(
            f"{place}: the role must be system, user, assistant or tool, not {str(item.get('role'))[:50]}."
        )
    return Message(
        role=role,
        content=_content(item.get("content")),
        tool_calls=tuple(_call(call, place) for call in item.get("tool_calls") or ()),
        tool_call_id=str(item.get("tool_call_id") or ""),
    )


def _content(content: Any) -> str:
    """Text as it is, the texts of a content in parts, and the JSON of anything else."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(part, dict) and "text" in part for part in content):
        return "\n".join(str(part["text"]) for part in content)
    return json.dumps(content, ensure_ascii=False)


def _call(call: Any, place: str) -> ToolCall:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or not call.get("id") or not function.get("name"):
        raise BlockError(f"{place}: each of its tool_calls must have an id and a function with a name.")
    arguments = function.get("arguments") or "{}"
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return ToolCall(id=str(call["id"]), name=str(function["name"]), arguments=text)
