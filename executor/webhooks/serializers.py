"""Webhooks as the API takes and shows them."""

from typing import Any

from rest_framework import serializers

from executor.webhooks.models import Webhook


class NewWebhookSerializer(serializers.Serializer[Any]):
    """node_id: the trigger node, where there are several. graph_version: the active one unless given."""

    name = serializers.CharField(max_length=200)
    graph_version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True)
    node_id = serializers.UUIDField(required=False, allow_null=True)
    preset_id = serializers.UUIDField(required=False, allow_null=True)


class ActiveSerializer(serializers.Serializer[Any]):
    is_active = serializers.BooleanField()


def webhook_body(webhook: Webhook, address: str) -> dict[str, Any]:
    """Without its secret."""
    return {
        "id": webhook.id,
        "graph_id": webhook.graph_id,
        "graph_version": webhook.version.number,
        "node_id": webhook.node_id,
        "preset_id": webhook.preset_id,
        "name": webhook.name,
        "url": address,
        "is_active": webhook.is_active,
        "last_called_at": webhook.last_called_at,
        "created_at": webhook.created_at,
    }
