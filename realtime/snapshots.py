"""An execution as it stands at one seq, in one frame, for a client that has missed much."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from executor.errors import ExecutionNotFound
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.statuses import Status
from executor.telling.payloads import gathered
from executor.telling.row_payloads import as_told, of_graph, of_node
from graphs.plans import plan_for
from realtime.shortening import Event, shortened, url_of
from reliability.sql import json_text

#: All node executions of a snapshot together, as JSON.
SNAPSHOT_MAX_BYTES = 512 * 1024
#: Node executions that are read at a time.
READ = 20

Snapshot = dict[str, Any]


def snapshot(execution_id: str) -> Snapshot:
    """The execution and its node executions, of which the newest fit and the others are `omitted`.

    Raises ExecutionNotFound.
    """
    execution = _execution(execution_id)
    return _of(execution, _node_ids(execution))


def snapshot_if_shorter(execution_id: str, after: int) -> Snapshot | None:
    """None if there are not more changes after `after` than things to show, or not all of them fit.

    Raises ExecutionNotFound.
    """
    execution = _execution(execution_id)
    ids = _node_ids(execution)
    if execution.seq - after <= len(ids) + 1:
        return None
    whole = _of(execution, ids)
    return None if whole["omitted"] else whole


def _execution(execution_id: str) -> GraphExecution:
    found = GraphExecution.objects.select_related("version__graph").filter(id=execution_id).first()
    if found is None:
        raise ExecutionNotFound
    return found


def _nodes(execution: GraphExecution) -> QuerySet[NodeExecution]:
    """What changes while this reads has a higher seq: it is left out, and told as an event after the snapshot."""
    return NodeExecution.objects.filter(execution=execution, seq__lte=execution.seq).exclude(status=Status.INCOMPLETE)


def _node_ids(execution: GraphExecution) -> list[UUID]:
    """Those that changed last come first."""
    return list(_nodes(execution).order_by("-seq").values_list("id", flat=True))


def _of(execution: GraphExecution, ids: list[UUID]) -> Snapshot:
    told = shortened(as_told([of_graph(execution, with_outputs=execution.is_finished)])[0])
    fitting, omitted = _fitting(execution, ids)
    return {
        "event_type": "graph_execution_snapshot",
        "seq": execution.seq,
        "graph_execution": told,
        "node_executions": sorted(fitting, key=lambda event: event["seq"]),
        "omitted": omitted,
        "url": url_of(told),
    }


def _fitting(execution: GraphExecution, ids: list[UUID]) -> tuple[list[Event], int]:
    """What there is room for, and how many are left out."""
    found: list[Event] = []
    room = SNAPSHOT_MAX_BYTES
    for start in range(0, len(ids), READ):
        for place, event in enumerate(_events(execution, ids[start : start + READ])):
            room -= len(json_text(event).encode())
            if room < 0:
                return found, len(ids) - start - place
            found.append(event)
    return found, 0


def _events(execution: GraphExecution, ids: list[UUID]) -> list[Event]:
    plan = plan_for(execution.version)
    runs = list(_nodes(execution).filter(id__in=ids).order_by("-seq"))
    outputs: dict[UUID, list[tuple[str, Any]]] = defaultdict(list)
    emitted = NodeOutput.objects.filter(node_execution__in=runs, seq__lte=execution.seq)
    for output in emitted.order_by("node_execution", "index"):
        outputs[output.node_execution_id].append((output.name, output.data))
    told = as_told([of_node(execution, plan, run, outputs=gathered(outputs[run.id])) for run in runs])
    return [shortened(event) for event in told]
