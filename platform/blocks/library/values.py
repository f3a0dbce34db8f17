"""Keeping, converting and annotating single values."""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any

from blocks.base import Block, BlockType, Category, Effect, Example, Pin, Pins
from blocks.coercion import convert
from blocks.context import Context
from blocks.errors import BlockError


class StoreValueBlock(Block):
    """Holds a value for every later use in the graph."""

    id = "1ff065e9-88e8-4358-9d82-8dc91f622ba9"
    description = "Passes a value on and keeps it, so that it can be used many times."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE
    static_output = True
    examples = (
        Example(input={"input": "go", "data": {"a": 1}}, output=[("output", {"a": 1})]),
        Example(input={"input": "go"}, output=[("output", "go")]),
    )

    class Input(Pins):
        input: Any = Pin(description="What triggers the block, and the value unless there is data.")
        data: Any = Pin(default=None, description="The value to keep.", advanced=False)

    class Output(Pins):
        output: Any = Pin(description="The kept value.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "output", input.input if input.data is None else input.data


class NoteBlock(Block):
    """Writes a remark on the canvas. It is never executed."""

    id = "cc10ff7b-7753-4ff2-9af6-9399b1a7eddc"
    description = "Shows a note to whoever reads the graph."
    categories = frozenset({Category.BASIC})
    block_type = BlockType.NOTE
    effect = Effect.PURE

    class Input(Pins):
        text: str = Pin(default="", description="The note.", advanced=False)

    class Output(Pins):
        output: str = Pin(description="The note.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "output", input.text


class ValueType(StrEnum):
    """What a value can be turned into."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    DICTIONARY = "dictionary"


_PYTHON_TYPES: dict[ValueType, Any] = {
    ValueType.STRING: str,
    ValueType.NUMBER: float,
    ValueType.BOOLEAN: bool,
    ValueType.LIST: list,
    ValueType.DICTIONARY: dict[str, Any],
}


class UniversalTypeConverterBlock(Block):
    """Turns any value into a chosen type, by the same rules that fit values to pins."""

    id = "95d1b990-ce13-4d88-9737-ba5c2070c97b"
    description = "Turns a value into text, a number, a boolean, a list or a dictionary."
    categories = frozenset({Category.BASIC})
    effect = Effect.PURE
    examples = (
        Example(input={"value": "5", "type": "number"}, output=[("value", 5.0)]),
        Example(input={"value": {"a": 1}, "type": "string"}, output=[("value", '{"a": 1}')]),
        Example(input={"value": "True", "type": "boolean"}, output=[("value", True)]),
        Example(input={"value": "abc", "type": "list"}, output=[("value", ["abc"])]),
        Example(input={"value": ["x"], "type": "dictionary"}, output=[("value", {"0": "x"})]),
    )

    class Input(Pins):
        value: Any = Pin(description="The value.")
        type: ValueType = Pin(description="What it shall become.")

    class Output(Pins):
        value: Any = Pin(description="The converted value.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        try:
            converted = convert(input.value, _PYTHON_TYPES[input.type])
        except ValueError as error:
            raise BlockError(f"The value cannot become a {input.type}: {error}") from error
        yield "value", converted
