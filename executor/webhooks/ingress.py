"""A call from outside: checked, then it starts the graph, once for each message."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from standardwebhooks import Webhook as Signature
from standardwebhooks import WebhookVerificationError

from executor.launching.launch import launch
from executor.models import GraphExecution, Trigger
from executor.webhooks.errors import SignatureInvalid, WebhookInvalid
from executor.webhooks.models import Webhook
from executor.webhooks.registering import PAYLOAD, other_triggers
from executor.webhooks.secrets import secret_of
from graphs.plans import plan_for
from reliability.errors import NotFound

ID_CHARACTERS = 128


def receive(webhook_id: UUID, body: bytes, headers: Mapping[str, str]) -> GraphExecution:
    """Start the graph with the posted JSON. The same message again gives the execution that it started before.

    headers: `webhook-id`, `webhook-timestamp` and `webhook-signature` of the Standard Webhooks specification.
    Raises NotFound for an unknown or switched off webhook, SignatureInvalid, WebhookInvalid, and what launch raises;
    KeyReused for the id of an earlier message with another body.
    """
    webhook = Webhook.objects.select_related("user", "version__graph", "preset").filter(id=webhook_id).first()
    if webhook is None or not webhook.is_active or not webhook.user.is_active:
        raise NotFound("There is no such webhook.")
    message_id = _verified(webhook, body, headers)
    payload = _json(body)
    execution = launch(
        webhook.user,
        webhook.version,
        inputs=dict(webhook.preset.inputs) if webhook.preset else {},
        input_masks={str(webhook.node_id): {PAYLOAD: payload}},
        skipped_nodes=other_triggers(plan_for(webhook.version), webhook.node_id),
        trigger=Trigger.WEBHOOK,
        preset=webhook.preset,
        key=f"webhook:{webhook.id}:{message_id}",
        request_digest=hashlib.sha256(body).hexdigest(),
    )
    Webhook.objects.filter(id=webhook.id).update(last_called_at=datetime.now(UTC))
    return execution


def _verified(webhook: Webhook, body: bytes, headers: Mapping[str, str]) -> str:
    """The id of the message."""
    try:
        Signature(secret_of(webhook).reveal()).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        raise SignatureInvalid from error
    message_id = headers["webhook-id"]
    if len(message_id) > ID_CHARACTERS:
        raise _invalid("webhook-id", f"It has {len(message_id)} characters; {ID_CHARACTERS} are allowed.")
    return message_id


def _json(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _invalid("body", "It is not JSON.") from error
    if not isinstance(payload, dict):
        raise _invalid("body", "It is not a JSON object.")
    return payload


def _invalid(field: str, message: str) -> WebhookInvalid:
    return WebhookInvalid(f"{field}: {message}", fields={field: message})
