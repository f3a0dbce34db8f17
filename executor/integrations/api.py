"""A user's credentials over the API."""

from typing import Any, ClassVar, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.credentials.errors import CredentialNotFound
from accounts.credentials.models import StoredCredential
from accounts.credentials.storing import change_credential, make_credential
from accounts.models import User
from api.scopes import Scope
from api.views import ApiView
from executor.integrations.bodies import CredentialBodySerializer, RemovedBodySerializer
from executor.integrations.revoking import remove
from executor.integrations.serializers import (
    ChangesSerializer,
    ForceSerializer,
    NewCredentialSerializer,
    credential_body,
)
from executor.webhooks.detaching import count_registered_with


class CredentialsView(ApiView):
    """All that the user may use."""

    scopes: ClassVar = {"GET": (Scope.READ_INTEGRATIONS,)}

    @extend_schema(responses={200: CredentialBodySerializer(many=True)})
    def get(self, request: Request) -> Response:
        return Response(_bodies(_usable(request)))


class ProviderCredentialsView(ApiView):
    """Those of one provider."""

    scopes: ClassVar = {"GET": (Scope.READ_INTEGRATIONS,), "POST": (Scope.MANAGE_INTEGRATIONS,)}

    @extend_schema(responses={200: CredentialBodySerializer(many=True)})
    def get(self, request: Request, provider: str) -> Response:
        return Response(_bodies(_usable(request).filter(provider=provider)))

    @extend_schema(request=NewCredentialSerializer, responses={201: CredentialBodySerializer})
    def post(self, request: Request, provider: str) -> Response:
        body = NewCredentialSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        credential = make_credential(cast(User, request.user), provider=provider, **body.wish())
        return Response(credential_body(credential), status=201)


class CredentialView(ApiView):
    """One credential."""

    scopes: ClassVar = {
        "GET": (Scope.READ_INTEGRATIONS,),
        "PATCH": (Scope.MANAGE_INTEGRATIONS,),
        "DELETE": (Scope.DELETE_INTEGRATIONS,),
    }

    @extend_schema(responses={200: CredentialBodySerializer})
    def get(self, request: Request, provider: str, credential_id: UUID) -> Response:
        return Response(credential_body(_one(request, provider, credential_id)))

    @extend_schema(request=ChangesSerializer, responses={200: CredentialBodySerializer})
    def patch(self, request: Request, provider: str, credential_id: UUID) -> Response:
        """Another title, or other hosts."""
        body = ChangesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        credential = change_credential(_one(request, provider, credential_id), **body.validated_data)
        return Response(credential_body(credential))

    @extend_schema(parameters=[ForceSerializer], responses={200: RemovedBodySerializer})
    def delete(self, request: Request, provider: str, credential_id: UUID) -> Response:
        """Also at the provider. What names it afterwards does not start. One that webhooks need goes by force only."""
        credential = _one(request, provider, credential_id)
        query = ForceSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        needed_by = count_registered_with(credential)
        if needed_by and not query.validated_data["force"]:
            return Response({"deleted": False, "need_confirmation": True, "message": _needed(needed_by)})
        return Response({"deleted": True, "revoked": remove(credential)})


def _needed(webhooks: int) -> str:
    return f"Registered with it at its provider: webhooks, {webhooks} in number. Delete it by force to switch them off."


def _one(request: Request, provider: str, credential_id: UUID) -> StoredCredential:
    """Raises CredentialNotFound, whether it is somebody else's or nobody's."""
    found = _usable(request).filter(provider=provider, id=credential_id).first()
    if found is None:
        raise CredentialNotFound
    return cast(StoredCredential, found)


def _usable(request: Request) -> Any:
    return StoredCredential.objects.usable_by(cast(User, request.user).id)


def _bodies(credentials: Any) -> list[dict[str, Any]]:
    return [credential_body(credential) for credential in credentials]
