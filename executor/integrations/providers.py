"""Providers over the API: whom blocks need credentials of, and where one can sign in."""

from functools import cache
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.credentials.models import StoredCredential
from accounts.credentials.oauth.providers import PROVIDERS
from blocks.credentials import credential_needs
from blocks.registry import registry


class ProvidersView(APIView):
    """All of them, with the types of credentials that they take."""

    def get(self, request: Request) -> Response:
        return Response([_body(name, types) for name, types in sorted(_types(len(registry)).items())])


class ProviderNamesView(APIView):
    def get(self, request: Request) -> Response:
        return Response(sorted(_types(len(registry))))


class SystemProvidersView(APIView):
    """Those that this installation has credentials of, for all users."""

    def get(self, request: Request) -> Response:
        names = StoredCredential.objects.of_the_installation().values_list("provider", flat=True)
        return Response(sorted(set(names)))


@cache
def _types(blocks: int) -> dict[str, frozenset[str]]:
    """`{provider: types}`. blocks: how many there are, for modules may still bring some."""
    found: dict[str, frozenset[str]] = {}
    for block in registry:
        for need in credential_needs(block.Input).values():
            for provider in need.providers:
                found[provider] = found.get(provider, frozenset()) | need.types
    return found


def _body(name: str, types: frozenset[str]) -> dict[str, Any]:
    return {"name": name, "supported_auth_types": sorted(types), "can_sign_in": name in PROVIDERS}
