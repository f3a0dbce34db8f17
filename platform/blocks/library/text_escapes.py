"""Backslash escapes: from text and back."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError


class TextEncoderBlock(Block):
    """Writes line breaks and other special characters as backslash escapes."""

    id = "5185f32e-4b65-4ecf-8fbb-873f003f09d6"
    description = "Writes line breaks and special characters as backslash escapes."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (Example(input={"text": "one\ntwo – é"}, output=[("encoded_text", "one\\ntwo \\u2013 \\xe9")]),)

    class Input(Pins):
        text: str = Pin(description="The text.")

    class Output(Pins):
        encoded_text: str = Pin(description="The text with escapes, in one line.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "encoded_text", input.text.encode("unicode_escape").decode("ascii")


class TextDecoderBlock(Block):
    """Turns backslash escapes into the characters that they stand for."""

    id = "2570e8fe-8447-43ed-84c7-70d657923231"
    description = "Turns backslash escapes such as \\n into the characters they stand for."
    categories = frozenset({Category.TEXT})
    effect = Effect.PURE
    examples = (Example(input={"text": "one\\ntwo \\u2013 é"}, output=[("decoded_text", "one\ntwo – é")]),)

    class Input(Pins):
        text: str = Pin(description="The text with escapes.")

    class Output(Pins):
        decoded_text: str = Pin(description="The text.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "decoded_text", decode(input.text)


def decode(text: str) -> str:
    """The text without escapes. Raises BlockError for an escape that is not complete."""
    try:
        characters = text.encode("latin-1", "backslashreplace").decode("unicode_escape")
        return characters.encode("utf-16", "surrogatepass").decode("utf-16")  # joins what JSON writes as two escapes
    except UnicodeError as error:
        raise BlockError(f"The input text has a faulty escape: {error.reason}.") from error  # type: ignore[attr-defined]
