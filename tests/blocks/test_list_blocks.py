import sys
from collections.abc import Callable
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.lists import (
    AddToListBlock,
    CreateListBlock,
    FindInListBlock,
    GetListItemBlock,
    RemoveFromListBlock,
    ReplaceListItemBlock,
)
from blocks.library.several_lists import (
    MAX_DEPTH,
    ConcatenateListsBlock,
    FlattenListBlock,
    InterleaveListsBlock,
    ListDifferenceBlock,
    ListIntersectionBlock,
    ZipListsBlock,
    identity,
)
from tests.blocks.running import outputs


async def test_index_is_removed_although_a_value_is_given_too() -> None:
    inputs = {"list": ["a", "b", "c"], "index": 0, "value": "c", "return_item": True}

    assert await outputs(RemoveFromListBlock(), inputs) == [("updated_list", ["b", "c"]), ("removed_item", "a")]


async def test_negative_index_removes_from_the_end() -> None:
    assert await outputs(RemoveFromListBlock(), {"list": [1, 2], "index": -1}) == [("updated_list", [1])]


@pytest.mark.parametrize("wish", [{}, {"value": 9}, {"index": 3}, {"index": -4}, {"index": 3, "value": 1}])
async def test_removing_what_is_not_there_fails(wish: dict[str, Any]) -> None:
    with pytest.raises(BlockError, match=r"^Index or value not found$"):
        await outputs(RemoveFromListBlock(), {"list": [1, 2, 3], **wish})


@pytest.mark.parametrize("block", [GetListItemBlock(), ReplaceListItemBlock()])
@pytest.mark.parametrize("index", [2, -3])
async def test_index_outside_the_list_fails(block: Any, index: int) -> None:
    with pytest.raises(BlockError, match=r"^Index out of range$"):
        await outputs(block, {"list": [1, 2], "index": index, "value": 0})


async def test_given_list_is_not_changed() -> None:
    given = [1, 2]

    for block in (AddToListBlock(), RemoveFromListBlock(), ReplaceListItemBlock()):
        await outputs(block, {"list": given, "index": 0, "value": 9, "entry": 9})

    assert given == [1, 2]


@pytest.mark.parametrize(
    ("position", "expected"), [(0, [9, 1, 2]), (-1, [1, 9, 2]), (99, [1, 2, 9]), (-99, [9, 1, 2]), (None, [1, 2, 9])]
)
async def test_position_counts_as_in_a_slice(position: int | None, expected: list[int]) -> None:
    emitted = await outputs(AddToListBlock(), {"list": [1, 2], "entry": 9, "position": position})

    assert emitted == [("updated_list", expected)]


async def test_first_of_equal_values_is_found() -> None:
    assert (await outputs(FindInListBlock(), {"list": [{"a": 1}, {"a": 1}], "value": {"a": 1}}))[0] == ("index", 0)


async def test_list_is_cut_at_the_token_limit() -> None:
    emitted = await outputs(CreateListBlock(), {"values": ["x" * 8, "y" * 4, "z" * 4, "w" * 40], "max_tokens": 3})

    assert emitted == [("list", ["x" * 8, "y" * 4]), ("list", ["z" * 4]), ("list", ["w" * 40])]


async def test_both_limits_of_a_list_hold() -> None:
    emitted = await outputs(CreateListBlock(), {"values": [1, 2, 3, "x" * 12], "max_tokens": 4, "max_size": 2})

    assert emitted == [("list", [1, 2]), ("list", [3, "x" * 12])]


async def test_true_is_not_taken_for_one() -> None:
    emitted = await outputs(ConcatenateListsBlock(), {"lists": [[1, True], [1.0, "1", False, 0]], "deduplicate": True})

    assert emitted[0] == ("concatenated_list", [1, True, "1", False, 0])
    assert [type(item) for item in emitted[0][1]] == [int, bool, str, bool, int]


async def test_first_of_equal_structures_keeps_its_place() -> None:
    lists = [[{"a": [1], "b": 2}, 3], [{"b": 2, "a": [1]}, 3, 4]]

    emitted = await outputs(ConcatenateListsBlock(), {"lists": lists, "deduplicate": True})

    assert emitted == [("concatenated_list", [{"a": [1], "b": 2}, 3, 4]), ("length", 3)]


