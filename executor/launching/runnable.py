"""Whether a version can run in the wished way: what masks give, and what is skipped or simulated, may be missing."""

from collections.abc import Iterable, Mapping, Set
from typing import Any

from blocks.base import BlockType
from blocks.pins import base_name
from executor.launching.skipping import is_passed_over
from graphs.errors import GraphInvalid
from graphs.models import GraphVersion
from graphs.plan import Plan, PlanNode
from graphs.plans import plan_for, plans_with_sub_graphs, runnable_plan
from graphs.references import INNER_MASKS
from graphs.validation import NodeErrors, refuse

Masks = Mapping[str, Mapping[str, Any]]

#: What these lack, nothing makes up for: they say what the graph asks for and gives.
_ALWAYS_COMPLETE = (BlockType.AGENT, BlockType.INPUT, BlockType.OUTPUT)


def plan_to_run(version: GraphVersion, *, masks: Masks, skipped: Set[str], is_dry_run: bool) -> Plan:
    """The version's plan, if it and every graph that it runs inside itself can be run so. Raises GraphInvalid."""
    try:
        return runnable_plan(version)
    except GraphInvalid as error:
        found: NodeErrors = error.data["node_errors"]
    nodes = _all_nodes(version)
    masks = {**inner_masks(nodes.values()), **masks}
    left = {
        node_id: {
            pin: message
            for pin, message in pins.items()
            if not (_is_required(nodes.get(node_id), pin) and (is_dry_run or _is_masked(masks, node_id, pin)))
        }
        for node_id, pins in found.items()
        if node_id not in skipped and not _is_passed_over(nodes.get(node_id), masks)
    }
    refuse(version.name, {node_id: pins for node_id, pins in left.items() if pins})
    return plan_for(version)


def _all_nodes(version: GraphVersion) -> dict[str, PlanNode]:
    """Those of the version and of all that it runs inside itself; no two have the same id."""
    return {node_id: node for plan in plans_with_sub_graphs(version).values() for node_id, node in plan.nodes.items()}


def inner_masks(nodes: Iterable[PlanNode]) -> Masks:
    """What nodes that run graphs lay over the nodes of those, as far as constants say it."""
    given = (node.defaults.get(INNER_MASKS) for node in nodes if node.block.block_type is BlockType.AGENT)
    masks = (found.items() for found in given if isinstance(found, Mapping))
    return {node_id: mask for found in masks for node_id, mask in found if isinstance(mask, Mapping)}


def _is_passed_over(node: PlanNode | None, masks: Masks) -> bool:
    """Also inside sub-graphs, whose nodes the caller does not know."""
    return node is not None and is_passed_over(node, masks)


def _is_required(node: PlanNode | None, pin: str) -> bool:
    """Whether the trouble is that this input is missing, and it may be."""
    if node is None or node.block.block_type in _ALWAYS_COMPLETE:
        return False
    field = node.block.Input.model_fields.get(pin)
    return field is not None and field.is_required()


def _is_masked(masks: Masks, node_id: str, pin: str) -> bool:
    return any(base_name(masked) == pin for masked in masks.get(node_id, ()))
