"""Choosing some of many items: each method gives the indexes it has chosen. Pure; chance is passed in."""

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import Any

from blocks.errors import BlockError


def choose_random(items: Sequence[Any], size: int, chance: Random) -> list[int]:
    return chance.sample(range(len(items)), size)


def choose_systematic(items: Sequence[Any], size: int, chance: Random) -> list[int]:
    """Every so many-th, from a random start."""
    if not size:
        return []
    step = len(items) // size
    return list(range(chance.randrange(step), len(items), step))[:size]


def choose_top(items: Sequence[Any], size: int, chance: Random) -> list[int]:
    return list(range(size))


def choose_bottom(items: Sequence[Any], size: int, chance: Random) -> list[int]:
    return list(range(len(items) - size, len(items)))


def choose_reservoir(items: Sequence[Any], size: int, chance: Random) -> list[int]:
    """One pass over the items, as if their number were not known."""
    chosen = list(range(size))
    for index in range(size, len(items)):
        place = chance.randrange(index + 1)
        if place < size:
            chosen[place] = index
    return chosen


def choose_stratified(items: Sequence[Any], size: int, chance: Random, *, key: str) -> list[int]:
    """From each group as many as its share of all, at least one where the size allows it."""
    groups = _grouped(items, key)
    shares = _shares({name: len(members) for name, members in groups.items()}, size)
    return [index for name, members in groups.items() for index in chance.sample(members, shares[name])]


def choose_cluster(items: Sequence[Any], size: int, chance: Random, *, key: str) -> list[int]:
    """Whole groups in random order until there are enough, then as many of their members as are wanted."""
    groups = _grouped(items, key)
    chosen: list[int] = []
    for name in chance.sample(list(groups), len(groups)):
        if len(chosen) >= size:
            break
        chosen += groups[name]
    return chance.sample(chosen, size) if len(chosen) > size else chosen


def choose_weighted(items: Sequence[Any], size: int, chance: Random, *, key: str) -> list[int]:
    """With replacement: a heavy item may be chosen more than once."""
    weights = [_weight(item, key) for item in items]
    if size and not sum(weights):
        raise BlockError(f"All weights ({key}) are 0, so nothing can be chosen.")
    return chance.choices(range(len(items)), weights=weights, k=size) if size else []


def _grouped(items: Sequence[Any], key: str) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        groups[repr(_value(item, key))].append(index)
    return groups


def _shares(sizes: dict[str, int], size: int) -> dict[str, int]:
    """How many of each group: `size` in all, never more than the group has."""
    total = sum(sizes.values())
    shares = {name: max(1, count * size // total) for name, count in sizes.items()}
    while (given := sum(shares.values())) < size:
        name = max(sizes, key=lambda name: sizes[name] - shares[name])
        shares[name] += min(size - given, sizes[name] - shares[name])
    while sum(shares.values()) > size:
        shares[max(shares, key=lambda name: shares[name])] -= 1
    return shares


def _weight(item: Any, key: str) -> float:
    weight = _value(item, key)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < float("inf"):
        raise BlockError(f"The weight {key} must be a number of at least 0, not {str(weight)[:100]}.")
    return weight


def _value(item: Any, key: str) -> Any:
    value = item.get(key) if isinstance(item, dict) else None
    if value is None:
        raise BlockError(f"An item does not have the key {key}.")
    return value
