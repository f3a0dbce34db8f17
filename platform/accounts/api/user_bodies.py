"""What is said about users over the API, in the shapes of the AutoGPT Platform and more."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rest_framework import serializers

from accounts.addresses import is_verified
from accounts.mail_counts import sent_today
from accounts.models import User
from accounts.timezones import day_begins, local_day
from accounts.wishes import (
    DAILY_MAX,
    NotificationChannel,
    NotificationType,
    quiet_hours,
    wanted,
    wanted_on,
    wishes_of,
)

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


class QuietHoursSerializer(serializers.Serializer):
    """`from` is a word of Python's, so it is declared by its name."""

    until = serializers.TimeField(format="%H:%M")

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.TimeField(format="%H:%M"), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["from"] == attrs["until"]:
            raise serializers.ValidationError("They must begin and end at different times.")
        return attrs


class PreferencesSerializer(serializers.Serializer):
    """`email` is sent by older clients. It must be the account's: it changes elsewhere."""

    email = serializers.EmailField(max_length=EMAIL_MAX_LENGTH, required=False)
    preferences = serializers.DictField(child=serializers.BooleanField(), required=False)
    channels = serializers.DictField(child=serializers.DictField(child=serializers.BooleanField()), required=False)
    daily_limit = serializers.IntegerField(min_value=0, max_value=DAILY_MAX, required=False)
    quiet_hours = QuietHoursSerializer(required=False, allow_null=True)

    def validate_email(self, email: str) -> str:
        if email.lower() != self.context["user"].email:
            raise serializers.ValidationError("The address is changed at /auth/user/email.")
        return email

    def validate_preferences(self, preferences: dict[str, bool]) -> dict[str, bool]:
        _require_known("notification", preferences, set(NotificationType))
        return preferences

    def validate_channels(self, channels: dict[str, dict[str, bool]]) -> dict[str, dict[str, bool]]:
        _require_known("channel", channels, set(NotificationChannel))
        for types in channels.values():
            _require_known("notification", types, set(NotificationType))
        return channels


class PreferencesBodySerializer(serializers.Serializer):
    user_id = serializers.UUIDField()
    email = serializers.EmailField()
    preferences = serializers.DictField(child=serializers.BooleanField())
    channels = serializers.DictField(child=serializers.DictField(child=serializers.BooleanField()))
    daily_limit = serializers.IntegerField()
    emails_sent_today = serializers.IntegerField()
    last_reset_date = serializers.DateTimeField()
    quiet_hours = QuietHoursSerializer(allow_null=True)
    email_bounced = serializers.BooleanField()


def user_body(user: User) -> dict[str, Any]:
    plain = {name: getattr(user, name) for name in ("id", "email", "name", "timezone", "created_at")}
    return dict(UserBodySerializer(plain | {"email_verified": is_verified(user)}).data)


def preferences_body(user: User, *, now: datetime) -> dict[str, Any]:
    """`last_reset_date` is when the user's day has begun, whose mails are counted."""
    wishes = wishes_of(user)
    quiet = quiet_hours(wishes)
    body = {
        "user_id": user.id,
        "email": user.email,
        "preferences": wanted(wishes),
        "channels": {str(channel): wanted_on(wishes, channel) for channel in NotificationChannel},
        "daily_limit": wishes.daily_limit,
        "emails_sent_today": sent_today(wishes, local_day(user.timezone, now)),
        "last_reset_date": day_begins(user.timezone, now),
        "quiet_hours": quiet and {"from": quiet.begin, "until": quiet.end},
        "email_bounced": wishes.bounced_email == user.email,
    }
    return dict(PreferencesBodySerializer(body).data)


def _require_known(what: str, given: Iterable[str], known: set[Any]) -> None:
    """Raises ValidationError."""
    unknown = sorted(set(given) - known)
    if unknown:
        raise serializers.ValidationError(f"There is no {what} {', '.join(unknown)[:200]}.")
