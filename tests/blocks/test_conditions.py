from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.conditions import ConditionBlock, IfInputMatchesBlock
from tests.blocks.running import outputs


@pytest.mark.parametrize(
    ("left", "sign", "right", "holds"),
    [
        (1, "==", "1", True),
        ("1", "==", "1.0", True),
        ("a ", "==", " a", True),
        ("a", "!=", "A", True),
        ("10", ">", "9", True),
        ("b", ">", "a", True),
        (2, "<", 1, False),
        (2, ">=", 2, True),
        (2, "<=", "1e3", True),
        ([1], "==", [1], True),
        (None, "==", None, True),
        ("nan", "==", "nan", True),
        ("5", "==", "five", False),
    ],
)
async def test_values_are_compared_as_numbers_where_possible(left: Any, sign: str, right: Any, holds: bool) -> None:
    emitted = await outputs(ConditionBlock(), {"value1": left, "operator": sign, "value2": right})

    assert emitted[0] == ("result", holds)
    assert emitted[1][0] == ("yes_output" if holds else "no_output")


async def test_yes_gives_the_converted_left_value_by_default() -> None:
    emitted = await outputs(ConditionBlock(), {"value1": " 10 ", "operator": ">", "value2": 5, "no_value": "no"})

    assert emitted[1:] == [("yes_output", 10.0)]


async def test_no_gives_the_converted_right_value_by_default() -> None:
    emitted = await outputs(ConditionBlock(), {"value1": 1, "operator": "==", "value2": " b ", "yes_value": "yes"})

    assert emitted[1:] == [("no_output", "b")]


async def test_given_branch_values_are_passed_on_unconverted() -> None:
    inputs = {"value1": 1, "value2": 1, "yes_value": " 7 ", "no_value": False}

    assert (await outputs(ConditionBlock(), inputs | {"operator": "=="}))[1] == ("yes_output", " 7 ")
    assert (await outputs(ConditionBlock(), inputs | {"operator": "!="}))[1] == ("no_output", False)


async def test_values_that_have_no_order_fail() -> None:
    with pytest.raises(BlockError, match="cannot be compared by >: str and float"):
        await outputs(ConditionBlock(), {"value1": "abc", "operator": ">", "value2": "1"})


@pytest.mark.parametrize(
    ("given", "wanted", "same"),
    [
        (10, "10", True),
        (10, "10.0", True),
        (10, "10.5", False),
        (0, "ten", False),
        (1.5, "1.5", True),
        ("10", 10, True),
        ("true", True, True),
        (True, "TRUE", True),
        (False, "0", True),
        (False, "maybe", False),
        ([1, 2], "[1, 2]", True),
        ({"a": 1}, '{"a":1}', True),
        (2, [1, 2], False),
        (None, None, True),
        (None, "null", False),
        (0, None, False),
        ("a", "A", False),
    ],
)
async def test_same_value_matches_however_it_is_written(given: Any, wanted: Any, same: bool) -> None:
    emitted = await outputs(IfInputMatchesBlock(), {"input": given, "value": wanted, "yes_value": 1, "no_value": 0})

    assert emitted == [("result", same), ("yes_output", 1) if same else ("no_output", 0)]


async def test_branch_without_a_value_gives_none() -> None:
    assert await outputs(IfInputMatchesBlock(), {"input": 1, "value": 1}) == [("result", True), ("yes_output", None)]
