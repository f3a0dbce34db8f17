"""Going through a collection, element by element."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError

Collection = list[Any] | dict[str, Any]

MAX_ELEMENTS = 10_000
MAX_CHARACTERS = 1024 * 1024


class StepThroughItemsBlock(Block):
    """Gives every element of its collections, one after the other, each with its index or key."""

    id = "f66a3543-28d3-4ab5-8945-9b336371e2ce"
    description = "Goes through a list or a dictionary, so that what follows runs once per element."
    categories = frozenset({Category.LOGIC, Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(input={"items": ["a", "b"]}, output=[("item", "a"), ("key", 0), ("item", "b"), ("key", 1)]),
        Example(input={"items_object": {"x": 7}}, output=[("item", 7), ("key", "x")]),
        Example(input={"items_str": '["a"]'}, output=[("item", "a"), ("key", 0)]),
    )

    class Input(Pins):
        items: list[Any] = Pin(default_factory=list, description="A list.", advanced=False)
        items_object: dict[str, Any] = Pin(default_factory=dict, description="A dictionary.", advanced=False)
        items_str: str = Pin(default="", description="The JSON text of a list or a dictionary.", advanced=False)

    class Output(Pins):
        item: Any = Pin(description="The element.")
        key: int | str = Pin(description="Its index in the list, or its key in the dictionary.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        sources: list[Collection] = [input.items, input.items_object, _parsed(input.items_str)]
        count = sum(map(len, sources))
        if count > MAX_ELEMENTS:
            raise BlockError(f"There are {count} elements; at most {MAX_ELEMENTS} are allowed.")
        for source in sources:
            for key, item in _entries(source):
                yield "item", item
                yield "key", key


def _parsed(text: str) -> Collection:
    """The collection that `items_str` means; an empty one for an empty text."""
    if not text:
        return []
    if len(text) > MAX_CHARACTERS:
        raise BlockError(f"items_str has {len(text)} characters; at most {MAX_CHARACTERS} are allowed.")
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BlockError(f"items_str is not JSON: {error}.") from error
    if not isinstance(parsed, list | dict):
        raise BlockError("items_str must be the JSON text of a list or a dictionary.")
    return parsed


def _entries(source: Collection) -> Iterator[tuple[int | str, Any]]:
    yield from source.items() if isinstance(source, dict) else enumerate(source)
