"""The chat models that are known by name: who offers them, and how much they can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DEFAULT_MODEL = "gpt-4o"


@dataclass(frozen=True, slots=True)
class Model:
    """context_tokens: what the model can read and write in one call."""

    #: Whose price list names it, as the package genai-prices calls them; empty for what can be told by the name.
    provider: str = ""
    context_tokens: int = 128_000


UNKNOWN = Model()

MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "gpt-4o-mini": Model("openai"),
        "gpt-4.1-mini": Model("openai", 1_000_000),
        "gpt-5-mini": Model("openai", 400_000),
        "gpt-5-mini-2025-08-07": Model("openai", 400_000),
        "gpt-5-nano-2025-08-07": Model("openai", 400_000),
        "claude-haiku-4-5-20251001": Model("anthropic", 200_000),
        "llama-3.1-8b-instant": Model("groq"),
        "google/gemini-2.5-flash": Model("openrouter", 1_000_000),
        "gpt-4o": Model("openai"),
        "gpt-4.1": Model("openai", 1_000_000),
        "gpt-5-chat-latest": Model("openai"),
        "gpt-5-2025-08-07": Model("openai", 400_000),
        "o3-mini": Model("openai", 200_000),
        "llama-3.3-70b-versatile": Model("groq"),
        "perplexity/sonar": Model("openrouter"),
        "claude-sonnet-4-20250514": Model("anthropic", 200_000),
        "claude-sonnet-4-5-20250929": Model("anthropic", 200_000),
        "google/gemini-3.1-pro-preview": Model("openrouter", 1_000_000),
        "perplexity/sonar-pro": Model("openrouter", 200_000),
        "o1": Model("openai", 200_000),
    }
)


def known(name: str) -> Model:
    """The model of this name, or what is assumed of one that is not listed."""
    return MODELS.get(name, UNKNOWN)
