"""Having a model shorten a text of any length."""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any

from blocks.base import Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.llm.asking import ask_until_usable, conversation, plain_text
from blocks.llm.chat import Message
from blocks.llm.model_block import ModelBlock, ModelPins
from blocks.llm.source import with_source

MAX_CHARACTERS = 1_000_000
MAX_CHUNKS = 100
TRIES = 3

SYS_PROMPT = "You write summaries. You keep to what the source says, and answer with the summary only."


class Style(StrEnum):
    """How a summary is written."""

    CONCISE = "concise"
    DETAILED = "detailed"
    BULLET_POINTS = "bullet points"
    NUMBERED_LIST = "numbered list"


class AITextSummarizerBlock(ModelBlock):
    """Has a model summarise a text: each chunk by itself, then the summaries, until one is left."""

    id = "a0a69be1-4528-491c-a85a-a4ab6873e3f0"
    description = "Asks a model for a summary of a text, chunk by chunk if it is long."
    examples = (
        Example(
            input={"text": "The harbour is old. Ships come and go."},
            output=[("summary", "The harbour is old…"), ("prompt", list)],
        ),
        Example(
            input={"text": "one two three four five six", "max_tokens": 4, "chunk_overlap": 1},
            output=[("summary", "one two…"), ("prompt", list)],
        ),
    )

    class Input(ModelPins):
        text: str = Pin(description="The text.")
        focus: str = Pin(default="general information", description="What matters in the summary.")
        style: Style = Pin(default=Style.CONCISE, description="How it is written.")
        max_tokens: int = Pin(default=4096, description="The words of one chunk, and the tokens of one answer.", ge=1)
        chunk_overlap: int = Pin(default=100, description="Words that two chunks next to each other share.", ge=0)

    class Output(Pins):
        summary: str = Pin(description="The summary.")
        prompt: list[dict[str, str]] = Pin(description="The messages of the last call, each with role and content.")
        error: str = Pin(description="Why there is no summary.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        chunks = chunks_of(input.text, words=input.max_tokens, overlap=input.chunk_overlap)
        while True:
            summaries = [await _summarise(chunk, input, context) for chunk in chunks]
            if len(summaries) == 1:
                break
            chunks = _fewer(chunks, "\n\n".join(summary for summary, _ in summaries), input)
        summary, messages = summaries[0]
        yield "summary", summary
        yield "prompt", [message.as_dict() for message in messages]


def chunks_of(text: str, *, words: int, overlap: int) -> list[str]:
    """The text in chunks of `words` words, each beginning with the last `overlap` words of the one before.

    Raises BlockError when the text is empty, too long or would make too many chunks.
    """
    if len(text) > MAX_CHARACTERS:
        raise BlockError(f"text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are allowed.")
    found = text.split()
    if not found:
        raise BlockError("text is empty; there is nothing to summarise.")
    if len(found) <= words:
        return [text]
    if overlap >= words:
        raise BlockError(f"chunk_overlap must be less than max_tokens, which is {words}, not {overlap}.")
    starts = range(0, len(found) - overlap, words - overlap)
    if len(starts) > MAX_CHUNKS:
        raise BlockError(f"The text makes {len(starts):,} chunks; at most {MAX_CHUNKS} are allowed. Raise max_tokens.")
    return [" ".join(found[start : start + words]) for start in starts]


def _fewer(chunks: list[str], summaries: str, input: AITextSummarizerBlock.Input) -> list[str]:
    """The summaries in chunks. Raises BlockError unless that makes fewer of them, or it would never end."""
    fewer = chunks_of(summaries, words=input.max_tokens, overlap=input.chunk_overlap)
    if len(fewer) >= len(chunks):
        raise BlockError("The summaries of the chunks are as long as the text. Raise max_tokens.")
    return fewer


async def _summarise(chunk: str, input: AITextSummarizerBlock.Input, context: Context) -> tuple[str, list[Message]]:
    task = f"Summarise the source. The focus is on {input.focus}, the style is {input.style}."
    request = input.request(context, conversation(SYS_PROMPT, with_source(task, chunk)))
    return await ask_until_usable(context, request, plain_text, tries=TRIES)
