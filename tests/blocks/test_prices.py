"""What a block declares of its price, and what it reports of its work."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from blocks.base import Block, Example, Pins
from blocks.context import Context, Stats
from blocks.errors import BlockDefinitionError
from blocks.prices import NOTHING, CostType, Price, Usage, fault_of, price_for, settled_cost
from blocks.registry import Registry

KEY = {"credentials": {"id": "system-key", "provider": "openai"}}
PRICES = (
    Price(5, {"size": "large"}),
    Price(3, KEY),
    Price(2, {"size": "", "deep": {"a": {"b": 1}}}),
    Price(1, {"n": 0}),
)


@pytest.mark.parametrize(
    ("inputs", "amount"),
    [
        ({"size": "large"}, 5),
        ({"size": "large", **KEY}, 5),  # the first that matches counts
        ({"size": "small", **KEY}, 3),
        ({"credentials": {**KEY["credentials"], "title": "Mine", "type": "api_key"}}, 3),
        ({"credentials": {"id": "my-own-key", "provider": "openai"}, "n": 7}, 0),
        ({"credentials": "system-key", "n": 7}, 0),
        ({"deep": {"a": {"b": 1, "c": 2}}}, 2),  # missing is as empty
        ({"size": None, "deep": {"a": {"b": 1}}}, 2),
        ({"size": "small", "deep": {"a": {"b": 1}}, "n": 1}, 0),
        ({"deep": {"a": [1]}, "n": 1}, 0),
        ({"n": 0}, 1),
        ({"n": None}, 1),
        ({}, 1),
        ({"n": 1}, 0),
    ],
)
def test_first_price_whose_filter_matches_applies(inputs: dict[str, Any], amount: int) -> None:
    assert price_for(PRICES, inputs).amount == amount


def test_nothing_applies_when_no_filter_matches() -> None:
    assert price_for(PRICES, {"n": 1}) is NOTHING
    assert price_for((), {}) is NOTHING


def test_tokens_are_not_reckoned_without_the_price_of_the_model() -> None:
    with pytest.raises(ValueError, match="TOKENS"):
        settled_cost(Price(1, type=CostType.TOKENS), Usage(input_tokens=1))


@pytest.mark.parametrize(
    ("price", "says"),
    [
        (Price(-1), "amount must be a whole number of at least 0"),
        (Price(True), "amount must be"),
        (Price(1.5), "amount must be"),  # type: ignore[arg-type]
        (Price(0, type=CostType.TOKENS), "amount must be a whole number of at least 1"),
        (Price(1, type=CostType.ITEMS, divisor=0), "divisor must be a whole number of at least 1"),
        (Price(1, type=CostType.ITEMS, hold=-1), "hold must be"),
        (Price(1, type=CostType.COST_USD, divisor=2), "divisor has no meaning for a price by COST_USD"),
        (Price(1, divisor=60), "divisor has no meaning for a price by RUN"),
        (Price(1, hold=5), "hold has no meaning for a price by RUN"),
        (Price(1, filter=["size"]), "filter must name inputs"),  # type: ignore[arg-type]
        (Price(1, type="HOUR"), "type must be one of RUN"),  # type: ignore[arg-type]
    ],
)
def test_price_that_cannot_be_charged_by_is_faulty(price: Price, says: str) -> None:
    assert fault_of(price).startswith(says)


@pytest.mark.parametrize(
    "price", [Price(0), Price(1, {"a": 1}), Price(2, type=CostType.SECOND, divisor=60, hold=9), *PRICES]
)
def test_sound_price_has_no_fault(price: Price) -> None:
    assert fault_of(price) == ""


def test_block_with_a_faulty_price_is_not_registered() -> None:
    class DearBlock(Block):
        id = "00000000-0000-4000-8000-00000000dea1"
        description = "Has a price that cannot be charged by."
        prices = (Price(1), Price(-3))
        examples = (Example(input={}, output=[]),)

        async def run(self, input: Pins, context: Context) -> AsyncIterator[tuple[str, Any]]:
            yield "", None

    with pytest.raises(BlockDefinitionError, match=r"DearBlock.*-3.*amount"):
        Registry().register(DearBlock)


def test_stats_become_usage() -> None:
    stats = Stats()
    stats.input_token_count, stats.cached_input_token_count, stats.output_token_count = 9, 4, 2
    stats.bytes, stats.items, stats.usd, stats.model = 1000, 3, Decimal("0.02"), "gpt-4o"

    assert stats.usage(1234) == Usage(
        milliseconds=1234,
        bytes=1000,
        items=3,
        input_tokens=9,
        cached_input_tokens=4,
        output_tokens=2,
        model="gpt-4o",
        usd=Decimal("0.02"),
    )
    assert stats.as_dict() == {
        "input_token_count": 9,
        "cached_input_token_count": 4,
        "output_token_count": 2,
        "bytes": 1000,
        "items": 3,
        "usd": "0.02",
        "model": "gpt-4o",
    }
    assert Stats().as_dict() == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bytes", -1),
        ("items", 1.5),
        ("output_token_count", True),
        ("usd", 0.5),
        ("usd", Decimal("-0.01")),
        ("usd", Decimal("NaN")),
    ],
)
def test_what_cannot_be_counted_by_is_refused_where_it_is_set(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"stats.{name} must be"):
        setattr(Stats(), name, value)
