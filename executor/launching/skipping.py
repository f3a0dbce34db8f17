"""Nodes that an execution passes over because nobody gave them the credentials that they can do without. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from blocks.base import Block
from graphs.plan import Plan, PlanNode

if TYPE_CHECKING:
    from executor.launching.runnable import Masks

_CREDENTIALS = "credentials"
_KIND = frozenset(("id", "provider", "type", "title"))


def without_credentials(plan: Plan, masks: "Masks") -> frozenset[str]:
    """Those of the nodes whose credentials are optional that have none, neither as a constant nor by a mask or a link.

    Of one graph; those of the graphs that it runs inside itself are asked for in turn.
    """
    return frozenset(node.id for node in plan.nodes.values() if is_passed_over(node, masks))


def is_passed_over(node: PlanNode, masks: "Masks") -> bool:
    return node.credentials_optional and any(_lacks(node, pin, masks) for pin in credential_pins(node.block))


def credential_pins(block: Block) -> list[str]:
    """The inputs of a block that take credentials."""
    return [pin for pin in block.Input.model_fields if pin == _CREDENTIALS or pin.endswith(f"_{_CREDENTIALS}")]


def _lacks(node: PlanNode, pin: str, masks: "Masks") -> bool:
    mask: Mapping[str, Any] = masks.get(node.id, {})
    return not (_is_chosen(mask.get(pin)) or _is_chosen(node.defaults.get(pin)) or pin in node.linked)


def _is_chosen(value: Any) -> bool:
    """A reference without an id only says which kind is needed."""
    return bool(value.get("id") or value.keys() - _KIND) if isinstance(value, Mapping) else bool(value)
