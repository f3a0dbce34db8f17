"""The shapes of what the API says of webhooks, for its schema."""

from typing import Any

from rest_framework import serializers


class RegistrationBodySerializer(serializers.Serializer[Any]):
    """How far the provider knows of it. next_at: when it is next asked, if there is something to ask."""

    resource = serializers.CharField()
    credential_id = serializers.UUIDField(allow_null=True)
    is_registered = serializers.BooleanField()
    attempts = serializers.IntegerField()
    trouble = serializers.CharField(allow_blank=True)
    next_at = serializers.DateTimeField(allow_null=True)


class WebhookBodySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    graph_id = serializers.UUIDField()
    graph_version = serializers.IntegerField()
    node_id = serializers.UUIDField()
    preset_id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    provider = serializers.CharField()
    config = serializers.DictField()
    events = serializers.ListField(child=serializers.CharField())
    url = serializers.CharField()
    is_active = serializers.BooleanField()
    trouble = serializers.CharField(allow_blank=True)
    registration = RegistrationBodySerializer(allow_null=True)
    pinged_at = serializers.DateTimeField(allow_null=True)
    last_called_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ListedWebhookBodySerializer(WebhookBodySerializer):
    """`has_all_config` is false where `config` had no room in the list."""

    has_all_config = serializers.BooleanField()


class ShownWebhookSerializer(WebhookBodySerializer):
    """secret: shown once, and only where callers sign with it."""

    secret = serializers.CharField(required=False)


class DeletedWebhookSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()


class CalledBodySerializer(serializers.Serializer[Any]):
    """Null: the call was to start nothing."""

    execution_id = serializers.UUIDField(allow_null=True)
