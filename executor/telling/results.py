"""What an execution has produced."""

from collections import defaultdict
from typing import Any

from executor.models import GraphExecution, NodeExecution
from graphs.plans import plan_for


def outputs_of(execution: GraphExecution) -> dict[str, list[Any]]:
    """`{output name: [values]}`: what the output nodes were given, in the order in which they were queued."""
    output_nodes = [node.id for node in plan_for(execution.version).outputs]
    given = (
        NodeExecution.objects.filter(execution=execution, node_id__in=output_nodes, queued_at__isnull=False)
        .order_by("queued_at", "number")
        .values_list("inputs", flat=True)
    )
    found: dict[str, list[Any]] = defaultdict(list)
    for inputs in given:
        found[str(inputs.get("name", ""))].append(inputs.get("value"))
    return dict(found)
