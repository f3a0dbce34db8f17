"""Several providers at once: which one a model is asked at follows from its name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from blocks.credentials import Credential
from blocks.errors import BlockError
from blocks.llm.chat import ChatModels, ChatReply, ChatRequest
from blocks.llm.images import ImageModels, ImageRequest, Picture
from blocks.llm.providers import FAKE, PRESETS, chat_models, provider_of
from reliability.errors import InvalidInput

if TYPE_CHECKING:
    from reliability.net.door import Door

#: What credentials call a provider, where that is not our name for it.
_NAMES = {"open_router": "openrouter"}

#: Makes the models of a provider for keys of users.
ForUsers = Callable[[str], ChatModels]


class RoutedModels:
    """Implements blocks.llm.chat.ChatModels and blocks.llm.images.ImageModels over several providers.

    1. A key of the user's own goes to the provider that it is for, and nowhere else.
    2. A name such as `groq/llama-3.1-8b-instant` names its provider itself.
    3. Else the model is asked at the provider that offers it, if that is set up here.
    4. Else at the default one. The built-in fake is that only where nothing else is set up.
    """

    def __init__(self, providers: Mapping[str, ChatModels], *, default: str, for_users: ForUsers) -> None:
        self._providers = dict(providers)
        self._default = default
        self._for_users = for_users
        self._of_users: dict[str, ChatModels] = {}

    async def complete(self, request: ChatRequest) -> ChatReply:
        models, name = self._way(request.model, request.credential)
        return await models.complete(replace(request, model=name))

    async def draw(self, request: ImageRequest) -> Picture:
        models, name = self._way(request.model, request.credential)
        if not isinstance(models, ImageModels):
            raise BlockError(f"The provider of the model {request.model} draws no images.")
        return await models.draw(replace(request, model=name))

    def _way(self, model: str, credential: Credential | None) -> tuple[ChatModels, str]:
        """Whom to ask, and what the model is called there."""
        if credential is not None:
            provider = _NAMES.get(credential.provider, credential.provider)
            return self._with_key_of_user(provider, credential), model.removeprefix(f"{provider}/")
        prefix = model.partition("/")[0]
        if prefix in self._providers and "/" in model:
            return self._providers[prefix], model.removeprefix(f"{prefix}/")
        named = self._providers.get(provider_of(model))
        if named is not None:
            return named, model
        if self._default == FAKE and len(self._providers) > 1:
            raise BlockError(f"No provider of the model {model} is set up on this installation (MODEL_API_KEYS).")
        return self._providers[self._default], model

    def _with_key_of_user(self, provider: str, credential: Credential) -> ChatModels:
        preset = PRESETS.get(provider)
        if preset is None or not preset.needs_key:
            raise BlockError(f"The credentials are for {credential.provider}, which offers no models here.")
        host = urlsplit(preset.base_url).hostname or ""
        if credential.hosts and not any(fnmatch(host, pattern) for pattern in credential.hosts):
            raise BlockError(f"The credentials may not be sent to {host}.")
        if provider not in self._of_users:
            self._of_users[provider] = self._for_users(provider)
        return self._of_users[provider]


def routed_models(
    default: str,
    *,
    base_url: str,
    api_key: str,
    base_urls: Mapping[str, str],
    api_keys: Mapping[str, str],
    door: "Door | None" = None,
) -> RoutedModels:
    """The providers that an installation has set up.

    default: the one for models of nobody else, with its base_url and api_key; the others are in base_urls and api_keys.
    Raises InvalidInput, as `chat_models` does.
    """
    others = {*base_urls, *api_keys}
    if FAKE in others:
        raise InvalidInput("The provider fake has neither a key nor an address.", provider=FAKE)
    providers = {
        name: chat_models(
            name,
            base_url=base_urls.get(name) or (base_url if name == default else ""),
            api_key=api_keys.get(name) or (api_key if name == default else ""),
            door=door,
        )
        for name in sorted({default, *others})
    }
    return RoutedModels(
        providers, default=default, for_users=lambda name: chat_models(name, base_url="", api_key="own", door=door)
    )
