"""What an execution may cost, before it runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from blocks.prices import bounds, run_cost
from graphs.models import GraphVersion
from graphs.plan import Plan, PlanNode
from graphs.plans import plans_with_sub_graphs


@dataclass(frozen=True, slots=True)
class Estimate:
    """Credits if every node, sub-graphs included, runs exactly once: the least and the most.

    Nodes behind a condition may not run at all, nodes in a loop or behind a list run more often.
    """

    low: int
    high: int


def estimate(version: GraphVersion) -> Estimate:
    """Add up the prices of a graph and of the graphs inside it."""
    return total(plans_with_sub_graphs(version).values())


def total(plans: Iterable[Plan]) -> Estimate:
    costs = [_cost(node) for plan in plans for node in plan.nodes.values()]
    return Estimate(sum(low for low, _ in costs), sum(high for _, high in costs))


def _cost(node: PlanNode) -> tuple[int, int]:
    """Exact when the pins that the price depends on are constants."""
    pins = {pin for price in node.block.prices for pin in price.filter}
    if pins & node.linked:
        return bounds(node.block.prices)
    cost = run_cost(node.block.prices, {**_defaults(node), **node.defaults})
    return cost, cost


def _defaults(node: PlanNode) -> dict[str, Any]:
    fields = node.block.Input.model_fields.items()
    return {pin: field.get_default(call_default_factory=True) for pin, field in fields if not field.is_required()}
