"""Depth is counted exactly, and no depth is too much to be counted."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from reliability.nesting import is_deeper, levels

WRAPS: list[Callable[[Any], Any]] = [lambda value: [value], lambda value: {"a": value}, lambda value: (value,)]


def nested(depth: int, wrap: Callable[[Any], Any], innermost: Any) -> Any:
    return reduce(lambda value, _: wrap(value), range(depth), innermost)


@pytest.mark.parametrize("wrap", WRAPS, ids=["list", "object", "tuple"])
def test_the_limit_itself_is_allowed_and_one_more_is_not(wrap: Callable[[Any], Any]) -> None:
    assert not is_deeper(nested(10, wrap, "a value"), 10)
    assert is_deeper(nested(11, wrap, "a value"), 10)


@pytest.mark.parametrize("empty", [[], {}])
def test_what_is_empty_counts_as_what_is_full(empty: Any) -> None:
    assert not is_deeper(nested(9, WRAPS[0], empty), 10)
    assert is_deeper(nested(10, WRAPS[0], empty), 10)


def test_a_plain_value_has_no_depth() -> None:
    assert not is_deeper("text", 0)
    assert is_deeper([], 0)


def test_no_depth_is_too_much() -> None:
    assert is_deeper(nested(100_000, WRAPS[0], 1), 64)


def test_keys_stand_where_their_values_do() -> None:
    assert list(levels({"a": [1]})) == [[{"a": [1]}], ["a", [1]], [1]]
