"""Blocks and models whose prices the tests are about."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from blocks.base import Block, Pin, Pins
from blocks.prices import CostType, Price
from credits.pricing.book import PriceBook
from credits.pricing.rates import Rates
from credits.pricing.terms import Terms

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
#: Dollars for a million tokens: 1 in, half of it cached, 4 out.
PLAIN = Rates(input=1_000_000, cached_input=500_000, output=4_000_000)
#: 15 in, 7.50 cached, 60 out.
DEAR = Rates(input=15_000_000, cached_input=7_500_000, output=60_000_000)
RATES = {"plain": PLAIN, "dear": DEAR, "gratis": Rates(input=0, cached_input=0, output=0)}


class PricedBlock(Block):
    id = "00000000-0000-4000-8000-00000000face"
    description = "Has whatever price a test gives it."
    timeout_seconds = 90

    class Input(Pins):
        prompt: str = Pin("")
        model: str = Pin("plain")


def priced(*prices: Price, **attributes: Any) -> Block:
    """A block that declares these prices."""
    block: Block = type("PricedBlock", (PricedBlock,), {"prices": prices, **attributes})()
    return block


def book(*, terms: Terms | None = None, models: Mapping[str, Rates] = RATES, **fields: Any) -> PriceBook:
    return PriceBook(now=NOW, terms=terms or Terms(), models=models, **fields)


TOKENS = Price(1, type=CostType.TOKENS)
