"""Making webhooks."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction

from blocks.base import BlockType
from executor.dispatch.database import follow_own_starts
from executor.launching.runnable import plan_to_run
from executor.presets.models import Preset
from executor.webhooks.errors import TooManyWebhooks, WebhookInvalid
from executor.webhooks.models import Webhook
from executor.webhooks.secrets import give_new_secret
from graphs.models import GraphVersion
from graphs.plan import Plan, PlanNode
from graphs.plans import plan_for
from reliability.secrets import Secret

if TYPE_CHECKING:
    from accounts.models import User

#: The pin that what was posted is laid over.
PAYLOAD = "payload"


@transaction.atomic
def make_webhook(
    user: "User", version: GraphVersion, *, name: str, node_id: UUID | None = None, preset: Preset | None = None
) -> tuple[Webhook, Secret]:
    """A new address for a graph, and what its senders sign with.

    node_id: which trigger node gets the payload; needed only where there are several.

    Raises GraphInvalid, WebhookInvalid and TooManyWebhooks.
    """
    follow_own_starts(user.id)
    if Webhook.objects.for_user(user).count() >= settings.WEBHOOKS_PER_USER_MAX:
        limit = settings.WEBHOOKS_PER_USER_MAX
        raise TooManyWebhooks(f"A user may have {limit} webhooks (WEBHOOKS_PER_USER_MAX).", limit=limit)
    plan = plan_for(version)
    node = _trigger(plan, node_id)
    plan_to_run(version, masks={node.id: {PAYLOAD: {}}}, skipped=other_triggers(plan, node.row_id), is_dry_run=False)
    webhook = Webhook(user=user, graph=version.graph, version=version, node_id=node.row_id, preset=preset, name=name)
    secret = give_new_secret(webhook)
    webhook.save(force_insert=True)
    return webhook, secret


def other_triggers(plan: Plan, node_id: UUID) -> frozenset[str]:
    """Trigger nodes that get nothing when this one is called."""
    return frozenset(node.id for row_id, node in _triggers(plan).items() if row_id != node_id)


def _trigger(plan: Plan, node_id: UUID | None) -> PlanNode:
    found = _triggers(plan)
    if node_id is None and len(found) == 1:
        return next(iter(found.values()))
    if node_id not in found:
        known = ", ".join(f"{node.id} ({node.name})" for node in found.values()) or "none"
        message = f"The graph has no such trigger node. It has: {known}."
        raise WebhookInvalid(f"node_id: {message}", fields={"node_id": message})
    return found[node_id]


def _triggers(plan: Plan) -> dict[UUID, PlanNode]:
    return {node.row_id: node for node in plan.nodes.values() if node.block.block_type is BlockType.WEBHOOK}
