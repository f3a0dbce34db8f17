"""One turn of a model that may call tools: what it is asked, and what it answers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from blocks.context import Context
from blocks.llm.asking import ask, conversation
from blocks.llm.catalog import known
from blocks.llm.chat import ChatReply, Message, ToolCall
from blocks.llm.compression import compressed
from blocks.llm.orchestrating.pins import OrchestratorPins
from blocks.llm.toolbox import Toolbox

#: Tools that one answer may call.
MOST_CALLS = 16
#: Tokens kept free for an answer without a limit of its own.
ROOM_FOR_ANSWER = 8_000


async def begun(input: OrchestratorPins, history: list[Message]) -> list[Message]:
    """The system prompt, unless the history has one, what was said before, and the prompt."""
    sys_prompt, prompt = await input.filled_prompts()
    if any(message.role == "system" for message in history):
        sys_prompt = ""
    return conversation(sys_prompt, prompt, history)


async def asked(
    input: OrchestratorPins, context: Context, box: Toolbox, messages: list[Message], *, is_last: bool = False
) -> ChatReply:
    """The model's answer, with no more calls than it may make. is_last: it may make none, so that there is an end."""
    request = input.request(
        context,
        _fitted(input, messages),
        tools=box.tools,
        several_calls=input.multiple_tool_calls,
        may_call=not is_last,
    )
    reply = await ask(context, request)
    most = 0 if is_last else MOST_CALLS if input.multiple_tool_calls else 1
    return replace(reply, tool_calls=_with_own_ids(reply.tool_calls[:most], messages))


def answer(call_id: str, text: str) -> Message:
    """What a tool has answered to a call."""
    return Message(role="tool", content=text, tool_call_id=call_id)


def as_dicts(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [message.as_dict() for message in messages]


def _with_own_ids(calls: Sequence[ToolCall], messages: Sequence[Message]) -> tuple[ToolCall, ...]:
    """Some providers give the same id again; an answer must belong to one call."""
    taken = {"", *(call.id for message in messages for call in message.tool_calls)}
    found: list[ToolCall] = []
    for number, call in enumerate(calls):
        id = f"call_{len(messages)}_{number}" if call.id in taken else call.id
        taken.add(id)
        found.append(replace(call, id=id))
    return tuple(found)


def _fitted(input: OrchestratorPins, messages: list[Message]) -> list[Message]:
    if not input.conversation_compaction:
        return messages
    room = known(input.model).context_tokens - (input.max_tokens or 0) - ROOM_FOR_ANSWER
    return compressed(messages, tokens=max(room, 0))[0]
