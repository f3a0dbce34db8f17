"""Having a model continue a conversation."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.llm.asking import ask_until_usable, plain_text
from blocks.llm.chat import Message
from blocks.llm.conversation import messages_from
from blocks.llm.model_block import ModelBlock, ModelPins

TRIES = 3


class AIConversationBlock(ModelBlock):
    """Has a model say what comes next in a conversation."""

    id = "32a87eab-381e-4dd4-bdb8-4c47151be35a"
    description = "Gives a conversation to a model and gives what it says next."
    examples = (
        Example(
            input={
                "messages": [{"role": "system", "content": "Be brief."}, {"role": "assistant", "content": "Hello?"}],
                "prompt": "Tell me about gulls.",
            },
            output=[("response", lambda text: text.startswith("Gulls:")), ("prompt", list)],
        ),
    )

    class Input(ModelPins):
        prompt: str = Pin(default="", description="What is said last, after the messages.", advanced=False)
        messages: list[Any] = Pin(description="The conversation so far: messages, each with role and content.")

    class Output(Pins):
        response: str = Pin(description="What the model says.")
        prompt: list[dict[str, str]] = Pin(description="The messages that were sent, each with role and content.")
        error: str = Pin(description="Why there is no answer.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        messages = messages_from(input.messages, pin="messages")
        if input.prompt.strip():
            messages.append(Message(role="user", content=input.prompt))
        if not messages:
            raise BlockError("messages and prompt are both empty; there is nothing to answer.")
        request = input.request(context, messages)
        response, sent = await ask_until_usable(context, request, plain_text, tries=TRIES)
        yield "response", response
        yield "prompt", [message.as_dict() for message in sent]
