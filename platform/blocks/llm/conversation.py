"""Conversations as they come through pins: lists of dictionaries with a role and a content."""

import json
from collections.abc import Iterable
from typing import Any

from blocks.errors import BlockError
from blocks.llm.chat import Message

#: What other systems call the same roles.
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


def messages_from(items: Iterable[Any], *, pin: str) -> list[Message]:
    """The messages of a conversation; a bare text is the user's. Raises BlockError naming the pin and the message."""
    return [_message(item, f"{pin}, message {number}") for number, item in enumerate(items, start=1)]


def _message(item: Any, place: str) -> Message:
    if isinstance(item, str):
        return Message(role="user", content=item)
    if not isinstance(item, dict) or "content" not in item:
        raise BlockError(f"{place}: it must be a text, or an object with role and content.")
    role = _ROLES.get(str(item.get("role")))
    if role is None:
        raise BlockError(f"{place}: the role must be system, user or assistant, not {str(item.get('role'))[:50]}.")
    return Message(role=role, content=_content(item["content"]))


def _content(content: Any) -> str:
    """Text as it is, the texts of a content in parts, and the JSON of anything else."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(part, dict) and "text" in part for part in content):
        return "\n".join(str(part["text"]) for part in content)
    return json.dumps(content, ensure_ascii=False)
