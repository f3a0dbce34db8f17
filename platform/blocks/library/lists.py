"""Making, reading and changing one list. None of the blocks changes the list it is given."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError

Items = list[Any]

#: A token is taken to be this many characters.
CHARACTERS_PER_TOKEN = 4


class CreateListBlock(Block):
    """Makes a list of its inputs, in pieces when a limit is given."""

    id = "a912d5c7-6e00-4542-b2a9-8034136930e4"
    description = "Makes a list of the given values, or several lists of limited size."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(input={"values": ["a", 1]}, output=[("list", ["a", 1])]),
        Example(input={"values": [1, 2, 3], "max_size": 2}, output=[("list", [1, 2]), ("list", [3])]),
        Example(input={"values": []}, output=[("list", [])]),
    )

    class Input(Pins):
        values: Items = Pin(description="The values.")
        max_size: int | None = Pin(default=None, description="The most elements of one list.", ge=1)
        max_tokens: int | None = Pin(
            default=None, description="The most tokens of one list, estimated; one element may have more.", ge=1
        )

    class Output(Pins):
        list: Items = Pin(description="The list, or one piece of it after the other.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        for piece in pieces(input.values, max_size=input.max_size, max_tokens=input.max_tokens):
            yield "list", piece


def pieces(items: Sequence[Any], *, max_size: int | None, max_tokens: int | None) -> Iterator[Items]:
    """Cut a list where the next element would exceed a limit. An empty list is one empty piece."""
    piece: Items = []
    tokens = 0
    for item in items:
        more = tokens_of(item) if max_tokens else 0
        too_long = max_size is not None and len(piece) >= max_size
        too_many_tokens = max_tokens is not None and tokens + more > max_tokens
        if piece and (too_long or too_many_tokens):
            yield piece
            piece, tokens = [], 0
        piece.append(item)
        tokens += more
    if piece or not items:
        yield piece


def tokens_of(item: Any) -> int:
    """About how many tokens a model would count for this element."""
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, default=str)
    return max(1, len(text) // CHARACTERS_PER_TOKEN)


class AddToListBlock(Block):
    """Adds elements to a copy of a list, at its end or at a position."""

    id = "aeb08fc1-2fc1-4141-bc8e-f758f183a822"
    description = "Adds elements to a list; without one, to a new one."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(input={"list": [1], "entry": 3, "entries": [2]}, output=[("updated_list", [1, 2, 3])]),
        Example(input={"list": [1, 4], "entries": [2, 3], "position": 1}, output=[("updated_list", [1, 2, 3, 4])]),
        Example(input={"entry": "first"}, output=[("updated_list", ["first"])]),
    )

    class Input(Pins):
        list: Items = Pin(default_factory=Items, description="The list.", advanced=False)
        entry: Any = Pin(default=None, description="One new element; it comes after the entries.", advanced=False)
        entries: Items = Pin(default_factory=Items, description="Further new elements.", advanced=False)
        position: int | None = Pin(
            default=None, description="Where they are put: 0 is the start, -1 before the last; the end unless given."
        )

    class Output(Pins):
        updated_list: Items = Pin(description="The list with the new elements.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        additions = [*input.entries, *([] if input.entry is None else [input.entry])]
        position = len(input.list) if input.position is None else input.position
        yield "updated_list", [*input.list[:position], *additions, *input.list[position:]]


class FindInListBlock(Block):
    """Tells where a value first stands in a list."""

    id = "5e2c6d0a-1e37-489f-b1d0-8e1812b23333"
    description = "Finds the index of a value in a list."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(input={"list": ["a", "b"], "value": "b"}, output=[("index", 1), ("found", True)]),
        Example(input={"list": ["a"], "value": "z"}, output=[("found", False), ("not_found_value", "z")]),
    )

    class Input(Pins):
        list: Items = Pin(description="The list.")
        value: Any = Pin(description="The value to find.")

    class Output(Pins):
        index: int = Pin(description="Where it first stands, from 0.")
        found: bool = Pin(description="Whether it is there.")
        not_found_value: Any = Pin(description="The value, when it is not there.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.value in input.list:
            yield "index", input.list.index(input.value)
            yield "found", True
        else:
            yield "found", False
            yield "not_found_value", input.value


class GetListItemBlock(Block):
    """Takes one element out of a list."""

    id = "262ca24c-1025-43cf-a578-534e23234e97"
    description = "Gives the element at an index of a list."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(input={"list": ["a", "b"], "index": 0}, output=[("item", "a")]),
        Example(input={"list": ["a", "b"], "index": -1}, output=[("item", "b")]),
    )

    class Input(Pins):
        list: Items = Pin(description="The list.")
        index: int = Pin(description="The index: 0 is the first element, -1 the last.")

    class Output(Pins):
        item: Any = Pin(description="The element.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "item", _element(input.list, input.index)


class RemoveFromListBlock(Block):
    """Removes one element from a copy of a list, by index or else by value."""

    id = "d93c5a93-ac7e-41c1-ae5c-ef67e6e9b826"
    description = "Removes the element at an index, or the first that has a value."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(
            input={"list": [7, 8, 9], "index": 1, "return_item": True},
            output=[("updated_list", [7, 9]), ("removed_item", 8)],
        ),
        Example(input={"list": [7, 8, 7], "value": 7}, output=[("updated_list", [8, 7])]),
    )

    class Input(Pins):
        list: Items = Pin(description="The list.")
        value: Any = Pin(default=None, description="The value to remove; ignored with an index.", advanced=False)
        index: int | None = Pin(default=None, description="The index to remove; -1 is the last.", advanced=False)
        return_item: bool = Pin(default=False, description="Whether removed_item is given.")

    class Output(Pins):
        updated_list: Items = Pin(description="The list without the element.")
        removed_item: Any = Pin(description="The removed element.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        index = _index_to_remove(input)
        remaining = list(input.list)
        removed = remaining.pop(index)
        yield "updated_list", remaining
        if input.return_item:
            yield "removed_item", removed


def _index_to_remove(input: RemoveFromListBlock.Input) -> int:
    items = input.list
    if input.index is not None and -len(items) <= input.index < len(items):
        return input.index
    if input.index is None and input.value is not None and input.value in items:
        return items.index(input.value)
    raise BlockError("Index or value not found")


class ReplaceListItemBlock(Block):
    """Puts another element at an index of a copy of a list."""

    id = "fbf62922-bea1-4a3d-8bac-23587f810b38"
    description = "Replaces the element at an index of a list."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(
            input={"list": ["a", "b"], "index": 1, "value": "c"},
            output=[("updated_list", ["a", "c"]), ("old_item", "b")],
        ),
    )

    class Input(Pins):
        list: Items = Pin(description="The list.")
        index: int = Pin(description="The index: 0 is the first element, -1 the last.")
        value: Any = Pin(description="The new element.")

    class Output(Pins):
        updated_list: Items = Pin(description="The list with the new element.")
        old_item: Any = Pin(description="The element before.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        old = _element(input.list, input.index)
        updated = list(input.list)
        updated[input.index] = input.value
        yield "updated_list", updated
        yield "old_item", old


def _element(items: Items, index: int) -> Any:
    try:
        return items[index]
    except IndexError:
        raise BlockError("Index out of range") from None


class ListIsEmptyBlock(Block):
    """Tells whether a list has no elements."""

    id = "896ed73b-27d0-41be-813c-c1c1dc856c03"
    description = "Tells whether a list is empty."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(input={"list": []}, output=[("is_empty", True)]),
        Example(input={"list": [None]}, output=[("is_empty", False)]),
    )

    class Input(Pins):
        list: Items = Pin(description="The list.")

    class Output(Pins):
        is_empty: bool = Pin(description="Whether it is empty.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "is_empty", not input.list


class ReverseListOrderBlock(Block):
    """Turns a list round."""

    id = "422cb708-3109-4277-bfe3-bc2ae5812777"
    description = "Gives the elements of a list in the opposite order."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (Example(input={"input_list": [1, 2, 3]}, output=[("reversed_list", [3, 2, 1])]),)

    class Input(Pins):
        input_list: Items = Pin(description="The list.")

    class Output(Pins):
        reversed_list: Items = Pin(description="The list, last element first.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        yield "reversed_list", input.input_list[::-1]
