"""How much is set aside before a run whose cost is known only afterwards: an upper estimate, at least one credit."""

import math
from collections.abc import Mapping
from typing import Any

from blocks.base import Block
from blocks.prices import CostType, Price, Usage, lots
from credits.pricing.rates import Rates
from credits.pricing.terms import Terms

#: The fewest characters that make a token: an estimate that is rather too high.
CHARACTERS_PER_TOKEN = 3


def hold_for(price: Price, block: Block, inputs: Mapping[str, Any], rates: Rates | None, terms: Terms) -> int:
    """Credits. The price's own `hold` wins over the estimate."""
    if price.hold:
        return price.hold
    match price.type:
        case CostType.TOKENS if rates is not None:
            return max(price.amount, rates.cost(_most_tokens(inputs, terms)))
        case CostType.SECOND:
            return max(1, lots(_most_seconds(block, terms), price.divisor) * price.amount)
        case _:
            return terms.hold_credits


def input_tokens(inputs: Mapping[str, Any]) -> int:
    """An upper estimate by the characters of all texts in the inputs."""
    return lots(_characters(inputs), CHARACTERS_PER_TOKEN)


def tries(inputs: Mapping[str, Any]) -> int:
    """How often the block may ask, if it has an input for that."""
    wanted = inputs.get("retry") or inputs.get("max_retries")
    return wanted if type(wanted) is int and wanted > 0 else 1


def _most_tokens(inputs: Mapping[str, Any], terms: Terms) -> Usage:
    limit = inputs.get("max_tokens")
    most = limit if type(limit) is int and limit > 0 else terms.hold_output_tokens
    times = tries(inputs)
    return Usage(input_tokens=times * input_tokens(inputs), output_tokens=times * most)


def _most_seconds(block: Block, terms: Terms) -> int:
    limit = block.timeout_seconds
    return terms.hold_max_seconds if limit is None else min(math.ceil(limit), terms.hold_max_seconds)


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_characters(part) for item in value.items() for part in item)
    if isinstance(value, list | tuple):
        return sum(map(_characters, value))
    return 0
