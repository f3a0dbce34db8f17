"""How a program says to the API who it is."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import keys
from accounts.models import ApiKey, User


class ApiKeyAuthentication(BaseAuthentication):
    """An API key in `Authorization: Bearer …` or, as the AutoGPT clients send it, in `X-API-Key`."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """None without a key, so that a session may answer. Raises AuthenticationFailed for a key that is no good."""
        plain = _key_of(request)
        if plain is None:
            return None
        key = keys.find(plain)
        if key is None:
            raise AuthenticationFailed("The API key is unknown, expired or revoked.")
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="api"'


def _key_of(request: Request) -> str | None:
    scheme, _, rest = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    return request.META.get("HTTP_X_API_KEY")
