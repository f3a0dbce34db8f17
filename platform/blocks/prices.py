"""What a block costs: pure functions over the rules that it declares. Whole credits; 1 credit = 1 US cent."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


class CostType(StrEnum):
    """What a price is reckoned by."""

    RUN = "RUN"  #: `amount` for each run; known, and charged, before it
    SECOND = "SECOND"  #: `amount` for each begun `divisor` seconds
    BYTE = "BYTE"  #: `amount` for each `divisor` bytes; a fraction of a credit is dropped
    ITEMS = "ITEMS"  #: `amount` for each begun `divisor` items
    TOKENS = "TOKENS"  #: by the price of the model that is asked; at least `amount`
    COST_USD = "COST_USD"  #: `amount` for each dollar that a provider takes; a fraction of a credit counts as one


#: What may be counted in lots of more than one.
_IN_LOTS = frozenset({CostType.SECOND, CostType.BYTE, CostType.ITEMS})


@dataclass(frozen=True, slots=True)
class Price:
    """A rule: what a run costs whose inputs match `filter`."""

    #: Credits.
    amount: int
    #: A subset of the inputs, compared recursively; null, empty and missing are alike.
    filter: Mapping[str, Any] = field(default_factory=dict)
    type: CostType = CostType.RUN
    divisor: int = 1
    #: Credits set aside before a run whose cost is known only afterwards; 0 for what the installation estimates.
    hold: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether the cost is known only after the run."""
        return self.type is not CostType.RUN


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one run has used, as far as it was counted."""

    milliseconds: int = 0
    bytes: int = 0
    items: int = 0
    #: Those that the provider had cached are among them.
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    model: str = ""
    #: US dollars that a provider took for it.
    usd: Decimal = Decimal(0)


#: What applies when a block has prices and none of them matches.
NOTHING = Price(0)


def price_for(prices: Sequence[Price], inputs: Mapping[str, Any]) -> Price:
    """The first price whose filter matches these inputs, else NOTHING."""
    return next((price for price in prices if _matches(price.filter, inputs)), NOTHING)


def settled_cost(price: Price, usage: Usage) -> int:
    """The credits that a run has cost beyond what was charged at its start. TOKENS are not reckoned here: they need
    the prices of models, which blocks do not know."""
    match price.type:
        case CostType.SECOND:
            return lots(usage.milliseconds, 1000 * price.divisor) * price.amount
        case CostType.BYTE:
            return usage.bytes * price.amount // price.divisor
        case CostType.ITEMS:
            return lots(usage.items, price.divisor) * price.amount
        case CostType.COST_USD:
            return math.ceil(usage.usd * price.amount)
        case CostType.RUN:
            return 0
    raise ValueError(f"A price by {price.type} is not reckoned by the block's usage alone.")


def lots(count: int, size: int) -> int:
    """How many lots of `size` are begun by `count`."""
    return -(-count // size)


def fault_of(price: Price) -> str:
    """What is wrong with a price, as a sentence; empty if it can be charged by."""
    if not isinstance(price.type, CostType):
        return f"type must be one of {', '.join(CostType)}, not {price.type!r}."
    for name, least in (("amount", int(price.type is CostType.TOKENS)), ("divisor", 1), ("hold", 0)):
        value = getattr(price, name)
        if type(value) is not int or value < least:
            return f"{name} must be a whole number of at least {least}, not {value!r}."
    if not isinstance(price.filter, Mapping):
        return f"filter must name inputs and their values, not {price.filter!r}."
    if price.divisor != 1 and price.type not in _IN_LOTS:
        return f"divisor has no meaning for a price by {price.type}."
    if price.hold and not price.is_settled:
        return f"hold has no meaning for a price by {price.type}: it is charged before the run."
    return ""


def _matches(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, Mapping):
        if not isinstance(given, Mapping):
            return not wanted and not given
        return all(_matches(value, given.get(key)) for key, value in wanted.items())
    return bool(wanted == given or (not wanted and not given))
