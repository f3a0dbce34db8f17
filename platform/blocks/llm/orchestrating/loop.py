"""Answer after answer of a model, with the tools that it calls run in between, until it calls none."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from blocks.context import Context
from blocks.llm.chat import ChatReply, Message, ToolCall
from blocks.llm.conversation import messages_from
from blocks.llm.orchestrating.pins import MOST_TURNS, OrchestratorPins
from blocks.llm.orchestrating.turns import answer, as_dicts, asked, begun
from blocks.llm.tool_nodes import Tokens, Turn
from blocks.llm.toolbox import BadCall, Toolbox, result_text


async def many_answers(input: OrchestratorPins, context: Context, box: Toolbox) -> AsyncIterator[tuple[str, Any]]:
    """What the block emits. Answers that an earlier owner of the node execution was given are not asked for again."""
    most = MOST_TURNS if input.agent_mode_max_iterations < 0 else input.agent_mode_max_iterations
    messages = await begun(input, messages_from(input.conversation_history or [], pin="conversation_history"))
    earlier = list(context.tools.turns())
    _count_again(context, earlier)
    number = 0
    while not number or messages[-1].role == "tool":
        if earlier:
            turn = earlier.pop(0)
        else:
            reply = await asked(input, context, box, messages, is_last=number + 1 >= most)
            turn = Turn(number=number + 1, message=reply.as_message(), tokens=_tokens(reply))
        number = turn.number
        messages += [turn.message, *await _run_tools(turn, context, box)]
    yield "finished", messages[-1].content
    yield "conversations", as_dicts(messages)


async def _run_tools(turn: Turn, context: Context, box: Toolbox) -> list[Message]:
    """All tools that it calls, at the same time; what they say, in the order of the calls."""
    calls = turn.message.tool_calls
    try:
        async with asyncio.TaskGroup() as group:
            answers = [group.create_task(_run_tool(turn, call, context, box)) for call in calls]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [answer(call.id, said.result()) for call, said in zip(calls, answers, strict=True)]


async def _run_tool(turn: Turn, call: ToolCall, context: Context, box: Toolbox) -> str:
    try:
        return result_text(await context.tools.call(turn, box.read(call)))
    except BadCall as error:
        return f"The call was not made. {error}"


def _count_again(context: Context, turns: Sequence[Turn]) -> None:
    """What earlier owners of this node execution have used is still to be paid for."""
    if context.stats.llm_call_count:
        return
    for turn in turns:
        context.stats.llm_call_count += 1
        context.stats.input_token_count += turn.tokens.input
        context.stats.cached_input_token_count += turn.tokens.cached_input
        context.stats.output_token_count += turn.tokens.output


def _tokens(reply: ChatReply) -> Tokens:
    return Tokens(input=reply.input_tokens, cached_input=reply.cached_input_tokens, output=reply.output_tokens)
