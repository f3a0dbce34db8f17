"""What is said about users over the API, in the shapes of the AutoGPT Platform and more."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from accounts.addresses import is_verified
from accounts.models import User
from accounts.wishes import DAILY_MAX, NotificationType, wanted, wishes_of

EMAIL_MAX_LENGTH = 254
ZONE_MAX_LENGTH = 64


class UserBodySerializer(serializers.Serializer):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    email_verified = serializers.BooleanField()
    name = serializers.CharField()
    timezone = serializers.CharField()
    created_at = serializers.DateTimeField()


class EmailSerializer(serializers.Serializer):
    email = serializers.EmailField(max_length=EMAIL_MAX_LENGTH)


class EmailBodySerializer(serializers.Serializer):
    """`pending_email` is what `email` becomes once it is confirmed."""

    email = serializers.EmailField()
    pending_email = serializers.EmailField()


class TimezoneSerializer(serializers.Serializer):
    timezone = serializers.CharField(max_length=ZONE_MAX_LENGTH)


class PreferencesSerializer(serializers.Serializer):
    """`email` is sent by older clients. It must be the account's: it changes elsewhere."""

    email = serializers.EmailField(max_length=EMAIL_MAX_LENGTH, required=False)
    preferences = serializers.DictField(child=serializers.BooleanField(), required=False)
    daily_limit = serializers.IntegerField(min_value=0, max_value=DAILY_MAX, required=False)

    def validate_email(self, email: str) -> str:
        if email.lower() != self.context["user"].email:
            raise serializers.ValidationError("The address is changed at /auth/user/email.")
        return email

    def validate_preferences(self, preferences: dict[str, bool]) -> dict[str, bool]:
        unknown = sorted(set(preferences) - set(NotificationType))
        if unknown:
            raise serializers.ValidationError(f"There is no notification {', '.join(unknown)[:200]}.")
        return preferences


class PreferencesBodySerializer(serializers.Serializer):
    user_id = serializers.UUIDField()
    email = serializers.EmailField()
    preferences = serializers.DictField(child=serializers.BooleanField())
    daily_limit = serializers.IntegerField()
    emails_sent_today = serializers.IntegerField()
    last_reset_date = serializers.DateTimeField()


def user_body(user: User) -> dict[str, Any]:
    plain = {name: getattr(user, name) for name in ("id", "email", "name", "timezone", "created_at")}
    return dict(UserBodySerializer(plain | {"email_verified": is_verified(user)}).data)


def preferences_body(user: User, *, now: datetime) -> dict[str, Any]:
    """No notification is sent by e-mail yet, so none was sent today."""
    wishes = wishes_of(user)
    body = {
        "user_id": user.id,
        "email": user.email,
        "preferences": wanted(wishes),
        "daily_limit": wishes.daily_limit,
        "emails_sent_today": 0,
        "last_reset_date": now.replace(hour=0, minute=0, second=0, microsecond=0),
    }
    return dict(PreferencesBodySerializer(body).data)
