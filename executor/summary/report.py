"""What is told to the model about a finished execution: short enough to read, long enough to judge, and no secrets."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from executor.models import GraphExecution
from executor.summary.discretion import Discretion
from executor.summary.history import History, Ran, history_of
from graphs.plan import Plan, PlanNode
from graphs.plans import plan_for
from graphs.secrets import secret_pins, secret_properties

#: Characters of a text, entries of a list or object, of things inside each other.
TEXT_CHARACTERS = 100
ENTRIES = 10
DEPTH = 4

Report = dict[str, Any]


def report_of(execution: GraphExecution) -> Report:
    """Read what an execution was and did. A secret is hidden everywhere, so all of them are found first."""
    plan, history, discretion = plan_for(execution.version), history_of(execution.id), Discretion()
    inputs = discretion.without_secrets(execution.inputs, secret_pins=_secret_inputs(plan))
    nodes = [_node(plan.nodes[str(ran.node_id)], ran, history, discretion) for ran in history.nodes]
    return {
        "graph": {"name": short(plan.name), "description": short(execution.version.description)},
        "status": execution.status,
        "error": short(discretion.hide(execution.error)),
        "inputs": short(discretion.hide(inputs)),
        "nodes": [{name: _told(value, discretion) for name, value in node.items()} for node in nodes],
    }


def short(value: Any, depth: int = DEPTH) -> Any:
    """The value with long texts cut, and only the first of many entries."""
    if isinstance(value, str):
        return value if len(value) <= TEXT_CHARACTERS else f"{value[: TEXT_CHARACTERS - 1]}…"
    if isinstance(value, dict):
        entries = islice(value.items(), ENTRIES) if depth else ()
        return {short(key): short(item, depth - 1) for key, item in entries}
    if isinstance(value, list):
        return [short(item, depth - 1) for item in value[:ENTRIES]] if depth else []
    return value


def _secret_inputs(plan: Plan) -> set[str]:
    return {str(node.defaults.get("name")) for node in plan.inputs if node.defaults.get("secret")}


def _node(node: PlanNode, ran: Ran, history: History, discretion: Discretion) -> Report:
    """What a node did last: neither hidden nor shortened yet."""
    pins = secret_pins(node.block) | secret_properties(node.defaults.get("input_schema"))
    runs = history.runs.get(ran.node_id, ())
    return {
        "name": node.name,
        "block": node.block.name,
        "executions": ran.executions,
        "failed": ran.failed,
        "last_inputs": [discretion.without_secrets(run.inputs, secret_pins=pins) for run in runs],
        "last_outputs": [_outputs(history.outputs.get(run.id, ()), discretion) for run in runs],
        "errors": list(history.errors.get(ran.node_id, ())),
    }


def _outputs(emitted: Iterable[tuple[str, Any]], discretion: Discretion) -> list[list[Any]]:
    """`[[name, value]]`, without those whose names tell that they are secret."""
    return [list(kept) for one in emitted for kept in discretion.without_secrets(dict([one])).items()]


def _told(value: Any, discretion: Discretion) -> Any:
    """Of the entries of a list, each as long as it may be."""
    hidden = discretion.hide(value)
    return [short(one) for one in hidden] if isinstance(hidden, list) else short(hidden)
