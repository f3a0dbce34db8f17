"""Prices as they are stored: a list of rules in JSON."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from blocks.prices import CostType, Price, fault_of
from credits.pricing.errors import PriceInvalid

_FIELDS = frozenset({"amount", "filter", "type", "divisor", "hold"})


def rule_of(price: Price) -> dict[str, Any]:
    """The price as JSON keeps it, so that it equals what is read back."""
    rule = {
        "amount": price.amount,
        "type": str(price.type),
        "filter": dict(price.filter),
        "divisor": price.divisor,
        "hold": price.hold,
    }
    found: dict[str, Any] = json.loads(json.dumps(rule))
    return found


def rules_of(prices: Iterable[Price]) -> list[dict[str, Any]]:
    return [rule_of(price) for price in prices]


def price_of(rule: Any) -> Price:
    """Raises PriceInvalid. Only `amount` is required."""
    if not isinstance(rule, Mapping) or "amount" not in rule:
        raise PriceInvalid("A rule must be an object with an amount.")
    if strange := sorted(set(rule) - _FIELDS):
        raise PriceInvalid(f"A rule has no {', '.join(strange)}; it may have {', '.join(sorted(_FIELDS))}.")
    named = rule.get("type", CostType.RUN)
    known = CostType(named) if named in list(CostType) else named
    price = Price(**{**rule, "type": known})
    if fault := fault_of(price):
        raise PriceInvalid(f"A rule's {fault}")
    return price


def prices_of(rules: Any) -> tuple[Price, ...]:
    """Raises PriceInvalid for the first rule that cannot be charged by."""
    if not isinstance(rules, list):
        raise PriceInvalid("The rules must be a list of objects.")
    return tuple(price_of(rule) for rule in rules)
