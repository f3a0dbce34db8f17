"""An answer that comes in pieces, put together."""

import json
from collections.abc import AsyncIterable, Callable
from typing import Any

import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from blocks.llm.chat import ToolCall
from reliability.net.rest import rest_of


class StreamedAnswer:
    """The pieces so far. usage: what the provider counted; it comes last, and not from all of them."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self.text = self.refusal = ""
        #: Id, name and arguments of each, in order; and the newest of each index.
        self._calls: list[list[str]] = []
        self._by_index: dict[int | None, list[str]] = {}
        self._has_ended = False
        self.has_choice = False
        self.usage: CompletionUsage | None = None
        self.model = ""

    @property
    def is_broken_off(self) -> bool:
        """Whether it ended without saying so."""
        return self.has_choice and not self._has_ended and self.usage is None

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        return tuple(ToolCall(id=id, name=name, arguments=said or "{}") for id, name, said in self._calls)

    async def take(self, chunks: AsyncIterable[ChatCompletionChunk]) -> None:
        async for chunk in chunks:
            self.model = chunk.model or self.model
            self.usage = chunk.usage or self.usage
            for choice in chunk.choices[:1]:
                self.has_choice = True
                self._has_ended = self._has_ended or bool(choice.finish_reason)
                if choice.delta is not None:
                    self._add(choice.delta)

    def _add(self, delta: Any) -> None:
        if delta.refusal:
            self.refusal += delta.refusal
        for piece in delta.tool_calls or ():
            call = self._call_of(piece.index, piece.id or "")
            if piece.function is not None:
                call[1] = call[1] or piece.function.name or ""
                call[2] += piece.function.arguments or ""
        if delta.content:
            self.text += delta.content
            self._on_text(self.text)

    def _call_of(self, index: int | None, id: str) -> list[str]:
        """The call that a piece belongs to. Some servers give several calls one index, but never one id."""
        call = self._by_index.get(index)
        if call is None or (id and call[0] and id != call[0]):
            call = self._by_index[index] = [id, "", ""]
            self._calls.append(call)
        call[0] = call[0] or id
        return call


async def in_one_piece(stream: openai.AsyncStream[ChatCompletionChunk]) -> ChatCompletion | None:
    """The answer of a server that has not heeded that it was to come in pieces; None if it has.

    Raises JSONDecodeError for one that is none, OutwardFailed and OutwardRefused.
    """
    if stream.response.headers.get("content-type", "").startswith("text/event-stream"):
        return None
    found = json.loads(await rest_of(stream.response))
    return ChatCompletion.construct(**(found if isinstance(found, dict) else {}))
