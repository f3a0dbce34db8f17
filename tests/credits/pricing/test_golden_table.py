"""A hundred runs and what they cost, reckoned by hand: rules, inputs and usage on the left, credits on the right."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from blocks.prices import CostType, Price, Usage
from tests.credits.pricing.cast import RATES, TOKENS, book, priced

SECOND, BYTE, ITEMS, USD = CostType.SECOND, CostType.BYTE, CostType.ITEMS, CostType.COST_USD
BY_SIZE = (Price(8, {"size": "large"}), Price(3, {"size": "medium"}), Price(1))
BY_KEY = (Price(7, {"credentials": {"id": "system"}}),)
MIXED = (Price(9, {"fast": True}), Price(2, {"fast": False}, SECOND, 10))
FLOOR = Price(5, type=CostType.TOKENS)

#: (rules, inputs, credits): known before the run, whatever it uses.
RUNS: list[tuple[tuple[Price, ...], dict[str, Any], int]] = [
    ((), {}, 0),
    ((Price(0),), {}, 0),
    ((Price(1),), {}, 1),
    ((Price(1),), {"size": "large"}, 1),
    ((Price(250),), {}, 250),
    ((Price(4), Price(9)), {}, 4),
    (BY_SIZE, {}, 1),
    (BY_SIZE, {"size": "small"}, 1),
    (BY_SIZE, {"size": None}, 1),
    (BY_SIZE, {"size": "medium"}, 3),
    (BY_SIZE, {"size": "large"}, 8),
    (BY_SIZE, {"size": ["large"]}, 1),
    (BY_KEY, {}, 0),
    (BY_KEY, {"credentials": None}, 0),
    (BY_KEY, {"credentials": {"id": "mine"}}, 0),
    (BY_KEY, {"credentials": {"id": "system"}}, 7),
    (BY_KEY, {"credentials": {"id": "system", "provider": "exa"}}, 7),
    (BY_KEY, {"credentials": "system"}, 0),
    (MIXED, {"fast": True}, 9),
    ((Price(6, {"tags": []}),), {}, 6),
    ((Price(6, {"tags": []}),), {"tags": None}, 6),
    ((Price(6, {"tags": []}),), {"tags": ["a"]}, 0),
    ((Price(6, {"tags": ["a"]}),), {"tags": ["a"]}, 6),
    ((Price(6, {"a": {"b": {"c": 1}}}),), {"a": {"b": {"c": 1, "d": 2}}}, 6),
    ((Price(6, {"a": {"b": {"c": 1}}}),), {"a": {"b": 1}}, 0),
]

#: (rule, usage, credits): known after the run.
SETTLED: list[tuple[Price, Usage, int]] = [
    # one credit a second, begun seconds count
    (Price(1, type=SECOND), Usage(), 0),
    (Price(1, type=SECOND), Usage(milliseconds=1), 1),
    (Price(1, type=SECOND), Usage(milliseconds=999), 1),
    (Price(1, type=SECOND), Usage(milliseconds=1000), 1),
    (Price(1, type=SECOND), Usage(milliseconds=1001), 2),
    (Price(1, type=SECOND), Usage(milliseconds=59_999), 60),
    (Price(3, type=SECOND), Usage(milliseconds=1000), 3),
    (Price(3, type=SECOND), Usage(milliseconds=1500), 6),
    (Price(2, type=SECOND, divisor=10), Usage(milliseconds=10_000), 2),
    (Price(2, type=SECOND, divisor=10), Usage(milliseconds=10_001), 4),
    (Price(5, type=SECOND, divisor=60), Usage(milliseconds=3_600_000), 300),
    (Price(0, type=SECOND), Usage(milliseconds=5000), 0),
    (Price(1, type=SECOND), Usage(bytes=10**9, items=99, input_tokens=99), 0),
    # bytes: a fraction of a credit is dropped
    (Price(1, type=BYTE), Usage(), 0),
    (Price(1, type=BYTE), Usage(bytes=1), 1),
    (Price(2, type=BYTE), Usage(bytes=7), 14),
    (Price(1, type=BYTE, divisor=1000), Usage(bytes=999), 0),
    (Price(1, type=BYTE, divisor=1000), Usage(bytes=1000), 1),
    (Price(1, type=BYTE, divisor=1000), Usage(bytes=1999), 1),
    (Price(1, type=BYTE, divisor=1000), Usage(bytes=2000), 2),
    (Price(3, type=BYTE, divisor=1000), Usage(bytes=333), 0),
    (Price(3, type=BYTE, divisor=1000), Usage(bytes=334), 1),
    (Price(3, type=BYTE, divisor=1000), Usage(bytes=1667), 5),
    (Price(1, type=BYTE, divisor=1_048_576), Usage(bytes=1_048_575), 0),
    (Price(1, type=BYTE, divisor=1_048_576), Usage(bytes=10 * 1_048_576), 10),
    (Price(1, type=BYTE, divisor=3), Usage(bytes=2**53 + 1), 3_002_399_751_580_331),
    # items: begun lots count
    (Price(1, type=ITEMS), Usage(), 0),
    (Price(1, type=ITEMS), Usage(items=1), 1),
    (Price(1, type=ITEMS), Usage(items=25), 25),
    (Price(4, type=ITEMS), Usage(items=3), 12),
    (Price(1, type=ITEMS, divisor=10), Usage(items=1), 1),
    (Price(1, type=ITEMS, divisor=10), Usage(items=10), 1),
    (Price(1, type=ITEMS, divisor=10), Usage(items=11), 2),
    (Price(5, type=ITEMS, divisor=10), Usage(items=21), 15),
    (Price(5, type=ITEMS, divisor=100), Usage(items=0), 0),
    (Price(2, type=ITEMS, divisor=3), Usage(items=10**6), 666_668),
    # dollars: a begun credit counts
    (Price(100, type=USD), Usage(), 0),
    (Price(100, type=USD), Usage(usd=Decimal("0.01")), 1),
    (Price(100, type=USD), Usage(usd=Decimal("0.010000001")), 2),
    (Price(100, type=USD), Usage(usd=Decimal("0.0000001")), 1),
    (Price(100, type=USD), Usage(usd=Decimal(1)), 100),
    (Price(150, type=USD), Usage(usd=Decimal("0.10")), 15),
    (Price(150, type=USD), Usage(usd=Decimal("0.101")), 16),
    (Price(120, type=USD), Usage(usd=Decimal("2.5")), 300),
    (Price(1, type=USD), Usage(usd=Decimal("0.5")), 1),
    # tokens of a model at $1, $0.50 cached, $4: 10,000 in are a credit, 2,500 out are a credit
    (TOKENS, Usage(), 0),
    (TOKENS, Usage(input_tokens=1), 1),
    (TOKENS, Usage(output_tokens=1), 1),
    (TOKENS, Usage(input_tokens=10_000), 1),
    (TOKENS, Usage(input_tokens=10_001), 2),
    (TOKENS, Usage(output_tokens=2_500), 1),
    (TOKENS, Usage(output_tokens=2_501), 2),
    (TOKENS, Usage(input_tokens=10_000, output_tokens=2_500), 2),
    (TOKENS, Usage(input_tokens=5_000, output_tokens=1_250), 1),
    (TOKENS, Usage(input_tokens=20_000, cached_input_tokens=20_000), 1),
    (TOKENS, Usage(input_tokens=30_000, cached_input_tokens=20_000), 2),
    (TOKENS, Usage(input_tokens=30_000, cached_input_tokens=19_999), 3),
    (TOKENS, Usage(input_tokens=1_000_000, output_tokens=1_000_000), 500),
    (FLOOR, Usage(), 0),
    (FLOOR, Usage(input_tokens=1), 5),
    (FLOOR, Usage(input_tokens=50_000), 5),
    (FLOOR, Usage(input_tokens=50_001), 6),
]

#: (model, margin in per cent, usage, credits)
MODELS: list[tuple[str, int, Usage, int]] = [
    ("dear", 0, Usage(input_tokens=1_000), 2),  # 1.5
    ("dear", 0, Usage(output_tokens=1_000), 6),
    ("dear", 0, Usage(input_tokens=2_000, cached_input_tokens=2_000), 2),  # 1.5
    ("dear", 0, Usage(input_tokens=2_000, cached_input_tokens=1_000, output_tokens=500), 6),  # 1.5 + 0.75 + 3
    ("gratis", 0, Usage(input_tokens=10**6, output_tokens=10**6), 1),
    ("gratis", 0, Usage(), 0),
    ("plain", 20, Usage(input_tokens=10_000), 2),  # 1.2
    ("plain", 20, Usage(input_tokens=50_000), 6),
    ("plain", 100, Usage(output_tokens=2_500), 2),
    ("plain", 1, Usage(input_tokens=1_000_000), 101),
    ("plain", 33, Usage(input_tokens=1_000_000, output_tokens=250_000), 266),
    ("dear", 50, Usage(input_tokens=10_000, output_tokens=1_000), 32),  # 21 × 1.5 = 31.5
    ("gratis", 50, Usage(output_tokens=1), 1),
]


def test_there_are_a_hundred_runs() -> None:
    assert len(RUNS) + len(SETTLED) + len(MODELS) == 100


@pytest.mark.parametrize(("prices", "inputs", "credits"), RUNS)
def test_cost_that_is_known_before_the_run(prices: tuple[Price, ...], inputs: dict[str, Any], credits: int) -> None:
    quote = book().quote(priced(*prices), inputs)
    assert (quote.upfront, quote.hold) == (credits, 0)
    assert quote.cost(Usage(milliseconds=5000, bytes=9, items=9, input_tokens=9, usd=Decimal(9))) == 0


@pytest.mark.parametrize(("price", "usage", "credits"), SETTLED)
def test_cost_that_is_known_after_the_run(price: Price, usage: Usage, credits: int) -> None:
    quote = book().quote(priced(price), {"model": "plain"})
    assert (quote.upfront, quote.hold >= 1) == (0, price.amount > 0)
    assert quote.cost(usage) == credits


@pytest.mark.parametrize(("model", "margin", "usage", "credits"), MODELS)
def test_cost_of_tokens_follows_the_model_and_the_margin(model: str, margin: int, usage: Usage, credits: int) -> None:
    models = {name: replace(rates, margin_percent=margin) for name, rates in RATES.items()}
    assert book(models=models).quote(priced(TOKENS), {"model": model}).cost(usage) == credits
