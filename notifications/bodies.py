"""The shapes of what the API says of endpoints, for its schema."""

from typing import Any

from rest_framework import serializers

from api.paging import page_serializer
from notifications.kinds import Kind
from notifications.models import DeliveryStatus
from notifications.serializers import KINDS


class EndpointBodySerializer(serializers.Serializer[Any]):
    """trouble: why it was switched off, if its owner has not done so."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=KINDS))
    graph_id = serializers.UUIDField(allow_null=True)
    is_enabled = serializers.BooleanField()
    trouble = serializers.CharField(allow_blank=True)
    failing_since = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ShownEndpointSerializer(EndpointBodySerializer):
    """The secret is shown this once."""

    secret = serializers.CharField()


class DeletedEndpointSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()


class AttemptBodySerializer(serializers.Serializer[Any]):
    """answer: its first kilobyte."""

    number = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    milliseconds = serializers.IntegerField()
    status_code = serializers.IntegerField(allow_null=True)
    answer = serializers.CharField(allow_blank=True)
    error = serializers.CharField(allow_blank=True)


class DeliveryBodySerializer(serializers.Serializer[Any]):
    """webhook_id: the same at every try. next_at: null while the endpoint is off, and when it does not wait."""

    id = serializers.UUIDField()
    webhook_id = serializers.CharField()
    event = serializers.ChoiceField(choices=Kind.values)
    execution_id = serializers.UUIDField(allow_null=True)
    happened_at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=DeliveryStatus.values)
    tries = serializers.IntegerField()
    next_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    attempts = AttemptBodySerializer(many=True)


DeliveryPageSerializer = page_serializer(DeliveryBodySerializer)
