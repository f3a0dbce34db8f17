"""One execution in one answer, however much it holds."""

from executor.api.serializers import execution_body
from executor.models import GraphExecution
from executor.sharing.models import Share
from executor.telling.payloads import Payload
from executor.telling.portions import node_portion, results_portion
from executor.telling.room import Room

#: Node executions in it.
NODES_MAX = 1000


def detailed_body(execution: GraphExecution) -> Payload:
    """With its outputs and what ran in it, and where the rest is."""
    body = execution_body(execution)
    outputs, is_whole = results_portion(execution, Room())
    runs, has_more = node_portion(execution, limit=NODES_MAX)
    return body | {
        "outputs": outputs,
        "has_all_outputs": is_whole,
        "is_shared": Share.objects.filter(execution=execution).exists(),
        "node_executions": [{name: value for name, value in run.items() if name != "event_type"} for run in runs],
        "more_node_executions": _address(execution, after=runs[-1]["number"]) if has_more else None,
    }


def _address(execution: GraphExecution, *, after: int) -> str:
    return f"/api/v1/graphs/{execution.graph_id}/executions/{execution.id}/nodes?after={after}"
