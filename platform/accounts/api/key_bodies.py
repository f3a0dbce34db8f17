"""What is said about API keys over the API, in the shapes of the AutoGPT Platform and more."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.key_scopes import scopes_named
from accounts.keys import DAILY_LIMIT_MAX, DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH
from accounts.models import ApiKey, KeyStatus
from api.scopes import Scope

#: More names than there are.
NAMES_MAX = 100
NAME_CHARACTERS = 50


class PermissionsSerializer(serializers.Serializer):
    permissions = serializers.ListField(
        child=serializers.CharField(max_length=NAME_CHARACTERS), min_length=1, max_length=NAMES_MAX
    )

    def validate_permissions(self, names: list[str]) -> list[Scope]:
        return scopes_named(names)


class NewKeySerializer(PermissionsSerializer):
    name = serializers.CharField(max_length=NAME_MAX_LENGTH)
    description = serializers.CharField(
        max_length=DESCRIPTION_MAX_LENGTH, required=False, allow_blank=True, allow_null=True, default=""
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    daily_limit = serializers.IntegerField(
        min_value=0, max_value=DAILY_LIMIT_MAX, required=False, allow_null=True, default=None
    )

    def validate_expires_at(self, moment: datetime | None) -> datetime | None:
        if moment is not None and moment <= timezone.now():
            raise serializers.ValidationError("It must be in the future.")
        return moment

    def wish(self) -> dict[str, Any]:
        """As arguments of `keys.issue`."""
        given = dict(self.validated_data)
        return given | {"scopes": given.pop("permissions"), "description": given["description"] or ""}


class KeyBodySerializer(serializers.Serializer):
    """`permissions` and `scopes` are the same, and so are `head` and `prefix`, `tail` and `postfix`: clients differ."""

    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    type = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    head = serializers.CharField()
    tail = serializers.CharField()
    prefix = serializers.CharField()
    postfix = serializers.CharField()
    status = serializers.ChoiceField(choices=KeyStatus.values)
    permissions = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField())
    daily_limit = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    suspended_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewKeyBodySerializer(serializers.Serializer):
    """`plain_text_key` is null where the request is repeated: the key was shown once."""

    api_key = KeyBodySerializer()
    plain_text_key = serializers.CharField(allow_null=True)


class KeyPageQuery(serializers.Serializer):
    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=500, default=500)


def key_body(key: ApiKey) -> dict[str, Any]:
    shown = {
        "id": key.id,
        "user_id": key.user_id,
        "type": "api_key",
        "name": key.name,
        "description": key.description,
        "head": f"slk_{key.head}",
        "tail": key.tail,
        "prefix": f"slk_{key.head}",
        "postfix": key.tail,
        "permissions": key.scopes,
    }
    times = ("created_at", "expires_at", "last_used_at", "suspended_at", "revoked_at")
    more = {name: getattr(key, name) for name in ("status", "scopes", "daily_limit", *times)}
    return dict(KeyBodySerializer(shown | more).data)
