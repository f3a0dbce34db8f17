"""The nodes of a graph that calls from outside start. Pure."""

from uuid import UUID

from blocks.base import BlockType
from executor.webhooks.errors import WebhookInvalid
from graphs.plan import Plan, PlanNode

#: The pin that what was posted is laid over.
PAYLOAD = "payload"


def trigger_of(plan: Plan, node_id: UUID | None) -> PlanNode:
    """The trigger node with this id; without one, the only one. Raises WebhookInvalid."""
    found = _triggers(plan)
    if node_id is None and len(found) == 1:
        return next(iter(found.values()))
    if node_id not in found:
        known = ", ".join(f"{node.id} ({node.name})" for node in found.values()) or "none"
        message = f"The graph has no such trigger node. It has: {known}."
        raise WebhookInvalid(f"node_id: {message}", fields={"node_id": message})
    return found[node_id]


def other_triggers(plan: Plan, node_id: UUID) -> frozenset[str]:
    """Trigger nodes that get nothing when this one is called."""
    return frozenset(node.id for row_id, node in _triggers(plan).items() if row_id != node_id)


def _triggers(plan: Plan) -> dict[UUID, PlanNode]:
    return {node.row_id: node for node in plan.nodes.values() if node.block.block_type is BlockType.WEBHOOK}
