"""Prices of models as their providers publish them."""

import math
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import Usage as LibraryUsage
from genai_prices import calc_price
from genai_prices.types import ModelPrice

from blocks.llm.catalog import MODELS
from blocks.prices import Usage
from credits.pricing.published import Asked, published_rates, rates_from
from credits.pricing.rates import Rates
from tests.credits.pricing.cast import NOW

ROOT = Path(__file__).resolve().parent.parent.parent.parent


def rates_of(model: str, *, provider: str = "fake", tokens: int = 1000, margin: int = 0) -> Rates | None:
    asked = Asked(model=model, provider=provider, input_tokens=tokens, now=NOW)
    return published_rates(asked, margin_percent=margin)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("tokens", [1000, 200_000, 250_000])
def test_every_listed_model_costs_what_the_library_reckons(model: str, tokens: int) -> None:
    rates = rates_of(model, tokens=tokens)
    assert rates is not None
    cached = tokens // 4
    theirs = calc_price(
        LibraryUsage(input_tokens=tokens, cache_read_tokens=cached, output_tokens=700),
        model,
        provider_id=MODELS[model].provider,
        genai_request_timestamp=NOW,
    )
    ours = rates.cost(Usage(input_tokens=tokens, cached_input_tokens=cached, output_tokens=700))
    assert ours == math.ceil(theirs.total_price * 100)


def test_size_of_what_is_read_decides_on_the_tier() -> None:
    small, large = (rates_of("claude-sonnet-4-5-20250929", tokens=tokens) for tokens in (200_000, 200_001))
    assert small is not None
    assert large is not None
    assert (small.input, large.input, small.output, large.output) == (3_000_000, 6_000_000, 15_000_000, 22_500_000)


def test_margin_is_carried_with_the_rates() -> None:
    rates = rates_of("gpt-4o", margin=25)
    assert rates is not None
    assert rates.cost(Usage(output_tokens=100_000)) == 125


def test_whoever_serves_the_models_names_the_list() -> None:
    assert rates_of("openai/gpt-oss-120b") is None
    assert rates_of("openai/gpt-oss-120b", provider="groq") is not None
    assert rates_of("anthropic/claude-sonnet-4.5", provider="openrouter") is not None


@pytest.mark.parametrize("model", ["", "never-heard-of", "gpt-9-from-the-future", "g" * 201, "text-embedding-3-small"])
def test_unknown_models_have_no_rates(model: str) -> None:
    assert rates_of(model) is None


@pytest.mark.parametrize(
    "prices",
    [
        {"input_mtok": 1, "output_mtok": 1, "requests_kcount": 12},
        {"input_mtok": 1},
        {"output_mtok": 1},
        {"input_mtok": 1, "output_mtok": -1},
    ],
)
def test_price_that_is_not_by_tokens_alone_gives_no_rates(prices: dict[str, int]) -> None:
    price = ModelPrice(**{name: Decimal(dollars) for name, dollars in prices.items()})
    assert rates_from(price, input_tokens=1, margin_percent=0) is None


def test_price_without_one_for_cached_tokens_takes_the_full_one_for_them() -> None:
    price = ModelPrice(input_mtok=Decimal("0.0000005"), output_mtok=Decimal(2))
    expected = Rates(input=1, cached_input=1, output=2_000_000)
    assert rates_from(price, input_tokens=1, margin_percent=0) == expected


def test_price_that_changes_on_a_date_is_that_of_the_moment() -> None:
    before, after = (
        published_rates(
            Asked(model="o3", provider="openai", input_tokens=1, now=datetime(2025, month, 1, tzinfo=UTC)),
            margin_percent=0,
        )
        for month in (6, 7)
    )
    assert before is not None
    assert after is not None
    assert (before.input, after.input) == (10_000_000, 2_000_000)


def test_library_is_not_loaded_before_a_model_is_priced() -> None:
    code = (
        "import sys; sys.path[:0] = ['.', 'platform']; import django; django.setup(); "
        "import credits.pricing.book; print('genai_prices' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
