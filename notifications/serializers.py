"""Endpoints and their deliveries as the API takes and shows them."""

from typing import Any

from rest_framework import serializers

from api.paging import CursorQuery
from notifications.endpoints.secrets import LONGEST_OVERLAP
from notifications.kinds import OF_EXECUTIONS, Kind
from notifications.models import URL_CHARACTERS, Delivery, DeliveryStatus, Endpoint

OVERLAP_SECONDS = 24 * 3600
KINDS = [kind.value for kind in OF_EXECUTIONS]


class NewEndpointSerializer(serializers.Serializer[Any]):
    """events: all of executions unless given. graph_id: the only graph that it is told of."""

    url = serializers.CharField(max_length=URL_CHARACTERS)
    events = serializers.MultipleChoiceField(choices=KINDS, allow_empty=False, default=lambda: set(KINDS))
    graph_id = serializers.UUIDField(required=False, allow_null=True, default=None)

    def validate_events(self, value: set[str]) -> list[str]:
        return sorted(value)


class ChangedEndpointSerializer(serializers.Serializer[Any]):
    """What is not given stays as it is."""

    url = serializers.CharField(max_length=URL_CHARACTERS, required=False)
    events = serializers.MultipleChoiceField(choices=KINDS, allow_empty=False, required=False)
    graph_id = serializers.UUIDField(required=False, allow_null=True)
    is_enabled = serializers.BooleanField(required=False)

    def validate_events(self, value: set[str]) -> list[str]:
        return sorted(value)


class NewSecretSerializer(serializers.Serializer[Any]):
    """overlap_seconds: how long the former secret signs beside the new one."""

    overlap_seconds = serializers.IntegerField(
        min_value=0, max_value=int(LONGEST_OVERLAP.total_seconds()), default=OVERLAP_SECONDS
    )


class DeliveriesQuery(CursorQuery):
    """status: where they stand. event: what they tell of."""

    status = serializers.MultipleChoiceField(choices=DeliveryStatus.values, required=False, default=set)
    event = serializers.MultipleChoiceField(choices=Kind.values, required=False, default=set)
    execution_id = serializers.UUIDField(required=False)


def endpoint_body(endpoint: Endpoint) -> dict[str, Any]:
    """Without its secrets."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": endpoint.kinds,
        "graph_id": endpoint.graph_id,
        "is_enabled": endpoint.is_enabled,
        "trouble": endpoint.trouble,
        "failing_since": endpoint.failing_since,
        "created_at": endpoint.created_at,
    }


def delivery_body(delivery: Delivery) -> dict[str, Any]:
    """Reads its notice and its attempts."""
    return {
        "id": delivery.id,
        "webhook_id": delivery.message_id,
        "event": delivery.notice.kind,
        "execution_id": delivery.notice.execution_id,
        "happened_at": delivery.notice.happened_at,
        "status": delivery.status,
        "tries": delivery.tries,
        "next_at": delivery.next_at,
        "created_at": delivery.created_at,
        "delivered_at": delivery.delivered_at,
        "attempts": [
            {
                "number": attempt.number,
                "started_at": attempt.started_at,
                "milliseconds": attempt.milliseconds,
                "status_code": attempt.status_code,
                "answer": attempt.answer,
                "error": attempt.error,
            }
            for attempt in delivery.attempts.all()
        ],
    }
