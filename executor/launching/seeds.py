"""What an execution starts with: the node executions that are ready before anything has run. Pure."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from blocks.base import BlockType
from blocks.readiness import Ready
from executor.engine.delivery import gather_for
from executor.engine.tolerance import tolerated
from executor.errors import InputInvalid
from executor.launching.inputs import input_name, sentence
from graphs.errors import GraphInvalid
from graphs.plan import Plan, PlanNode

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Seed:
    """A node that starts at once, with the inputs it starts with."""

    node: PlanNode
    ready: Ready


def seeds(
    plan: Plan,
    inputs: Mapping[str, Any],
    masks: Mapping[str, Mapping[str, Any]],
    *,
    skipped: Set[str] = _NOTHING,
    is_dry_run: bool = False,
) -> list[Seed]:
    """The starting nodes with their inputs. Those that are skipped, and all in a dry run, may lack some.

    Raises InputInvalid for a value that does not fit its input node, GraphInvalid when another starting node lacks
    something or nothing starts at all.
    """
    found: list[Seed] = []
    fields: dict[str, str] = {}
    node_errors: dict[str, dict[str, str]] = {}
    for node in plan.starting:
        received, mask = _received(node, inputs), masks.get(node.id, {})
        answer = gather_for(node, received, mask, linked=_NOTHING)
        if is_dry_run or node.id in skipped:
            answer = tolerated(answer, node, received, mask, _NOTHING)
        if isinstance(answer, Ready):
            found.append(Seed(node, answer))
        elif node.is_input:
            fields[input_name(node)] = answer.reason
        else:
            node_errors[node.id] = {"": answer.reason}
    _refuse(plan, found, fields, node_errors)
    return found


def _received(node: PlanNode, inputs: Mapping[str, Any]) -> dict[str, Any]:
    name = input_name(node)
    return {"value": inputs[name]} if node.block.block_type is BlockType.INPUT and name in inputs else {}


def _refuse(plan: Plan, found: list[Seed], fields: dict[str, str], node_errors: dict[str, dict[str, str]]) -> None:
    if fields:
        raise InputInvalid(sentence(fields), fields=fields)
    if node_errors:
        names = ", ".join(_reasons(plan, node_errors))
        raise GraphInvalid(f"These nodes cannot start: {names}", node_errors=node_errors)
    if not found:
        raise GraphInvalid("The graph has no node to start with: every node waits for another one.", node_errors={})


def _reasons(plan: Plan, node_errors: dict[str, dict[str, str]]) -> Iterator[str]:
    for node_id, pins in node_errors.items():
        for reason in pins.values():
            yield f"{plan.nodes[node_id].name} ({reason})"
