"""What providers publish of their models' prices, from the table of the package genai-prices. It is never updated over
the network: a newer table comes with a newer package."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from blocks.llm.catalog import known
from credits.pricing.rates import Rates

#: Longer names are no model's.
MODEL_NAME_LENGTH = 200
#: Those values of MODEL_PROVIDER that are also names of price lists.
_SELLERS = frozenset({"openai", "openrouter", "groq"})
_NEEDED = ("input_mtok", "output_mtok")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose price is wanted: the model, who serves it (MODEL_PROVIDER), how much it is to read, and when."""

    model: str
    provider: str
    input_tokens: int
    now: datetime


def published_rates(asked: Asked, *, margin_percent: int) -> Rates | None:
    """The rates of the tier that `input_tokens` falls into, as they were at `now`; None for an unknown model."""
    for provider in _sellers_of(asked):
        price = _look_up(asked, provider)
        if price is not None:
            return rates_from(price, input_tokens=asked.input_tokens, margin_percent=margin_percent)
    return None


def _sellers_of(asked: Asked) -> Iterator[str | None]:
    """Whose lists are looked at, in this order; None is whoever is told by the model's name."""
    if seller := known(asked.model).provider:
        yield seller
        return
    if asked.provider in _SELLERS:
        yield asked.provider
    yield None


def _look_up(asked: Asked, provider: str | None) -> Any:
    # The package takes 0.15 s to import, which nobody should wait for who asks no model.
    from genai_prices import Usage, calc_price

    if not 0 < len(asked.model) <= MODEL_NAME_LENGTH:
        return None
    usage = Usage(input_tokens=asked.input_tokens, output_tokens=0)
    try:
        found = calc_price(usage, asked.model, provider_id=provider, genai_request_timestamp=asked.now)
    except (LookupError, ValueError):
        return None
    return found.model_price


def rates_from(price: Any, *, input_tokens: int, margin_percent: int) -> Rates | None:
    """Of a ModelPrice of genai-prices; None unless tokens, and nothing else, are what it is paid for."""
    if price.requests_kcount or any(getattr(price, name) is None for name in _NEEDED):
        return None
    input, output = (_micro_dollars(getattr(price, name), input_tokens) for name in _NEEDED)
    cached = price.cache_read_mtok
    cached_input = input if cached is None else _micro_dollars(cached, input_tokens)
    if min(input, cached_input, output) < 0:
        return None
    return Rates(input=input, cached_input=cached_input, output=output, margin_percent=margin_percent)


def _micro_dollars(price: Any, input_tokens: int) -> int:
    """Of a price in dollars, which may have tiers by the size of what is read. A fraction counts as one."""
    amount: Decimal = getattr(price, "base", price)
    for tier in getattr(price, "tiers", ()):
        if input_tokens > tier.start:
            amount = tier.price
    return math.ceil(amount * 1_000_000)
