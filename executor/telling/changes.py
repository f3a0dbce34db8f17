"""What has changed in an execution since a given seq, read from its rows: the truth behind the live stream."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.statuses import TERMINAL, Status
from executor.telling.payloads import Payload, gathered
from executor.telling.row_payloads import as_told, of_graph, of_node
from graphs.plan import Plan
from graphs.plans import plan_for


def changes_since(execution_id: UUID | str, after: int, limit: int = 500) -> list[Payload]:
    """The payloads of up to `limit` changes with a seq above `after`, in order, as live clients get them: plain JSON.

    Rows hold only their newest state: of several changes of one node execution the last is told. Outputs are complete.
    Empty for an execution that is not there.
    """
    execution = GraphExecution.objects.select_related("version__graph").filter(id=execution_id).first()
    if execution is None or execution.seq <= after:
        return []
    plan = plan_for(execution.version)
    found = [
        *_nodes(execution, plan, after, limit),
        *_outputs(execution, plan, after, limit),
    ]
    if all(payload["seq"] != execution.seq for payload in found):
        found.append(of_graph(execution, with_outputs=execution.is_finished))
    found.sort(key=lambda payload: payload["seq"])
    return as_told(found[:limit])


def _nodes(execution: GraphExecution, plan: Plan, after: int, limit: int) -> Iterable[Payload]:
    # what commits while this reads has a higher seq than the execution had, and is left for the next call
    changed = NodeExecution.objects.filter(execution=execution, seq__gt=after, seq__lte=execution.seq).exclude(
        status=Status.INCOMPLETE
    )
    runs = list(changed.order_by("seq")[:limit])
    outputs: dict[UUID, list[tuple[str, Any]]] = defaultdict(list)
    ended = [run.id for run in runs if run.status in TERMINAL]
    for output in NodeOutput.objects.filter(node_execution__in=ended).order_by("node_execution", "index"):
        outputs[output.node_execution_id].append((output.name, output.data))
    return [of_node(execution, plan, run, outputs=gathered(outputs[run.id])) for run in runs]


def _outputs(execution: GraphExecution, plan: Plan, after: int, limit: int) -> Iterable[Payload]:
    emitted = NodeOutput.objects.select_related("node_execution").filter(
        node_execution__execution=execution, seq__gt=after, seq__lte=execution.seq
    )
    for output in emitted.order_by("seq")[:limit]:
        yield of_node(
            execution,
            plan,
            output.node_execution,
            outputs={output.name: [output.data]},
            seq=output.seq,
            status=Status.RUNNING.value,
            output_index=output.index,
            end_time=None,
            error=None,
        )