@pytest.mark.parametrize("block", [ConcatenateListsBlock(), InterleaveListsBlock(), ZipListsBlock()])
async def test_member_that_is_no_list_fails(block: Any) -> None:
    with pytest.raises(BlockError, match="number 2 is str"):
        await outputs(block, {"lists": [[1], "abc"]})


@pytest.mark.parametrize("block", [ConcatenateListsBlock(), InterleaveListsBlock(), ZipListsBlock()])
async def test_no_lists_give_an_empty_one(block: Any) -> None:
    emitted = await outputs(block, {"lists": []})

    assert [value for _, value in emitted] == [[], 0]


async def test_interleaving_keeps_none() -> None:
    emitted = await outputs(InterleaveListsBlock(), {"lists": [[None, 1], [2]]})

    assert emitted[0] == ("interleaved_list", [None, 2, 1])


@pytest.mark.parametrize(
    ("max_depth", "expected"), [(-1, [1, 2, 3]), (0, [[1, [2, [3]]]]), (1, [1, [2, [3]]]), (2, [1, 2, [3]])]
)
async def test_list_is_flattened_down_to_the_depth(max_depth: int, expected: list[Any]) -> None:
    emitted = await outputs(FlattenListBlock(), {"nested_list": [[1, [2, [3]]]], "max_depth": max_depth})

    assert emitted == [("flattened_list", expected), ("length", len(expected)), ("original_depth", 4)]


async def test_negative_depth_other_than_all_fails() -> None:
    with pytest.raises(BlockError, match="max_depth must be -1"):
        await outputs(FlattenListBlock(), {"nested_list": [], "max_depth": -2})


async def test_depth_of_lists_is_limited() -> None:
    emitted = await outputs(FlattenListBlock(), {"nested_list": nested(MAX_DEPTH)})
    assert emitted[2] == ("original_depth", MAX_DEPTH)

    with pytest.raises(BlockError, match=f"more than {MAX_DEPTH} levels"):
        await outputs(FlattenListBlock(), {"nested_list": nested(MAX_DEPTH + 1)})


async def test_difference_and_intersection_compare_structures() -> None:
    lists = {"list_a": [{"a": 1}, [1], 1, 1], "list_b": [{"a": 1}, True]}

    assert await outputs(ListDifferenceBlock(), lists) == [("difference", [[1], 1, 1]), ("length", 3)]
    assert await outputs(ListIntersectionBlock(), lists) == [("intersection", [{"a": 1}]), ("length", 1)]


async def test_numbers_of_one_hash_are_told_apart() -> None:
    alike = [1 + number * sys.hash_info.modulus for number in range(1000)]
    lists = {"list_a": [*alike, [alike[1]], {"a": alike[2]}, 2.0**60, -1, -2], "list_b": [alike[0], 2**60, -2]}

    left = [*alike[1:], [alike[1]], {"a": alike[2]}, -1]
    assert await outputs(ListDifferenceBlock(), lists) == [("difference", left), ("length", len(left))]
    assert await outputs(ListIntersectionBlock(), lists) == [("intersection", [1, 2**60, -2]), ("length", 3)]
    together = {"lists": [alike, [1.0, True, 0, False, "1"], alike], "deduplicate": True}
    (_, joined), _ = await outputs(ConcatenateListsBlock(), together)
    assert [(type(item), item) for item in joined[1000:]] == [(bool, True), (int, 0), (bool, False), (str, "1")]


@pytest.mark.parametrize("wrap", [lambda number: number, lambda number: [number], lambda number: {"a": number}])
def test_nobody_can_choose_elements_that_share_a_hash(wrap: Callable[[int], Any]) -> None:
    alike = [wrap(1 + number * sys.hash_info.modulus) for number in range(1000)]

    assert len({hash(identity(item)) for item in alike}) == len(alike)


def nested(levels: int) -> list[Any]:
    innermost: list[Any] = ["core"]
    for _ in range(levels - 1):
        innermost = [innermost]
    return innermost
