"""The shapes of notifications in the API."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from accounts.wishes import NotificationChannel, NotificationType
from api.paging import CursorQuery
from notifications.messages.contacts import Contact
from notifications.models import URL_CHARACTERS, DeliveryStatus

IDS_MAX = 500


class NoticesQuery(CursorQuery):
    """unread: only what is not read."""

    unread = serializers.BooleanField(default=False)


class NoticeBodySerializer(serializers.Serializer[Any]):
    """data: by its type, see docs/notifications.md."""

    id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=[str(type) for type in NotificationType])
    title = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]
    execution_id = serializers.UUIDField(allow_null=True)
    happened_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NoticePageSerializer(serializers.Serializer[Any]):
    """unread: how many there are in all."""

    items = NoticeBodySerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    unread = serializers.IntegerField()


class ReadSerializer(serializers.Serializer[Any]):
    """ids, or `"all": true`."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=IDS_MAX)
    all = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["all"] == ("ids" in attrs):
            raise serializers.ValidationError("Give ids, or say all.")
        return attrs


class ReadBodySerializer(serializers.Serializer[Any]):
    """marked: how many were not read before."""

    marked = serializers.IntegerField()
    unread = serializers.IntegerField()


class ContactSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=URL_CHARACTERS)


class ChannelBodySerializer(serializers.Serializer[Any]):
    """recipient: the e-mail address, or the host of the chat."""

    channel = serializers.ChoiceField(choices=[str(channel) for channel in NotificationChannel])
    is_set = serializers.BooleanField()
    recipient = serializers.CharField(allow_blank=True)


class TestBodySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=DeliveryStatus.choices)


def channel_body(user: User, channel: NotificationChannel) -> dict[str, Any]:
    if channel is NotificationChannel.EMAIL:
        return {"channel": channel.value, "is_set": True, "recipient": user.email}
    contact = Contact.objects.filter(user=user, channel=channel).first()
    return {"channel": channel.value, "is_set": contact is not None, "recipient": contact.host if contact else ""}


def channel_bodies(user: User) -> list[dict[str, Any]]:
    return [channel_body(user, channel) for channel in NotificationChannel]
