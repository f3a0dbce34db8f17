"""The shapes of what the API says of credentials and providers, for its schema."""

from typing import Any

from rest_framework import serializers

from accounts.credentials.types import CredentialType


class CredentialBodySerializer(serializers.Serializer[Any]):
    """Nothing of it is secret. Scopes are null where its type has none."""

    id = serializers.UUIDField()
    provider = serializers.CharField()
    type = serializers.ChoiceField(CredentialType.choices)
    title = serializers.CharField(allow_blank=True)
    scopes = serializers.ListField(child=serializers.CharField(), allow_null=True)
    missing_scopes = serializers.ListField(child=serializers.CharField(), allow_null=True)
    username = serializers.CharField(allow_null=True)
    host = serializers.CharField(allow_null=True)
    hosts = serializers.ListField(child=serializers.CharField())
    is_system = serializers.BooleanField()
    must_sign_in_again = serializers.BooleanField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class RemovedBodySerializer(serializers.Serializer[Any]):
    """revoked: also at the provider; null where it has nothing to revoke. need_confirmation: send it with `force`."""

    deleted = serializers.BooleanField()
    revoked = serializers.BooleanField(required=False, allow_null=True)
    need_confirmation = serializers.BooleanField(required=False)
    message = serializers.CharField(required=False)


class ProviderBodySerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    supported_auth_types = serializers.ListField(child=serializers.CharField())
    can_sign_in = serializers.BooleanField()


class ConstantsBodySerializer(serializers.Serializer[Any]):
    PROVIDER_NAMES = serializers.DictField(child=serializers.CharField())


class ScopesQuery(serializers.Serializer[Any]):
    """Separated by commas or blanks."""

    scopes = serializers.CharField(required=False)


class BegunBodySerializer(serializers.Serializer[Any]):
    login_url = serializers.CharField()
    state_token = serializers.CharField()
