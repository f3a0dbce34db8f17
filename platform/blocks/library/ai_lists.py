"""Having a model make a list."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Example, Pin, Pins
from blocks.context import Context
from blocks.llm.answer_format import AnswerFormat, AnswerKind
from blocks.llm.asking import ask_until_usable, conversation
from blocks.llm.model_block import ModelBlock, ModelPins
from blocks.llm.source import with_source
from blocks.llm.structured import asking_for, next_tag, read_texts

MOST_LIST_TRIES = 5

SYS_PROMPT = "You make lists. Each item stands for itself and none comes twice."


class AIListGeneratorBlock(ModelBlock):
    """Has a model make a list of texts, freely or from a source, and gives it whole and item by item."""

    id = "9c0b0450-d199-458b-a731-072189dd6593"
    description = "Asks a model for a list on a focus, freely or from a source text."
    examples = (
        Example(
            input={"focus": "cities", "source_data": "Oslo, Lima and Rome, Cairo"},
            output=[
                ("generated_list", ["Oslo", "Lima and Rome", "Cairo"]),
                ("prompt", list),
                ("list_item", "Oslo"),
                ("list_item", "Lima and Rome"),
                ("list_item", "Cairo"),
            ],
        ),
    )

    class Input(ModelPins):
        focus: str | None = Pin(default=None, description="What the list is about.", advanced=False)
        source_data: str | None = Pin(default=None, description="The text the items are taken from.", advanced=False)
        max_retries: int = Pin(
            default=3, description="How many answers are asked for before the block fails.", ge=1, le=MOST_LIST_TRIES
        )
        force_json_output: bool = Pin(
            default=False, description="Whether the provider itself is told to answer with JSON. Not all of them can."
        )

    class Output(Pins):
        generated_list: list[str] = Pin(description="The list.")
        prompt: list[dict[str, str]] = Pin(description="The messages that were sent, each with role and content.")
        list_item: str = Pin(description="Each item, one after the other.")
        error: str = Pin(description="Why there is no list.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        wanted = AnswerFormat(
            kind=AnswerKind.TEXTS,
            subject=input.focus or "",
            tag="" if input.force_json_output else next_tag(context),
        )
        prompt = prompt_for(input.focus or "", input.source_data or "")
        request = input.request(context, conversation(SYS_PROMPT, prompt))
        items, messages = await ask_until_usable(
            context, asking_for(wanted, request), lambda answer: read_texts(answer, wanted), tries=input.max_retries
        )
        yield "generated_list", items
        yield "prompt", [message.as_dict() for message in messages]
        for item in items:
            yield "list_item", item


def prompt_for(focus: str, source: str) -> str:
    """What the model is asked, with or without a focus and a source."""
    task = f"Make a list about {focus}." if focus else "Make a list of the main things."
    if source:
        return with_source(f"{task} Take the items from the source, and only those that are in it.", source)
    return f"{task} Choose the items yourself."
