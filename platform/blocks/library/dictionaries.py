"""Making, reading and changing dictionaries. None of the blocks changes the dictionary it is given."""

from collections.abc import AsyncIterator
from typing import Any

import orjson

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import MISSING, Context
from blocks.errors import BlockError

Entries = dict[str, Any]


class CreateDictionaryBlock(Block):
    """Makes a dictionary of its inputs."""

    id = "b924ddf4-de4f-4b56-9a85-358930dcbc91"
    description = "Makes a dictionary of the given keys and values."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(input={"values": {"name": "Ada", "age": 36}}, output=[("dictionary", {"name": "Ada", "age": 36})]),
    )

    class Input(Pins):
        values: Entries = Pin(description="The keys and values.")

    class Output(Pins):
        dictionary: Entries = Pin(description="The dictionary.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "dictionary", input.values


class AddToDictionaryBlock(Block):
    """Adds one entry, or several, to a copy of a dictionary."""

    id = "31d1064e-7446-4693-a7d4-65e5ca1180d1"
    description = "Adds entries to a dictionary; without one, to a new one."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(
            input={"dictionary": {"a": 1}, "key": "b", "value": 2},
            output=[("updated_dictionary", {"a": 1, "b": 2})],
        ),
        Example(input={"entries": {"a": 1, "b": 2}}, output=[("updated_dictionary", {"a": 1, "b": 2})]),
    )

    class Input(Pins):
        dictionary: Entries = Pin(default_factory=dict, description="The dictionary.", advanced=False)
        key: str = Pin(default="", description="The key of one new entry.", advanced=False)
        value: Any = Pin(default=None, description="The value of that entry.", advanced=False)
        entries: Entries = Pin(default_factory=dict, description="Further entries; they win over the one.")

    class Output(Pins):
        updated_dictionary: Entries = Pin(description="The dictionary with the new entries.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        one = {input.key: input.value} if input.key and input.value is not None else {}
        yield "updated_dictionary", {**input.dictionary, **one, **input.entries}


class FindInDictionaryBlock(Block):
    """Looks a key up in a dictionary, an index up in a list, or a key up in every element of a list."""

    id = "0e50422c-6dee-4145-83d6-3a5a392f65de"
    description = "Finds what a dictionary or a list holds under a key or an index."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(input={"input": {"a": 1}, "key": "a"}, output=[("output", 1)]),
        Example(input={"input": {"a": 1}, "key": "b"}, output=[("missing", {"a": 1})]),
        Example(input={"input": '{"a": [7]}', "key": "a"}, output=[("output", [7])]),
        Example(input={"input": [5, 6], "key": 1}, output=[("output", 6)]),
        Example(input={"input": [{"a": 1}, {"b": 2}, {"a": 3}], "key": "a"}, output=[("output", [1, 3])]),
    )

    class Input(Pins):
        input: Any = Pin(description="A dictionary, a list, or the JSON text of one.")
        key: str | int = Pin(description="The key or the index.")

    class Output(Pins):
        output: Any = Pin(description="What was found.")
        missing: Any = Pin(description="The input, when nothing was found.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        found = find(_parsed(input.input), input.key)
        if found is MISSING:
            yield "missing", input.input
        else:
            yield "output", found


def find(container: Any, key: str | int) -> Any:
    """What the container holds there, or MISSING. Keys of dictionaries are text, so a number means its text."""
    if isinstance(container, dict):
        return container[key] if key in container else container.get(str(key), MISSING)
    if not isinstance(container, list):
        return MISSING
    if isinstance(key, int):
        return container[key] if 0 <= key < len(container) else MISSING
    return [element[key] for element in container if isinstance(element, dict) and key in element]


def _parsed(value: Any) -> Any:
    """What a text means as JSON; anything else, and text that is no JSON, as it is."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


class RemoveFromDictionaryBlock(Block):
    """Removes one entry from a copy of a dictionary."""

    id = "46afe2ea-c613-43f8-95ff-6692c3ef6876"
    description = "Removes a key and its value from a dictionary."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(
            input={"dictionary": {"a": 1, "b": 2}, "key": "b", "return_value": True},
            output=[("updated_dictionary", {"a": 1}), ("removed_value", 2)],
        ),
        Example(input={"dictionary": {"a": 1}, "key": "a"}, output=[("updated_dictionary", {})]),
    )

    class Input(Pins):
        dictionary: Entries = Pin(description="The dictionary.")
        key: str = Pin(description="The key to remove.")
        return_value: bool = Pin(default=False, description="Whether removed_value is given.")

    class Output(Pins):
        updated_dictionary: Entries = Pin(description="The dictionary without the entry.")
        removed_value: Any = Pin(description="The value of the removed entry.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        removed = _existing(input.dictionary, input.key)
        yield "updated_dictionary", {key: value for key, value in input.dictionary.items() if key != input.key}
        if input.return_value:
            yield "removed_value", removed


class ReplaceDictionaryValueBlock(Block):
    """Gives one key of a copy of a dictionary another value."""

    id = "27e31876-18b6-44f3-ab97-f6226d8b3889"
    description = "Replaces the value of a key that a dictionary has."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(
            input={"dictionary": {"a": 1}, "key": "a", "value": 2},
            output=[("updated_dictionary", {"a": 2}), ("old_value", 1)],
        ),
    )

    class Input(Pins):
        dictionary: Entries = Pin(description="The dictionary.")
        key: str = Pin(description="The key, which must be there.")
        value: Any = Pin(description="Its new value.")

    class Output(Pins):
        updated_dictionary: Entries = Pin(description="The dictionary with the new value.")
        old_value: Any = Pin(description="The value before.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        old = _existing(input.dictionary, input.key)
        yield "updated_dictionary", {**input.dictionary, input.key: input.value}
        yield "old_value", old


def _existing(dictionary: Entries, key: str) -> Any:
    if key not in dictionary:
        raise BlockError(f"Key '{key[:100]}' not found in dictionary")
    return dictionary[key]


class DictionaryIsEmptyBlock(Block):
    """Tells whether a dictionary has no entries."""

    id = "a3cf3f64-6bb9-4cc6-9900-608a0b3359b0"
    description = "Tells whether a dictionary is empty."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(input={"dictionary": {}}, output=[("is_empty", True)]),
        Example(input={"dictionary": {"a": None}}, output=[("is_empty", False)]),
    )

    class Input(Pins):
        dictionary: Entries = Pin(description="The dictionary.")

    class Output(Pins):
        is_empty: bool = Pin(description="Whether it is empty.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "is_empty", not input.dictionary
