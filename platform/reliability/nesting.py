"""How deep lists and objects stand in each other. Level by level, so that no depth is too much for it. Pure."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

_CONTAINERS = (dict, list, tuple)


def levels(value: Any) -> Iterator[list[Any]]:
    """The value itself, then what stands directly in it, and so on inwards; keys stand where their values do."""
    level = [value]
    while level:
        yield level
        level = [inner for item in level for inner in _inside(item)]


def is_deeper(value: Any, depth: int) -> bool:
    """Whether lists and objects stand in each other more often than that."""
    innermost: list[Any] = next(islice(levels(value), depth, None), [])
    return any(isinstance(item, _CONTAINERS) for item in innermost)


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value
