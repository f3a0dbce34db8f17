"""What the blocks of this installation need of each provider."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from blocks.credentials import CredentialNeed, credential_needs
from blocks.registry import registry

Sets = Mapping[str, frozenset[str]]


def types_of_providers() -> Sets:
    """`{provider: types of credentials}`."""
    return _types(len(registry))


def scopes_of_providers() -> Sets:
    """`{provider: scopes that one block or another needs}`."""
    return _scopes(len(registry))


@cache
def _types(blocks: int) -> Sets:
    """blocks: how many there are, for modules may still bring some."""
    found: dict[str, set[str]] = defaultdict(set)
    for provider, need in _needs():
        found[provider] |= need.types
    return _frozen(found)


@cache
def _scopes(blocks: int) -> Sets:
    found: dict[str, set[str]] = defaultdict(set)
    for provider, need in _needs():
        found[provider] |= need.scopes
    return _frozen(found)


def _needs() -> Iterator[tuple[str, CredentialNeed]]:
    for block in registry:
        for need in credential_needs(block.Input).values():
            for provider in need.providers:
                yield provider, need


def _frozen(found: Mapping[str, set[str]]) -> Sets:
    return {name: frozenset(values) for name, values in found.items()}
