"""The chat models that are known by name: what one run with them costs, and how much they can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from blocks.prices import Price

DEFAULT_MODEL = "gpt-4o"

#: Credits for one run of a block.
SMALL, MEDIUM, LARGE = 1, 3, 8


@dataclass(frozen=True, slots=True)
class Model:
    """credits: for one run of a block.  context_tokens: what the model can read and write in one call."""

    credits: int
    context_tokens: int = 128_000


#: A model that is not listed costs as much as the dearest.
UNKNOWN = Model(LARGE)

MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "gpt-4o-mini": Model(SMALL),
        "gpt-4.1-mini": Model(SMALL, 1_000_000),
        "gpt-5-mini": Model(SMALL, 400_000),
        "gpt-5-mini-2025-08-07": Model(SMALL, 400_000),
        "gpt-5-nano-2025-08-07": Model(SMALL, 400_000),
        "claude-haiku-4-5-20251001": Model(SMALL, 200_000),
        "llama-3.1-8b-instant": Model(SMALL),
        "google/gemini-2.5-flash": Model(SMALL, 1_000_000),
        "gpt-4o": Model(MEDIUM),
        "gpt-4.1": Model(MEDIUM, 1_000_000),
        "gpt-5-chat-latest": Model(MEDIUM),
        "gpt-5-2025-08-07": Model(MEDIUM, 400_000),
        "o3-mini": Model(MEDIUM, 200_000),
        "llama-3.3-70b-versatile": Model(MEDIUM),
        "perplexity/sonar": Model(MEDIUM),
        "claude-sonnet-4-20250514": Model(LARGE, 200_000),
        "claude-sonnet-4-5-20250929": Model(LARGE, 200_000),
        "google/gemini-3.1-pro-preview": Model(LARGE, 1_000_000),
        "perplexity/sonar-pro": Model(LARGE, 200_000),
        "o1": Model(LARGE, 200_000),
    }
)


def known(name: str) -> Model:
    """The model of this name, or what is assumed of one that is not listed."""
    return MODELS.get(name, UNKNOWN)


def model_prices() -> tuple[Price, ...]:
    """What a block with the input `model` costs."""
    listed = (Price(model.credits, {"model": name}) for name, model in MODELS.items())
    return (*listed, Price(UNKNOWN.credits))
