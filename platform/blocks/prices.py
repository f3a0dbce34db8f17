"""What a block costs: pure functions over the rules that its class declares. Whole credits; 1 credit = 1 US cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Price:
    """`amount` credits for each run whose inputs match `filter`."""

    amount: int
    #: A subset of the inputs, compared recursively; null, empty and missing are alike.
    filter: Mapping[str, Any] = field(default_factory=dict)


def run_cost(prices: Sequence[Price], inputs: Mapping[str, Any]) -> int:
    """The credits that one run with these inputs costs: the first price whose filter matches, else 0."""
    return next((price.amount for price in prices if _matches(price.filter, inputs)), 0)


def bounds(prices: Sequence[Price]) -> tuple[int, int]:
    """The least and the most that one run can cost, whatever its inputs."""
    amounts = [price.amount for price in prices]
    if not amounts:
        return 0, 0
    always = any(not price.filter for price in prices)
    return (min(amounts) if always else 0), max(amounts)


def _matches(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, Mapping):
        if not isinstance(given, Mapping):
            return not wanted and not given
        return all(_matches(value, given.get(key)) for key, value in wanted.items())
    return bool(wanted == given or (not wanted and not given))
