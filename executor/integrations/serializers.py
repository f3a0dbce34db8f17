"""Credentials as the API takes and shows them. What is secret goes in, and never comes out."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.credentials.contents import NOTHING, Contents
from accounts.credentials.models import StoredCredential
from accounts.credentials.types import CredentialType
from blocks.scopes import lacking
from executor.integrations.needs import scopes_of_providers
from reliability.secrets import Secret

#: Those whose secrets users have; an OAuth2 one is given out by its provider.
_ENTERED = (CredentialType.API_KEY, CredentialType.USER_PASSWORD, CredentialType.HOST_SCOPED)


#: A time in 2242; what is later is a slip.
LAST_SECOND = 2**33


class SecretField(serializers.CharField):
    """A text that is a Secret from here on; blanks at its ends belong to it."""

    def __init__(self) -> None:
        super().__init__(required=False, trim_whitespace=False, write_only=True, default="")

    def to_internal_value(self, data: Any) -> Any:
        return Secret(super().to_internal_value(data))


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": LAST_SECOND})
class EpochField(serializers.Field[datetime, Any, Any, Any]):
    """Seconds since 1970, as a time."""

    def to_internal_value(self, data: Any) -> datetime:
        return datetime.fromtimestamp(
            serializers.IntegerField(min_value=0, max_value=LAST_SECOND).run_validation(data), UTC
        )


class NewCredentialSerializer(serializers.Serializer[Any]):
    """Of the secret fields, those of the type count."""

    type = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in _ENTERED])
    title = serializers.CharField(default="", allow_blank=True)
    username = serializers.CharField(default="", allow_blank=True)
    api_key = SecretField()
    password = SecretField()
    headers = serializers.DictField(child=SecretField(), default=dict)
    host = serializers.CharField(default="", allow_blank=True)
    hosts = serializers.ListField(child=serializers.CharField(), default=list)
    expires_at = EpochField(required=False, allow_null=True, default=None)

    def wish(self) -> dict[str, Any]:
        """As arguments of `make_credential`."""
        given = self.validated_data
        kind = CredentialType(given["type"])
        secrets = {CredentialType.API_KEY: given["api_key"], CredentialType.USER_PASSWORD: given["password"]}
        is_scoped = kind is CredentialType.HOST_SCOPED
        contents = Contents(secret=secrets.get(kind) or NOTHING, headers=given["headers"] if is_scoped else {})
        hosts = [given["host"]] if given["host"] else []
        return {
            "type": kind,
            "contents": contents,
            "title": given["title"],
            "username": given["username"] if kind is CredentialType.USER_PASSWORD else "",
            "hosts": hosts + given["hosts"],
            "expires_at": given["expires_at"],
        }


class ChangesSerializer(serializers.Serializer[Any]):
    """What may be changed without its secret."""

    title = serializers.CharField(required=False, allow_blank=True)
    hosts = serializers.ListField(child=serializers.CharField(), required=False)


class ForceSerializer(serializers.Serializer[Any]):
    """force: even if something still needs it."""

    force = serializers.BooleanField(default=False)


class SignedInSerializer(serializers.Serializer[Any]):
    """What the provider has sent back with the browser."""

    code = serializers.CharField(max_length=4096)
    state_token = serializers.CharField(max_length=200)


def credential_body(credential: StoredCredential) -> dict[str, Any]:
    """Without anything secret."""
    return {
        "id": str(credential.id),
        "provider": credential.provider,
        "type": credential.type,
        "title": credential.title,
        "scopes": credential.scopes if credential.type == CredentialType.OAUTH2 else None,
        "missing_scopes": missing_scopes(credential),
        "username": credential.username or None,
        "host": credential.hosts[0] if credential.type == CredentialType.HOST_SCOPED else None,
        "hosts": credential.hosts,
        "is_system": credential.is_system,
        "must_sign_in_again": credential.refused_at is not None,
        "expires_at": credential.expires_at,
        "last_used_at": credential.last_used_at,
        "created_at": credential.created_at,
    }


def missing_scopes(credential: StoredCredential) -> list[str] | None:
    """Scopes that one block or another of its provider needs and it lacks: such a block does not run on it."""
    if credential.type != CredentialType.OAUTH2:
        return None
    return lacking(scopes_of_providers().get(credential.provider, frozenset()), credential.scopes)
