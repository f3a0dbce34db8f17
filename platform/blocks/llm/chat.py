"""Asking a chat model, whoever serves it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from blocks.credentials import Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What a model wants to have done. arguments: JSON text, as the model wrote it."""

    id: str
    name: str
    arguments: str

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What a model may call. parameters: the JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        function = {"name": self.name, "description": self.description, "parameters": dict(self.parameters)}
        return {"type": "function", "function": function}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation. role: system, user, assistant or tool."""

    role: str
    content: str
    #: Of the assistant.
    tool_calls: tuple[ToolCall, ...] = ()
    #: Of a tool: the call that it answers.
    tool_call_id: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As OpenAI's interface has it."""
        found: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.tool_calls:
            found |= {"content": self.content or None, "tool_calls": [call.as_dict() for call in self.tool_calls]}
        if self.tool_call_id:
            found["tool_call_id"] = self.tool_call_id
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What is asked of a model. key: the same for every try of one node execution."""

    model: str
    messages: list[Message]
    max_tokens: int | None = None
    #: Ask the provider itself to answer with one JSON object.
    json_object: bool = False
    key: str = ""
    tools: tuple[Tool, ...] = ()
    #: Whether several of them may be called at once.
    several_calls: bool = False
    #: False: they are there only because the conversation has called them before.
    may_call: bool = True
    #: Of the user; the installation's own key without it.
    credential: Credential | None = None
    #: Called with the answer as far as it has come, for every piece of it; without it, the answer comes in one piece.
    on_text: Callable[[str], None] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """What the model said, and what it counted. Tokens are the provider's own numbers."""

    text: str
    input_tokens: int = 0
    #: Those of them that the provider had cached.
    cached_input_tokens: int = 0
    output_tokens: int = 0
    model: str = field(default="")
    tool_calls: tuple[ToolCall, ...] = ()

    def as_message(self) -> Message:
        return Message(role="assistant", content=self.text, tool_calls=self.tool_calls)


class ChatModels(Protocol):
    """A provider of chat models."""

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a conversation.

        Raises BlockError when the provider refuses (unknown model, no credit there, bad request) and
        reliability.errors.Unavailable when it cannot be reached or is too slow.
        """
