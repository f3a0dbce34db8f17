"""A call from outside: checked, then it starts the graph, once for each message."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from executor.launching.inputs import DEPTH
from executor.launching.launch import launch
from executor.models import GraphExecution, Trigger
from executor.webhooks.errors import WebhookInvalid
from executor.webhooks.models import ANYBODY, Webhook
from executor.webhooks.secrets import secret_of
from executor.webhooks.signatures import VERIFIERS, Delivery
from executor.webhooks.switching import switch_off
from executor.webhooks.triggers import PAYLOAD, other_triggers
from graphs.errors import GraphInvalid
from graphs.plans import plan_for
from reliability.errors import NotFound
from reliability.nesting import is_deeper
from reliability.sql import json_text


def receive(
    webhook_id: UUID, body: bytes, headers: Mapping[str, str], *, provider: str | None = None
) -> GraphExecution | None:
    """Start the graph with the posted JSON. The same message again gives the execution that it started before.

    headers: by their names in lower case.  provider: the one that the address names.
    None for what is to start nothing: a ping, or an event that was not chosen.
    Raises NotFound for an unknown or switched off webhook, SignatureInvalid, WebhookInvalid, and what launch raises;
    KeyReused for the id of an earlier message with another body. A graph that cannot run switches its webhook off.
    """
    webhook = _open(webhook_id, provider)
    delivery = VERIFIERS[webhook.provider](secret_of(webhook), body, headers)
    if delivery.is_ping:
        Webhook.objects.filter(id=webhook.id).update(pinged_at=datetime.now(UTC))
        return None
    payload = _payload(webhook, body)
    if not _is_chosen(webhook, delivery, payload):
        return None
    try:
        execution = _launched(webhook, delivery, payload, digest=hashlib.sha256(body).hexdigest())
    except GraphInvalid as error:
        switch_off(webhook, trouble=error.message)
        raise
    Webhook.objects.filter(id=webhook.id).update(last_called_at=datetime.now(UTC))
    return execution


def _open(webhook_id: UUID, provider: str | None) -> Webhook:
    """Raises NotFound for one that takes no calls, whatever the reason."""
    webhook = Webhook.objects.select_related("user", "version__graph", "preset").filter(id=webhook_id).first()
    if webhook is None or provider not in (None, webhook.provider) or not webhook.takes_calls:
        raise NotFound("There is no such webhook.")
    return webhook


def _is_chosen(webhook: Webhook, delivery: Delivery, payload: Mapping[str, Any]) -> bool:
    if not webhook.events:
        return True
    return delivery.kind in webhook.events or f"{delivery.kind}.{payload.get('action')}" in webhook.events


def _launched(webhook: Webhook, delivery: Delivery, payload: dict[str, Any], *, digest: str) -> GraphExecution:
    return launch(
        webhook.user,
        webhook.version,
        inputs=dict(webhook.preset.inputs) if webhook.preset else {},
        input_masks={str(webhook.node_id): {**webhook.config, PAYLOAD: payload}},
        skipped_nodes=other_triggers(plan_for(webhook.version), webhook.node_id),
        trigger=Trigger.WEBHOOK,
        preset=webhook.preset,
        key=f"webhook:{webhook.id}:{delivery.key}",
        request_digest=digest,
    )


def _payload(webhook: Webhook, body: bytes) -> dict[str, Any]:
    """What was posted. From a provider, which nobody can ask to correct it, without what cannot be stored."""
    payload = _json(body)
    if webhook.provider == ANYBODY:
        return payload
    if is_deeper(payload, DEPTH):
        raise _invalid("body", f"It is nested more than {DEPTH} deep.")
    cleaned: dict[str, Any] = json.loads(json_text(payload))
    return cleaned


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
