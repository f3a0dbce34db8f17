"""An answer that comes in pieces, put together."""

import time
from collections.abc import AsyncIterable, Callable
from typing import Any

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk

from blocks.llm.chat import ToolCall

#: Between two times that somebody is shown the text as far as it has come.
SHOW_SECONDS = 0.1


class StreamedAnswer:
    """The pieces so far. usage: what the provider counted; it comes last, and not from all of them."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._shown_at = 0.0
        self._texts: list[str] = []
        self._refusals: list[str] = []
        #: By their place in the answer: id, name and arguments.
        self._calls: dict[int, list[str]] = {}
        self.has_choice = False
        self.usage: CompletionUsage | None = None
        self.model = ""

    @property
    def text(self) -> str:
        return "".join(self._texts)

    @property
    def refusal(self) -> str:
        return "".join(self._refusals)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        calls = [self._calls[place] for place in sorted(self._calls)]
        return tuple(ToolCall(id=id, name=name, arguments=arguments) for id, name, arguments in calls)

    async def take(self, chunks: AsyncIterable[ChatCompletionChunk]) -> None:
        async for chunk in chunks:
            self.model = chunk.model or self.model
            self.usage = chunk.usage or self.usage
            for choice in chunk.choices[:1]:
                self.has_choice = True
                self._add(choice.delta)
        if self._texts:
            self._on_text(self.text)

    def _add(self, delta: Any) -> None:
        if delta.refusal:
            self._refusals.append(delta.refusal)
        for piece in delta.tool_calls or ():
            call = self._calls.setdefault(piece.index, ["", "", ""])
            call[0] = piece.id or call[0]
            if piece.function is not None:
                call[1] += piece.function.name or ""
                call[2] += piece.function.arguments or ""
        if delta.content:
            self._texts.append(delta.content)
            self._show()

    def _show(self) -> None:
        """Now and then: whoever looks sees no more of them."""
        now = time.monotonic()
        if now - self._shown_at >= SHOW_SECONDS:
            self._shown_at = now
            self._on_text(self.text)
