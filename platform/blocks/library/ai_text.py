"""Having a text written by a model."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Example, Pin, Pins
from blocks.context import Context
from blocks.llm.asking import ask_until_usable, conversation, plain_text
from blocks.llm.model_block import ModelBlock, TemplatePins


class AITextGeneratorBlock(ModelBlock):
    """Has a model answer a prompt with text."""

    id = "1f292d4a-41a4-4977-9684-7c8d560b9f91"
    description = "Asks a model and gives its answer as text."
    examples = (
        Example(
            input={"prompt": "Write about {{ topic }}.", "prompt_values": {"topic": "the old harbour"}},
            output=[("response", lambda text: text.startswith("The old harbour:")), ("prompt", list)],
        ),
    )

    class Input(TemplatePins):
        pass

    class Output(Pins):
        response: str = Pin(description="The answer.")
        prompt: list[dict[str, str]] = Pin(description="The messages that were sent, each with role and content.")
        error: str = Pin(description="Why there is no answer.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        sys_prompt, prompt = await input.filled_prompts()
        request = input.request(context, conversation(sys_prompt, prompt))
        response, messages = await ask_until_usable(context, request, plain_text, tries=input.retry)
        yield "response", response
        yield "prompt", [message.as_dict() for message in messages]
