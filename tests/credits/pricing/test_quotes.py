"""What is charged and set aside before a run, and what a pinned price settles afterwards."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from blocks.library.ai_text import AITextGeneratorBlock
from blocks.prices import NOTHING, CostType, Price, Usage
from credits.pricing.book import PriceBook
from credits.pricing.errors import ModelPriceUnknown
from credits.pricing.quote import Quote
from credits.pricing.rates import Rates
from credits.pricing.terms import Terms
from tests.credits.pricing.cast import DEAR, NOW, PLAIN, RATES, TOKENS, book, priced

SECOND, ITEMS = CostType.SECOND, CostType.ITEMS


def test_price_in_force_wins_over_the_declared_one() -> None:
    block = priced(Price(5))
    in_force = book(blocks={block.id: (3, (Price(2),))})
    assert (in_force.quote(block, {}).upfront, in_force.quote(block, {}).version) == (2, 3)
    assert (book().quote(block, {}).upfront, book().quote(block, {}).version) == (5, 0)


def test_operator_can_make_a_block_free_or_give_a_price_to_a_free_one() -> None:
    declared, free = priced(Price(5)), priced()
    made_free = book(blocks={declared.id: (2, ())})
    made_dear = book(blocks={free.id: (1, (Price(4),))})
    assert (made_free.quote(declared, {}).price, made_free.quote(declared, {}).version) == (None, 2)
    assert made_free.is_free(declared)
    assert made_dear.quote(free, {}).upfront == 4
    assert not made_dear.is_free(free)


@pytest.mark.parametrize(
    ("prices", "is_free"),
    [((), True), ((Price(0),), True), ((Price(1, {"a": 1}),), False), ((TOKENS,), False)],
)
def test_block_is_free_only_if_no_input_makes_it_cost(prices: tuple[Price, ...], is_free: bool) -> None:
    assert book().is_free(priced(*prices)) is is_free


def test_quote_tells_no_price_from_no_matching_price() -> None:
    assert book().quote(priced(), {}).price is None
    assert book().quote(priced(Price(1, {"a": 1})), {}).price is NOTHING


@pytest.mark.parametrize("price", [Price(9), TOKENS, Price(1, type=SECOND), Price(100, type=CostType.COST_USD)])
def test_own_credentials_cost_nothing(price: Price) -> None:
    usage = Usage(milliseconds=9000, input_tokens=10**6, usd=Decimal(5))
    quote = book().quote(priced(price), {}, own_credentials=True)
    assert (quote.upfront, quote.hold, quote.cost(usage)) == (0, 0, 0)


def test_what_inputs_claim_makes_nothing_cheaper() -> None:
    claims = {"own_credentials": True, "credentials": {"id": "my-own-key"}}
    assert book().quote(priced(Price(9)), claims).upfront == 9


@pytest.mark.parametrize(
    ("price", "inputs", "hold"),
    [
        # 4,096 tokens out at $4 are 1.64 credits; what is read adds to that
        (TOKENS, {"model": "plain"}, 2),
        (TOKENS, {"model": "plain", "prompt": "x" * 30_000}, 3),
        (TOKENS, {"model": "plain", "deep": [{"a": ["x" * 30_000]}], "y" * 30_000: 1}, 4),
        (TOKENS, {"model": "plain", "max_tokens": 250_000}, 101),  # "plain" is read too
        (TOKENS, {"model": "dear"}, 25),
        (TOKENS, {"model": "dear", "retry": 3}, 74),
        (TOKENS, {"model": "dear", "max_retries": 2}, 50),
        (TOKENS, {"model": "dear", "retry": "many"}, 25),
        (TOKENS, {"model": "gratis"}, 1),
        (replace(TOKENS, amount=7), {"model": "plain"}, 7),
        (replace(TOKENS, hold=40), {"model": "plain"}, 40),
        (Price(1, type=SECOND), {}, 90),
        (Price(2, type=SECOND, divisor=60), {}, 4),
        (Price(3, type=ITEMS), {}, 10),
        (Price(3, type=CostType.BYTE, hold=25), {}, 25),
        (Price(100, type=CostType.COST_USD), {}, 10),
    ],
)
def test_enough_is_set_aside_for_what_is_not_known_yet(price: Price, inputs: dict[str, Any], hold: int) -> None:
    quote = book().quote(priced(price), inputs)
    assert (quote.upfront, quote.hold) == (0, hold)


@pytest.mark.parametrize(("timeout", "hold"), [(None, 120), (600, 120), (0.5, 1), (90.2, 91)])
def test_seconds_are_set_aside_up_to_the_limit_of_the_block(timeout: float | None, hold: int) -> None:
    terms = Terms(hold_max_seconds=120)
    assert book(terms=terms).quote(priced(Price(1, type=SECOND), timeout_seconds=timeout), {}).hold == hold


@pytest.mark.parametrize("inputs", [{"model": "never-heard-of"}, {"model": ""}, {"model": None}, {}])
def test_unknown_model_is_refused_and_named(inputs: dict[str, Any]) -> None:
    with pytest.raises(ModelPriceUnknown) as caught:
        book().quote(priced(TOKENS), inputs)
    assert repr(str(inputs.get("model") or "")) in str(caught.value)
    assert "MODEL_UNKNOWN_PRICE" in str(caught.value)


def test_unknown_model_costs_what_the_setting_says() -> None:
    terms = Terms(unknown_model=DEAR)
    quote = book(terms=terms).quote(priced(TOKENS), {"model": "never-heard-of"})
    assert quote.rates == DEAR
    assert quote.cost(Usage(input_tokens=10_000)) == 15


@pytest.mark.parametrize("model", ["m" * 201, "a\x00b", "a\nb"])
def test_what_can_be_no_models_name_is_refused_whatever_the_setting_says(model: str) -> None:
    with pytest.raises(ModelPriceUnknown) as caught:
        book(terms=Terms(unknown_model=DEAR)).quote(priced(TOKENS), {"model": model})
    assert "\x00" not in str(caught.value.data)
    assert len(caught.value.model) <= 200


def test_override_wins_over_the_published_price_however_the_name_is_written() -> None:
    operators = book(models={"gpt-4o": DEAR})
    assert operators.quote(priced(TOKENS), {"model": "gpt-4o"}).rates == DEAR
    assert operators.quote(priced(TOKENS), {"model": " GPT-4o "}).rates == DEAR
    assert book(models={}).quote(priced(TOKENS), {"model": "gpt-4o"}).rates != DEAR


def test_models_block_is_settled_by_tokens() -> None:
    quote = book().quote(AITextGeneratorBlock(), {"model": "plain", "prompt": "Hi", "retry": 3})
    assert (quote.upfront, quote.hold) == (0, 5)
    assert quote.cost(Usage(input_tokens=10_001)) == 2


ALL_KINDS = (
    priced(),
    priced(Price(7, {"a": {"b": 1}})),
    priced(Price(7, {"a": {"b": 2}})),
    priced(TOKENS),
    priced(Price(2, type=SECOND, divisor=60)),
    priced(Price(100, type=CostType.COST_USD, hold=3)),
)


@pytest.mark.parametrize("block", ALL_KINDS)
def test_pin_survives_json_and_gives_the_quote_back(block: Any) -> None:
    quote = book().quote(block, {"model": "dear", "a": {"b": 1}})
    assert Quote.from_pin(json.loads(json.dumps(quote.pin()))) == quote


def test_pinned_price_settles_whatever_has_changed_since() -> None:
    block, usage = priced(TOKENS), Usage(input_tokens=100_000, output_tokens=10_000)
    pin = json.loads(json.dumps(book().quote(block, {"model": "plain"}).pin()))
    changed = PriceBook(
        now=NOW,
        terms=Terms(margin_percent=300),
        models={"plain": replace(DEAR, margin_percent=300)},
        blocks={block.id: (2, (Price(99, type=CostType.TOKENS),))},
    )
    assert Quote.from_pin(pin).cost(usage) == 14
    assert changed.quote(block, {"model": "plain"}).cost(usage) == 840


def test_pin_says_what_the_price_was() -> None:
    block = priced(TOKENS)
    assert book(blocks={block.id: (4, (TOKENS,))}).quote(block, {"model": "plain"}).pin() == {
        "block": block.id,
        "version": 4,
        "rule": {"amount": 1, "type": "TOKENS", "filter": {}, "divisor": 1, "hold": 0},
        "upfront": 0,
        "hold": 2,
        "model": "plain",
        "rates": {"input": 1_000_000, "cached_input": 500_000, "output": 4_000_000, "margin_percent": 0},
    }


def test_more_cached_tokens_than_tokens_never_make_a_run_cheaper() -> None:
    assert PLAIN.cost(Usage(input_tokens=0, cached_input_tokens=20_000, output_tokens=2_500)) == 2


@pytest.mark.parametrize(
    ("prices", "unknown", "bounds"),
    [
        ((), set(), (0, 0)),
        ((Price(3, {"n": 1}), Price(1)), set(), (3, 3)),
        ((Price(3, {"n": 1}), Price(1)), {"n"}, (1, 3)),
        ((Price(3, {"n": 1}),), {"n"}, (0, 3)),
        ((Price(3, {"n": 1}),), {"other"}, (3, 3)),
        ((TOKENS,), {"prompt"}, (1, 2)),
        ((Price(1, type=ITEMS),), set(), (0, 10)),
    ],
)
def test_bounds_span_what_is_not_known_yet(
    prices: tuple[Price, ...], unknown: set[str], bounds: tuple[int, int]
) -> None:
    assert book().bounds(priced(*prices), {"n": 1, "model": "plain"}, unknown=unknown) == bounds


def test_rates_are_whole_numbers_all_the_way() -> None:
    huge = Usage(input_tokens=10**15, output_tokens=10**15)
    assert Rates(input=3, cached_input=1, output=7).cost(huge) == 10**6
    assert all(type(value) is int for rates in RATES.values() for value in rates.as_json().values())
