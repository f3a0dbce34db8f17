"""What an execution may cost, before it runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from blocks.prices import lots
from credits.pricing.book import PriceBook, current_book
from credits.pricing.errors import ModelPriceUnknown
from executor.models import GraphExecution
from executor.statuses import TERMINAL
from graphs.models import GraphVersion
from graphs.plan import Plan, PlanNode
from graphs.plans import plans_with_sub_graphs

#: How many of a graph's last executions the mean is of.
HISTORY = 20


@dataclass(frozen=True, slots=True)
class Estimate:
    """Credits if every node, sub-graphs included, runs exactly once: the least and the most, by the prices in force.

    Nodes behind a condition may not run at all, nodes in a loop or behind a list run more often. What is known only
    afterwards counts with what is set aside for it.
    """

    low: int
    high: int
    #: What the last finished executions of the graph cost on average, rounded up; None if there are none.
    history_mean: int | None = None
    history_count: int = 0
    #: Why some nodes would fail because it is not known what they cost. They are in neither bound.
    problems: tuple[str, ...] = ()


def estimate(version: GraphVersion, inputs: Mapping[str, Any] | None = None) -> Estimate:
    """Add up the prices of a graph and of the graphs inside it, and look at what it has cost lately.

    inputs: `{input name: value}` of the execution, as far as they are known; what models read is estimated with them.
    """
    plans = {plan.version_id: plan for plan in plans_with_sub_graphs(version).values()}
    found = total(plans.values(), book=current_book(), inputs=inputs or {})
    costs = _last_costs(version)
    mean = lots(sum(costs), len(costs)) if costs else None
    return Estimate(found.low, found.high, mean, len(costs), found.problems)


def total(plans: Iterable[Plan], *, book: PriceBook, inputs: Mapping[str, Any]) -> Estimate:
    """The same without history."""
    low, high = 0, 0
    problems: dict[str, None] = {}
    for plan in plans:
        for node in plan.nodes.values():
            try:
                least, most = _bounds(node, book, inputs)
            except ModelPriceUnknown as error:
                problems[str(error)] = None
            else:
                low, high = low + least, high + most
    return Estimate(low, high, problems=tuple(problems))


def _bounds(node: PlanNode, book: PriceBook, inputs: Mapping[str, Any]) -> tuple[int, int]:
    """Exact when the pins that the price depends on are constants, and nothing is left to settle.

    A pin that is linked has its default here; that links may bring the execution's inputs counts by their size.
    """
    known = {**_defaults(node), **node.defaults}
    if node.linked:
        known[""] = inputs
    return book.bounds(node.block, known, unknown=node.linked)


def _defaults(node: PlanNode) -> dict[str, Any]:
    fields = node.block.Input.model_fields.items()
    return {pin: field.get_default(call_default_factory=True) for pin, field in fields if not field.is_required()}


def _last_costs(version: GraphVersion) -> list[int]:
    """Credits of the graph's last executions, whichever version they were of."""
    finished = GraphExecution.objects.filter(graph_id=version.graph_id, status__in=TERMINAL).roots()
    return list(finished.order_by("-created_at").values_list("cost", flat=True)[:HISTORY])
