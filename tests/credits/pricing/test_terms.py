"""Settings of prices: what does not fit stops the start."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from credits.pricing.rates import Rates
from credits.pricing.terms import current_terms


def test_unknown_models_are_refused_and_nothing_is_put_on_top_unless_settings_say_so() -> None:
    terms = current_terms()
    assert (terms.unknown_model, terms.margin_percent) == (None, 0)


def test_unknown_models_can_have_a_price_with_the_margin_on_top(settings: Any) -> None:
    settings.MODEL_UNKNOWN_PRICE, settings.MODEL_PRICE_MARGIN_PERCENT = "2500000:10000000", 30
    assert current_terms().unknown_model == Rates(
        input=2_500_000, cached_input=2_500_000, output=10_000_000, margin_percent=30
    )


@pytest.mark.parametrize("text", ["", "free", "1", "1:", "1:2:3", "-1:2", "1.5:2", "1: 2", "٣:٤"])
def test_price_of_unknown_models_that_cannot_be_read_stops_the_start(settings: Any, text: str) -> None:
    settings.MODEL_UNKNOWN_PRICE = text
    with pytest.raises(ImproperlyConfigured, match="MODEL_UNKNOWN_PRICE must be refuse, or two whole numbers"):
        current_terms()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_PRICE_MARGIN_PERCENT", -1),
        ("MODEL_HOLD_OUTPUT_TOKENS", 0),
        ("PRICE_HOLD_MAX_SECONDS", 0),
        ("PRICE_HOLD_CREDITS", 0),
    ],
)
def test_numbers_below_their_least_stop_the_start(settings: Any, name: str, value: int) -> None:
    setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=f"{name} must be at least"):
        current_terms()
