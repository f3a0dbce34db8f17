"""A chat model that says what a test wrote for it."""

import asyncio

from blocks.llm.chat import ChatReply, ChatRequest


class ScriptedModels:
    """Gives the answers in turn, with 10 tokens in and 5 out each. `requests` holds what was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.requests: list[ChatRequest] = []

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.requests.append(request)
        return ChatReply(text=self.answers.pop(0), input_tokens=10, output_tokens=5, model=request.model)


class SilentModels:
    """Never answers. `calls` counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.calls += 1
        await asyncio.Event().wait()
        raise AssertionError("nobody sets the event")
