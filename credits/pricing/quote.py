"""What one run costs: what is known before it, and how the rest is reckoned afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blocks.prices import CostType, Price, Usage, settled_cost
from credits.pricing.rates import Rates
from credits.pricing.rules import price_of, rule_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The price of one run, pinned: what is changed afterwards does not touch it. Credits."""

    block_id: str
    #: The rule that applies, NOTHING if none of the block's does; None if the block has no price at all.
    price: Price | None
    #: The number of the price version; 0 if the block's class was asked, because no version is in force.
    version: int
    #: Charged at the start.
    upfront: int = 0
    #: Set aside at the start, to settle by `cost` afterwards; 0 when nothing is left to settle.
    hold: int = 0
    #: Of a price by tokens.
    model: str = ""
    rates: Rates | None = None

    def cost(self, usage: Usage) -> int:
        """What is settled against the hold, by the pinned rule and the pinned rates of the model."""
        if not self.hold or self.price is None:
            return 0
        if self.price.type is not CostType.TOKENS:
            return settled_cost(self.price, usage)
        if self.rates is None or not (usage.input_tokens or usage.output_tokens):
            return 0
        return max(self.price.amount, self.rates.cost(usage))

    def pin(self) -> dict[str, Any]:
        """All of it as JSON, to be kept with the charge or the hold."""
        pinned: dict[str, Any] = {
            "block": self.block_id,
            "version": self.version,
            "rule": None if self.price is None else rule_of(self.price),
            "upfront": self.upfront,
            "hold": self.hold,
        }
        if self.rates is not None:
            pinned |= {"model": self.model, "rates": self.rates.as_json()}
        return pinned

    @classmethod
    def from_pin(cls, pinned: Mapping[str, Any]) -> "Quote":
        rule, rates = pinned["rule"], pinned.get("rates")
        return cls(
            block_id=pinned["block"],
            price=None if rule is None else price_of(rule),
            version=pinned["version"],
            upfront=pinned["upfront"],
            hold=pinned["hold"],
            model=pinned.get("model", ""),
            rates=None if rates is None else Rates.from_json(rates),
        )
