"""An execution as it stands now, in the shapes in which its changes are told."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.telling.payloads import Payload, gathered
from executor.telling.row_payloads import as_told, of_graph, of_node
from graphs.plans import plan_for

#: Node executions whose outputs are read with one query.
FETCHED = 500


def graph_snapshot(execution: GraphExecution, *, with_outputs: bool = True) -> Payload:
    """The execution. Its `seq` is where live changes go on."""
    return as_told([of_graph(execution, with_outputs=with_outputs)])[0]


def node_snapshots(execution: GraphExecution, runs: Iterable[NodeExecution]) -> list[Payload]:
    """Node executions of it with all their outputs so far, in the given order. Some may be newer than the execution."""
    found = list(runs)
    plan = plan_for(execution.version)
    outputs: dict[UUID, list[tuple[str, Any]]] = defaultdict(list)
    for start in range(0, len(found), FETCHED):
        some = found[start : start + FETCHED]
        for output in NodeOutput.objects.filter(node_execution__in=some).order_by("node_execution", "index"):
            outputs[output.node_execution_id].append((output.name, output.data))
    return as_told([of_node(execution, plan, run, outputs=gathered(outputs[run.id])) for run in found])
