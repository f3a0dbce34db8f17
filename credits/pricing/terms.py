"""What the installation says of prices in general, as plain values."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from credits.pricing.rates import Rates

REFUSE = "refuse"
_TWO_NUMBERS = re.compile(r"(\d{1,15}):(\d{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Credits are whole numbers. See the section Prices of docs/settings.md."""

    #: What is put on top of the price of every model.
    margin_percent: int = 0
    #: What a model costs that no list names; None to refuse it.
    unknown_model: Rates | None = None
    #: Who serves the models, as MODEL_PROVIDER says it.
    provider: str = ""
    #: Tokens of an answer, for a hold, where the block does not limit them.
    hold_output_tokens: int = 4096
    #: The longest run, in seconds, that a hold is made for.
    hold_max_seconds: int = 300
    #: Credits of a hold for a cost that nothing is known of.
    hold_credits: int = 10


def current_terms() -> Terms:
    """Raises ImproperlyConfigured for a setting that does not fit."""
    margin = _at_least(0, "MODEL_PRICE_MARGIN_PERCENT")
    return Terms(
        margin_percent=margin,
        unknown_model=_unknown_model(settings.MODEL_UNKNOWN_PRICE, margin),
        provider=settings.MODEL_PROVIDER,
        hold_output_tokens=_at_least(1, "MODEL_HOLD_OUTPUT_TOKENS"),
        hold_max_seconds=_at_least(1, "PRICE_HOLD_MAX_SECONDS"),
        hold_credits=_at_least(1, "PRICE_HOLD_CREDITS"),
    )


def _at_least(least: int, name: str) -> int:
    value: int = getattr(settings, name)
    if value < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {value}.")
    return value


def _unknown_model(text: str, margin_percent: int) -> Rates | None:
    if text == REFUSE:
        return None
    found = _TWO_NUMBERS.fullmatch(text)
    if found is None:
        raise ImproperlyConfigured(
            f"MODEL_UNKNOWN_PRICE must be {REFUSE}, or two whole numbers input:output, micro-dollars for a million "
            f"tokens, not {text!r}."
        )
    input, output = map(int, found.groups())
    return Rates(input=input, cached_input=input, output=output, margin_percent=margin_percent)
