"""Providers that are told over their own interface whom to call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from blocks.credentials import Credential
from executor.webhooks.github_hooks import GithubHooks
from reliability.net.door import Door
from reliability.secrets import Secret


class Hooks(Protocol):
    """The webhooks of one resource at a provider, as one credential may change them.

    Everything raises HookRefused for what will not go better by itself, and Unavailable for what may.
    """

    async def make(self, hook: "Hook") -> str:
        """Have the provider call, and give its name for that. One that calls the same address already is changed."""

    async def find(self, url: str) -> str:
        """The name of the one that calls this address; empty if there is none."""

    async def remove(self, hook_id: str) -> None:
        """One that is gone already is no trouble."""

    async def ping(self, hook_id: str) -> None:
        """Have the provider call once, to try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """url: to be called.  secret: to sign with.  kinds: of events, as the provider calls them."""

    url: str
    secret: Secret
    kinds: frozenset[str] = field(default_factory=frozenset)


#: By provider: the hooks of a resource.
HOOKS: Mapping[str, Callable[[Door, Credential, str], Hooks]] = {"github": GithubHooks}
