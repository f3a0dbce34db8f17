"""Choosing the provider of chat models that this installation uses."""

from dataclasses import dataclass

from blocks.llm.chat import ChatModels
from blocks.llm.fake import FakeChatModels
from reliability.errors import InvalidInput

FAKE = "fake"


@dataclass(frozen=True, slots=True)
class Preset:
    """A provider with OpenAI's interface."""

    #: Where it is; empty if that must be told.
    base_url: str
    needs_key: bool = True
    #: What the provider calls the most tokens of one answer.
    limit_parameter: str = "max_tokens"


PRESETS = {
    "openai": Preset("https://api.openai.com/v1", limit_parameter="max_completion_tokens"),
    "openrouter": Preset("https://openrouter.ai/api/v1"),
    "groq": Preset("https://api.groq.com/openai/v1"),
    "ollama": Preset("http://localhost:11434/v1", needs_key=False),
    "vllm": Preset("", needs_key=False),
    "custom": Preset("", needs_key=False),
}


def chat_models(provider: str, *, base_url: str, api_key: str) -> ChatModels:
    """The provider of this name.

    base_url: empty for the provider's own.  api_key: may be empty where none is needed.
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

    return OpenAICompatibleChatModels(url, api_key, limit_parameter=preset.limit_parameter)
