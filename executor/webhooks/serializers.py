"""Webhooks as the API takes and shows them."""

from typing import Any

from rest_framework import serializers

from executor.webhooks.models import Registration, Webhook


class NewWebhookSerializer(serializers.Serializer[Any]):
    """node_id: the trigger node, where there are several. graph_version: the active one unless given.

    config: `{input: value}` of the trigger node, laid over its constants.
    """

    name = serializers.CharField(max_length=200)
    graph_version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True)
    node_id = serializers.UUIDField(required=False, allow_null=True)
    preset_id = serializers.UUIDField(required=False, allow_null=True)
    config = serializers.DictField(default=dict)


class ActiveSerializer(serializers.Serializer[Any]):
    is_active = serializers.BooleanField()


def webhook_body(webhook: Webhook, address: str) -> dict[str, Any]:
    """Without its secret. address: where anybody calls it; a provider knows its own."""
    registration: Registration | None = getattr(webhook, "registration", None)
    return {
        "id": webhook.id,
        "graph_id": webhook.graph_id,
        "graph_version": webhook.version.number,
        "node_id": webhook.node_id,
        "preset_id": webhook.preset_id,
        "name": webhook.name,
        "provider": webhook.provider,
        "config": webhook.config,
        "events": webhook.events,
        "url": address if registration is None else registration.url,
        "is_active": webhook.is_active,
        "trouble": webhook.trouble,
        "registration": None if registration is None else registration_body(registration),
        "pinged_at": webhook.pinged_at,
        "last_called_at": webhook.last_called_at,
        "created_at": webhook.created_at,
    }


def registration_body(registration: Registration) -> dict[str, Any]:
    """How far the provider knows of it. next_at: when the provider is next asked, if there is something to ask."""
    return {
        "resource": registration.resource,
        "credential_id": registration.credential_id,
        "is_registered": bool(registration.hook_id),
        "attempts": registration.attempts,
        "trouble": registration.trouble,
        "next_at": registration.next_at if registration.attempts else None,
    }
