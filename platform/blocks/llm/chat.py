"""Asking a chat model, whoever serves it."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation. role: system, user or assistant."""

    role: str
    content: str

    def as_dict(self) -> dict[str, str]:
        return {"role": self.role, "content": self.content}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What is asked of a model. key: the same for every try of one node execution."""

    model: str
    messages: list[Message]
    max_tokens: int | None = None
    #: Ask the provider itself to answer with one JSON object.
    json_object: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """What the model said, and what it counted. Tokens are the provider's own numbers."""

    text: str
    input_tokens: int = 0
    #: Those of them that the provider had cached.
    cached_input_tokens: int = 0
    output_tokens: int = 0
    model: str = field(default="")


class ChatModels(Protocol):
    """A provider of chat models."""

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a conversation.

        Raises BlockError when the provider refuses (unknown model, no credit there, bad request) and
        reliability.errors.Unavailable when it cannot be reached or is too slow.
        """
