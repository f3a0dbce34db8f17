"""Joining, comparing and flattening lists."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import chain, zip_longest
from typing import Any

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import MISSING, Context
from blocks.errors import BlockError

Items = list[Any]

#: Lists in lists in lists that FlattenList follows.
MAX_DEPTH = 1_000


class ConcatenateListsBlock(Block):
    """Puts lists one after the other."""

    id = "3cf9298b-5817-4141-9d80-7c2cc5199c8e"
    description = "Joins several lists into one, if wanted without None and without repetitions."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(input={"lists": [[1, 2], None, [3]]}, output=[("concatenated_list", [1, 2, 3]), ("length", 3)]),
        Example(
            input={"lists": [[{"a": 1}, None], [{"a": 1}, 2]], "deduplicate": True, "remove_none": True},
            output=[("concatenated_list", [{"a": 1}, 2]), ("length", 2)],
        ),
    )

    class Input(Pins):
        lists: Items = Pin(description="The lists; a None among them is skipped.")
        deduplicate: bool = Pin(default=False, description="Whether only the first of equal elements stays.")
        remove_none: bool = Pin(default=False, description="Whether elements that are None are left out.")

    class Output(Pins):
        concatenated_list: Items = Pin(description="The joined list.")
        length: int = Pin(description="How many elements it has.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        joined = list(chain.from_iterable(_checked(input.lists, none_allowed=True)))
        if input.remove_none:
            joined = [item for item in joined if item is not None]
        if input.deduplicate:
            joined = unique(joined)
        yield "concatenated_list", joined
        yield "length", len(joined)


class FlattenListBlock(Block):
    """Takes the elements of lists within a list out into one."""

    id = "cc45bb0f-d035-4756-96a7-fe3e36254b4d"
    description = "Flattens a list of lists, wholly or down to a depth."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(
            input={"nested_list": [[1, [2, 3]], 4]},
            output=[("flattened_list", [1, 2, 3, 4]), ("length", 4), ("original_depth", 3)],
        ),
        Example(
            input={"nested_list": [[1, [2, 3]], 4], "max_depth": 1},
            output=[("flattened_list", [1, [2, 3], 4]), ("length", 3), ("original_depth", 3)],
        ),
    )

    class Input(Pins):
        nested_list: Items = Pin(description="The list.")
        max_depth: int = Pin(default=-1, description="How many levels to flatten; -1 for all, 0 for none.")

    class Output(Pins):
        flattened_list: Items = Pin(description="The flat list.")
        length: int = Pin(description="How many elements it has.")
        original_depth: int = Pin(description="How many levels of lists there were; 1 for a flat list.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        if input.max_depth < -1:
            raise BlockError(f"max_depth must be -1 (all levels) or more, not {input.max_depth}.")
        levels = depth(input.nested_list)
        flat = flatten(input.nested_list, input.max_depth)
        yield "flattened_list", flat
        yield "length", len(flat)
        yield "original_depth", levels


def depth(items: Items) -> int:
    """How many levels of lists there are, 1 for a flat one. Raises BlockError above MAX_DEPTH."""
    levels, level = 0, [items]
    while level:
        levels += 1
        if levels > MAX_DEPTH:
            raise BlockError(f"nested_list has more than {MAX_DEPTH} levels of lists.")
        level = [inner for outer in level for inner in outer if isinstance(inner, list)]
    return levels


def flatten(items: Items, max_depth: int) -> Items:
    """The elements in order, with `max_depth` levels of lists taken away; all of them if it is negative."""
    flat: Items = []
    open_lists = [iter(items)]
    while open_lists:
        for item in open_lists[-1]:
            if isinstance(item, list) and (max_depth < 0 or len(open_lists) <= max_depth):
                open_lists.append(iter(item))
                break
            flat.append(item)
        else:
            open_lists.pop()
    return flat


class InterleaveListsBlock(Block):
    """Takes one element of each list in turn."""

    id = "9f616084-1d9f-4f8e-bc00-5b9d2a75cd75"
    description = "Mixes lists by taking one element of each in turn; longer ones go on alone."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(
            input={"lists": [[1, 2, 3], ["a"]]},
            output=[("interleaved_list", [1, "a", 2, 3]), ("length", 4)],
        ),
    )

    class Input(Pins):
        lists: Items = Pin(description="The lists.")

    class Output(Pins):
        interleaved_list: Items = Pin(description="The mixed list.")
        length: int = Pin(description="How many elements it has.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        rounds = zip_longest(*_checked(input.lists), fillvalue=MISSING)
        mixed = [item for item in chain.from_iterable(rounds) if item is not MISSING]
        yield "interleaved_list", mixed
        yield "length", len(mixed)


class ZipListsBlock(Block):
    """Makes a list of the first elements, one of the second elements, and so on."""

    id = "0d0e684f-5cb9-4c4b-b8d1-47a0860e0c07"
    description = "Groups the elements of several lists by their index."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(
            input={"lists": [[1, 2, 3], ["a", "b"]]},
            output=[("zipped_list", [[1, "a"], [2, "b"]]), ("length", 2)],
        ),
        Example(
            input={"lists": [[1, 2], ["a"]], "pad_to_longest": True, "fill_value": "-"},
            output=[("zipped_list", [[1, "a"], [2, "-"]]), ("length", 2)],
        ),
    )

    class Input(Pins):
        lists: Items = Pin(description="The lists.")
        pad_to_longest: bool = Pin(default=False, description="Whether shorter lists are filled up.")
        fill_value: Any = Pin(default=None, description="What they are filled up with.")

    class Output(Pins):
        zipped_list: list[Items] = Pin(description="The groups.")
        length: int = Pin(description="How many groups there are.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        lists = _checked(input.lists)
        rows = zip_longest(*lists, fillvalue=input.fill_value) if input.pad_to_longest else zip(*lists, strict=False)
        zipped = [list(row) for row in rows]
        yield "zipped_list", zipped
        yield "length", len(zipped)


class ListDifferenceBlock(Block):
    """Finds what one list has and the other has not."""

    id = "05309873-9d61-447e-96b5-b804e2511829"
    description = "Gives the elements of the first list that the second lacks, if wanted also the other way round."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(
            input={"list_a": [3, 1, 2, 3], "list_b": [2]},
            output=[("difference", [3, 1, 3]), ("length", 3)],
        ),
        Example(
            input={"list_a": [1, 2], "list_b": [2, 4], "symmetric": True},
            output=[("difference", [1, 4]), ("length", 2)],
        ),
    )

    class Input(Pins):
        list_a: Items = Pin(description="The first list.")
        list_b: Items = Pin(description="The second list.")
        symmetric: bool = Pin(default=False, description="Whether what only the second list has is given too.")

    class Output(Pins):
        difference: Items = Pin(description="The elements, in the order of their lists.")
        length: int = Pin(description="How many there are.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        only = without(input.list_a, input.list_b)
        if input.symmetric:
            only += without(input.list_b, input.list_a)
        yield "difference", only
        yield "length", len(only)


class ListIntersectionBlock(Block):
    """Finds what two lists have in common."""

    id = "b6eb08b6-dbe3-411b-b9b4-2508cb311a1f"
    description = "Gives the elements that both lists have, each once, in the order of the first."
    categories = frozenset({Category.DATA})
    effect = Effect.PURE
    examples = (
        Example(
            input={"list_a": [3, 1, 3, 2], "list_b": [2, 3]},
            output=[("intersection", [3, 2]), ("length", 2)],
        ),
    )

    class Input(Pins):
        list_a: Items = Pin(description="The first list.")
        list_b: Items = Pin(description="The second list.")

    class Output(Pins):
        intersection: Items = Pin(description="The common elements.")
        length: int = Pin(description="How many there are.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        wanted = {identity(item) for item in input.list_b}
        common = unique(item for item in input.list_a if identity(item) in wanted)
        yield "intersection", common
        yield "length", len(common)


def unique(items: Iterable[Any]) -> Items:
    """The elements in order, only the first of equal ones."""
    firsts: dict[str, Any] = {}
    for item in items:
        firsts.setdefault(identity(item), item)
    return list(firsts.values())


def without(items: Iterable[Any], unwanted: Iterable[Any]) -> Items:
    """The elements in order, repetitions included, that are not among the unwanted."""
    excluded = {identity(item) for item in unwanted}
    return [item for item in items if identity(item) not in excluded]


def identity(value: Any) -> str:
    """The same for values that are equal in structure: 1.0 is 1, true is not, the order of keys does not count.

    A text, whose hash nobody can foresee: of numbers that share one, anybody can write down as many as it takes for a
    set of them to keep its worker busy for hours.
    """
    return json.dumps(_with_whole_numbers(value), sort_keys=True)


def _with_whole_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_whole_numbers(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_with_whole_numbers(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _checked(lists: Sequence[Any], *, none_allowed: bool = False) -> list[Items]:
    """The members, which must all be lists. Raises BlockError for the first that is none."""
    for position, member in enumerate(lists):
        if not isinstance(member, list | tuple) and not (none_allowed and member is None):
            raise BlockError(f"lists must hold lists only, but number {position + 1} is {type(member).__name__}.")
    return [member for member in lists if member is not None]
