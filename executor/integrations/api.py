"""A user's credentials over the API."""

from typing import Any, cast
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.credentials.errors import CredentialNotFound
from accounts.credentials.models import StoredCredential
from accounts.credentials.storing import change_credential, make_credential
from accounts.models import User
from executor.integrations.revoking import remove
from executor.integrations.serializers import ChangesSerializer, NewCredentialSerializer, credential_body


class CredentialsView(APIView):
    """All that the user may use."""

    def get(self, request: Request) -> Response:
        return Response(_bodies(_usable(request)))


class ProviderCredentialsView(APIView):
    """Those of one provider."""

    def get(self, request: Request, provider: str) -> Response:
        return Response(_bodies(_usable(request).filter(provider=provider)))

    def post(self, request: Request, provider: str) -> Response:
        body = NewCredentialSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        credential = make_credential(cast(User, request.user), provider=provider, **body.wish())
        return Response(credential_body(credential), status=201)


class CredentialView(APIView):
    """One credential."""

    def get(self, request: Request, provider: str, credential_id: UUID) -> Response:
        return Response(credential_body(_one(request, provider, credential_id)))

    def patch(self, request: Request, provider: str, credential_id: UUID) -> Response:
        """Another title, or other hosts."""
        body = ChangesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        credential = change_credential(_one(request, provider, credential_id), **body.validated_data)
        return Response(credential_body(credential))

    def delete(self, request: Request, provider: str, credential_id: UUID) -> Response:
        """Also at the provider. What names it afterwards does not start."""
        revoked = remove(_one(request, provider, credential_id))
        return Response({"deleted": True, "revoked": revoked})


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
