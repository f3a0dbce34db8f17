"""Providers over the API: whom blocks need credentials of, and where one can sign in."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.credentials.models import StoredCredential
from accounts.credentials.oauth.providers import PROVIDERS
from api.scopes import Scope
from api.views import ApiView
from executor.integrations.bodies import ConstantsBodySerializer, ProviderBodySerializer
from executor.integrations.needs import types_of_providers


class ProvidersView(ApiView):
    """All of them, with the types of credentials that they take."""

    scopes: ClassVar = {"GET": (Scope.READ_INTEGRATIONS,)}

    @extend_schema(responses={200: ProviderBodySerializer(many=True)})
    def get(self, request: Request) -> Response:
        return Response([_body(name, types) for name, types in sorted(types_of_providers().items())])


class ProviderNamesView(ApiView):
    scopes: ClassVar = {"GET": (Scope.READ_INTEGRATIONS,)}

    @extend_schema(responses={200: list[str]})
    def get(self, request: Request) -> Response:
        return Response(sorted(types_of_providers()))


class ProviderConstantsView(ApiView):
    """Their names, by what generated clients call them."""

    scopes: ClassVar = {"GET": (Scope.READ_INTEGRATIONS,)}

    @extend_schema(responses={200: ConstantsBodySerializer})
    def get(self, request: Request) -> Response:
        names = sorted(types_of_providers())
        return Response({"PROVIDER_NAMES": {name.upper().replace("-", "_"): name for name in names}})


class SystemProvidersView(ApiView):
    """Those that this installation has credentials of, for all users."""

    scopes: ClassVar = {"GET": (Scope.READ_INTEGRATIONS,)}

    @extend_schema(responses={200: list[str]})
    def get(self, request: Request) -> Response:
        names = StoredCredential.objects.of_the_installation().values_list("provider", flat=True)
        return Response(sorted(set(names)))


def _body(name: str, types: frozenset[str]) -> dict[str, Any]:
    return {"name": name, "supported_auth_types": sorted(types), "can_sign_in": name in PROVIDERS}
