"""One answer of a model; links carry its calls to the tools, and bring back what these say."""

import json
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any, NamedTuple

from blocks.context import Context
from blocks.errors import BlockError
from blocks.llm.chat import ChatReply, Message
from blocks.llm.conversation import messages_from, unanswered
from blocks.llm.orchestrating.pins import OrchestratorPins
from blocks.llm.orchestrating.turns import answer, as_dicts, asked, begun
from blocks.llm.tool_nodes import NodeCall
from blocks.llm.toolbox import BadCall, Toolbox, shortened
from blocks.pins import TOOL_FIELD, TOOL_PREFIX


class _Choice(NamedTuple):
    """An answer, and what it calls."""

    reply: ChatReply
    calls: list[NodeCall]


async def one_answer(input: OrchestratorPins, context: Context, box: Toolbox) -> AsyncIterator[tuple[str, Any]]:
    """What the block emits. While another call waits for its answer, the model is not asked."""
    messages = messages_from(input.conversation_history or [], pin="conversation_history")
    if pending := unanswered(messages):
        messages = [*messages, answer(pending[0].id, _text(input.last_tool_output))]
        if len(pending) > 1:
            yield "conversations", as_dicts(messages)
            return
    else:
        messages = await begun(input, messages)
    choice = await _choose(input, context, box, messages)
    for call in choice.calls:
        for pin, value in box.every_pin(call):
            yield f"{TOOL_PREFIX}{call.node_id}{TOOL_FIELD}{pin}", value
    if choice.calls:
        yield "conversations", as_dicts([*messages, choice.reply.as_message()])
    else:
        yield "finished", choice.reply.text


def lacking(input: OrchestratorPins, received: Collection[str]) -> str:
    """What it waits for, while links close the loop: a call and its answer belong together. Empty for nothing."""
    is_pending = _has_pending(input.conversation_history or [])
    is_answered = "last_tool_output" in received or input.last_tool_output is not None
    if is_pending and not is_answered:
        return "A tool that the model has called has not answered yet."
    if is_answered and not is_pending:
        return "An answer of a tool is there, but not yet the conversation that asked for it."
    return ""


async def _choose(input: OrchestratorPins, context: Context, box: Toolbox, messages: list[Message]) -> _Choice:
    """An answer whose calls can all be made. Raises BlockError after `retry` others."""
    reason, so_far = "", messages
    for number in range(1, input.retry + 1):
        reply = await asked(input, context, box, so_far)
        try:
            return _Choice(reply, [box.read(call) for call in reply.tool_calls])
        except BadCall as error:
            reason = str(error)
        if number < input.retry:
            context.stats.llm_retry_count += 1
            refusals = [answer(call.id, f"No tool was called. {reason}") for call in reply.tool_calls]
            so_far = [*so_far, reply.as_message(), *refusals]
    raise BlockError(f"The model {input.model} called no tool as it can be called, in {input.retry} tries. {reason}")


def _has_pending(history: Sequence[Any]) -> bool:
    """A history that cannot be read has none; the run tells what is wrong with it."""
    try:
        return bool(unanswered(messages_from(history, pin="conversation_history")))
    except BlockError:
        return False


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return shortened(text)
