"""Putting texts together, taking them apart, filling them in."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.filling import fill

#: Characters of a text that a block builds.
MAX_CHARACTERS = 10_000_000


class FillTextTemplateBlock(Block):
    """Fills in a template."""

    id = "db7d8f02-2f44-4c55-ab7a-eae0941f0c30"
    description = "Fills in a template with values; what has no value stays empty."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (
        Example(
            input={
                "values": {"name": "Ada", "tasks": ["read", "write"]},
                "format": "{{ name }}: {{ tasks|join(', ') }}.",
            },
            output=[("output", "Ada: read, write.")],
        ),
        Example(input={"values": {}, "format": "Dear {{ name }}"}, output=[("output", "Dear ")]),
        Example(
            input={"values": {"name": "<b>"}, "format": "<i>{{ name }}</i>", "escape_html": True},
            output=[("output", "<i>&lt;b&gt;</i>")],
        ),
    )

    class Input(Pins):
        values: dict[str, Any] = Pin(description="What the template may use, by name.")
        format: str = Pin(description="The template.", placeholder="Dear {{ name }}, …")
        escape_html: bool = Pin(default=False, description="Whether to escape what HTML treats specially.")

    class Output(Pins):
        output: str = Pin(description="The text.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "output", await fill(input.format, input.values, escape_html=input.escape_html)


class CombineTextsBlock(Block):
    """Joins texts."""

    id = "e30a4d42-7b7d-4e6a-b36e-1f9b8e3b7d85"
    description = "Joins several texts to one."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (
        Example(input={"input": ["a", "b"]}, output=[("output", "ab")]),
        Example(input={"input": ["a", "b"], "delimiter": ", "}, output=[("output", "a, b")]),
    )

    class Input(Pins):
        input: list[str] = Pin(description="The texts.")
        delimiter: str = Pin(default="", description="What stands between two of them.")

    class Output(Pins):
        output: str = Pin(description="The whole.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        _check_length(sum(map(len, input.input)) + len(input.delimiter) * len(input.input))
        yield "output", input.delimiter.join(input.input)


class TextSplitBlock(Block):
    """Splits a text at a delimiter."""

    id = "d5ea33c8-a575-477a-b42f-2fe3be5055ec"
    description = "Splits a text into a list of texts."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (
        Example(input={"text": "a, b,c", "delimiter": ","}, output=[("texts", ["a", "b", "c"])]),
        Example(input={"text": "a, b", "delimiter": ",", "strip": False}, output=[("texts", ["a", " b"])]),
        Example(input={"text": "", "delimiter": ","}, output=[("texts", [])]),
    )

    class Input(Pins):
        text: str = Pin(description="The text.")
        delimiter: str = Pin(description="Where to split.")
        strip: bool = Pin(default=True, description="Whether to drop the space around each part.")

    class Output(Pins):
        texts: list[str] = Pin(description="The parts.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if not input.delimiter:
            raise BlockError("The input delimiter is empty; there is nothing to split at.")
        parts = input.text.split(input.delimiter) if input.text else []
        yield "texts", [part.strip() for part in parts] if input.strip else parts


class TextReplaceBlock(Block):
    """Replaces a part of a text."""

    id = "7e7c87ab-3469-4bcc-9abe-67705091b713"
    description = "Replaces every occurrence of a text by another."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (
        Example(input={"text": "tea, tea", "old": "tea", "new": "coffee"}, output=[("output", "coffee, coffee")]),
    )

    class Input(Pins):
        text: str = Pin(description="The text.")
        old: str = Pin(description="What to replace.")
        new: str = Pin(description="What to put there.")

    class Output(Pins):
        output: str = Pin(description="The changed text.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        growth = len(input.new) - len(input.old)
        _check_length(len(input.text) + input.text.count(input.old) * growth)
        yield "output", input.text.replace(input.old, input.new)


class WordCharacterCountBlock(Block):
    """Counts words and characters."""

    id = "ab2a782d-22cf-4587-8a70-55b59b3f9f90"
    description = "Counts the words and the characters of a text."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (Example(input={"text": "Hello,  world"}, output=[("word_count", 2), ("character_count", 13)]),)

    class Input(Pins):
        text: str = Pin(description="The text.")

    class Output(Pins):
        word_count: int = Pin(description="Its words: what space separates.")
        character_count: int = Pin(description="Its characters, space included.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "word_count", len(input.text.split())
        yield "character_count", len(input.text)


def _check_length(characters: int) -> None:
    if characters > MAX_CHARACTERS:
        raise BlockError(f"The output would have {characters:,} characters; the limit is {MAX_CHARACTERS:,}.")
