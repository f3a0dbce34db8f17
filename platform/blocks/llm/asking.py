"""Asking a model for a block: one call with its time limit and its counts, and again until the answer is usable."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from blocks.context import Context, LiveText, Stats
from blocks.errors import BlockError
from blocks.llm.chat import ChatReply, ChatRequest, Message
from blocks.prices import lots

#: Seconds for one call, whatever the provider does meanwhile.
CALL_SECONDS = 120.0
#: Where a provider does not say how many tokens it took.
CHARACTERS_PER_TOKEN = 4

Usable = TypeVar("Usable")


class UnusableAnswer(BlockError):
    """The model's answer is not what was asked for."""

    code = "unusable_answer"


async def ask(context: Context, request: ChatRequest, *, seconds: float = CALL_SECONDS) -> ChatReply:
    """One call. Raises BlockError when it takes too long, and what ChatModels.complete raises.

    What was shown of an answer is paid for even if the model is then stopped, or takes too long.
    """
    await context.budget.require()
    context.stats.llm_call_count += 1
    context.stats.model = request.model
    seen = _Seen(context.live)
    try:
        async with asyncio.timeout(seconds):
            reply = await context.services.models.complete(seen.shown(request))
    except (asyncio.CancelledError, TimeoutError, BlockError) as error:
        if seen.text:
            _count(_counted(ChatReply(text=seen.text), request), context.stats)
        if isinstance(error, TimeoutError):
            raise BlockError(f"The model {request.model} did not answer within {seconds:g} seconds.") from error
        raise
    reply = _counted(reply, request)
    _count(reply, context.stats)
    return reply


async def ask_until_usable(
    context: Context, request: ChatRequest, read: Callable[[str], Usable], *, tries: int
) -> tuple[Usable, list[Message]]:
    """The first answer that `read` accepts, and the messages that led to it.

    read: gives what the answer means, or raises UnusableAnswer; the model is then told why and asked again.
    Raises BlockError after `tries` answers, and at once for a call that fails or takes too long.
    """
    for number in range(1, tries + 1):
        reply = await ask(context, request)
        try:
            return read(reply.text), request.messages
        except UnusableAnswer as error:
            reason = error.message
        if number < tries:
            context.stats.llm_retry_count += 1
            request = replace(request, messages=request.messages + _complaint(reply.text, reason))
    raise BlockError(f"The model {request.model} gave no usable answer in {tries} tries. {reason}")


def plain_text(answer: str) -> str:
    """For `ask_until_usable`: any text but an empty one."""
    if not answer.strip():
        raise UnusableAnswer("The answer was empty.")
    return answer


def conversation(sys_prompt: str, prompt: str, history: Sequence[Message] = ()) -> list[Message]:
    """A system message, unless it is empty, what was said before, and a prompt."""
    system = [Message(role="system", content=sys_prompt)] if sys_prompt.strip() else []
    return [*system, *history, Message(role="user", content=prompt)]


class _Seen:
    """As much of an answer as was shown while it came."""

    def __init__(self, live: LiveText) -> None:
        self._live = live
        self.text = ""

    def shown(self, request: ChatRequest) -> ChatRequest:
        """The same request, with the answer shown while it comes, if anybody may see it."""
        return replace(request, on_text=self._show) if self._live.is_on else request

    def _show(self, text: str) -> None:
        self.text = text
        self._live.show(text)


def _count(reply: ChatReply, stats: Stats) -> None:
    stats.input_token_count += reply.input_tokens
    stats.cached_input_token_count += reply.cached_input_tokens
    stats.output_token_count += reply.output_tokens


def _counted(reply: ChatReply, request: ChatRequest) -> ChatReply:
    """The reply with tokens estimated by the characters, if the provider did not count them: they are paid for."""
    if reply.input_tokens or reply.output_tokens:
        return reply
    asked = sum(len(message.content) for message in request.messages)
    return replace(
        reply,
        input_tokens=max(1, lots(asked, CHARACTERS_PER_TOKEN)),
        output_tokens=lots(len(reply.text), CHARACTERS_PER_TOKEN),
    )


def _complaint(answer: str, reason: str) -> list[Message]:
    return [
        Message(role="assistant", content=answer or "(empty)"),
        Message(role="user", content=f"That answer cannot be used. {reason} Please answer again, as asked for."),
    ]
