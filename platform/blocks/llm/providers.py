"""The providers of models that are known by name, and how they are spoken to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blocks.llm.catalog import known
from blocks.llm.chat import ChatModels
from blocks.llm.fake import FakeChatModels
from reliability.errors import InvalidInput

if TYPE_CHECKING:
    from reliability.net.door import Door

FAKE = "fake"


@dataclass(frozen=True, slots=True)
class Preset:
    """A provider with OpenAI's interface."""

    #: Where it is; empty if that must be told.
    base_url: str
    needs_key: bool = True
    #: What the provider calls the most tokens of one answer.
    limit_parameter: str = "max_tokens"
    #: It must be told of tools that the conversation has called, even if no more may be called.
    keeps_tools: bool = False
    #: It can be told whether several tools may be called at once.
    counts_calls: bool = True
    #: What the names of its own models begin with.
    models: tuple[str, ...] = ()


PRESETS = {
    "openai": Preset(
        "https://api.openai.com/v1",
        limit_parameter="max_completion_tokens",
        models=("gpt-", "chatgpt-", "o1", "o3", "o4", "dall-e-"),
    ),
    "anthropic": Preset("https://api.anthropic.com/v1", keeps_tools=True, models=("claude-",)),
    "google": Preset(
        "https://generativelanguage.googleapis.com/v1beta/openai",
        counts_calls=False,
        models=("gemini-", "gemma-", "imagen-"),
    ),
    "openrouter": Preset("https://openrouter.ai/api/v1"),
    "groq": Preset("https://api.groq.com/openai/v1", models=("llama-",)),
    "ollama": Preset("http://localhost:11434/v1", needs_key=False),
    "vllm": Preset("", needs_key=False),
    "custom": Preset("", needs_key=False),
}


def chat_models(provider: str, *, base_url: str, api_key: str, door: "Door | None" = None) -> ChatModels:
    """The provider of this name.

    base_url: empty for the provider's own.  api_key: may be empty where none is needed.  door: the way there.
    Raises InvalidInput for an unknown name, a missing base_url or a missing key.
    """
    if provider == FAKE:
        return FakeChatModels()
    preset = PRESETS.get(provider)
    if preset is None:
        names = ", ".join([FAKE, *PRESETS])
        raise InvalidInput(f"There is no model provider called {provider!r}; there are {names}.", provider=provider)
    url = base_url or preset.base_url
    if not url:
        raise InvalidInput(f"The model provider {provider} needs a base_url.", provider=provider)
    if preset.needs_key and not api_key:
        raise InvalidInput(f"The model provider {provider} needs an api_key.", provider=provider)
    # The openai package takes 0.4 s to import, which nobody should wait for who does not use it.
    from blocks.llm.openai_compatible import OpenAICompatibleChatModels

    return OpenAICompatibleChatModels(
        url,
        api_key,
        limit_parameter=preset.limit_parameter,
        keeps_tools=preset.keeps_tools,
        counts_calls=preset.counts_calls,
        door=door,
    )


def provider_of(model: str) -> str:
    """Who offers a model of this name; empty if the name does not tell. OpenRouter's have a slash."""
    named = known(model).provider
    if named or "/" in model:
        return named or "openrouter"
    return next((name for name, preset in PRESETS.items() if model.startswith(preset.models)), "")
