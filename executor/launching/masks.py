"""Which values may be laid over a graph's nodes, and which nodes may be skipped. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from blocks.base import BlockType
from blocks.pins import base_name
from executor.errors import InputInvalid
from executor.launching.inputs import sentence, value_fault
from executor.launching.runnable import Masks
from graphs.pin_names import keys
from graphs.plan import Plan, PlanNode


def check_masks(
    plan: Plan, masks: Masks, *, max_bytes: int, pin: str = "input_masks", limit: str = "INPUT_MAX_BYTES"
) -> None:
    """Refuse nodes and pins that the graph does not have, and values that cannot be kept.

    max_bytes: of all masks together, as JSON.  pin, limit: what the caller knows the masks and their limit by.
    Raises InputInvalid with every fault found.
    """
    fields = dict(_mask_faults(plan, masks, pin))
    if not fields and (size := len(json.dumps(masks))) > max_bytes:
        fields[pin] = f"The masks have {size} bytes together; the limit is {max_bytes} ({limit})."
    if fields:
        raise InputInvalid(sentence(fields), fields=fields)


def check_skipped(plan: Plan, skipped: Iterable[str]) -> None:
    """Refuse ids that are not nodes of the graph. Raises InputInvalid."""
    unknown = [node_id for node_id in skipped if node_id not in plan.nodes]
    if unknown:
        message = f"The graph has no node {', '.join(unknown)}."
        raise InputInvalid(f"skipped_nodes: {message}", fields={"skipped_nodes": message})


def _mask_faults(plan: Plan, masks: Masks, pin: str) -> Iterator[tuple[str, str]]:
    for node_id, mask in masks.items():
        place = f"{pin}.{node_id}"
        if node_id not in plan.nodes:
            yield place, "The graph has no such node."
        elif not isinstance(mask, Mapping):
            yield place, "A mask is an object: `{input: value}`."
        else:
            yield from _pin_faults(plan.nodes[node_id], mask, place)


def _pin_faults(node: PlanNode, mask: Mapping[str, Any], place: str) -> Iterator[tuple[str, str]]:
    known = None if node.block.block_type is BlockType.AGENT else keys(node.block.Input)
    for pin, value in mask.items():
        if known is not None and base_name(pin) not in known:
            yield f"{place}.{pin}", f"The node {node.name} has no such input. It has: {', '.join(sorted(known))}."
        elif fault := value_fault(value):
            yield f"{place}.{pin}", fault
