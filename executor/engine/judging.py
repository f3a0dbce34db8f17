"""Moderation, as the engine sees it: what is shown to whoever judges, and what becomes of values that are refused."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from blocks.base import Block
from blocks.pins import base_name
from executor.engine.quoting import without_quotes
from executor.engine.state import GraphRun, NodeRun
from executor.engine.stop import Stop
from graphs.plan import Plan
from graphs.secrets import secret_pins

#: Where a node execution's stats name the inputs and outputs whose values were withheld.
CLEARED_INPUTS = "cleared_inputs"
CLEARED_OUTPUTS = "cleared_outputs"
#: In the place of errors, for they may quote what was refused.
ERROR_WITHHELD = "The error was withheld together with the values."


class Stage(StrEnum):
    """When an execution is judged."""

    INPUTS = "inputs"  #: before its first node starts
    OUTPUTS = "outputs"  #: when nothing is left to run


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is judged. text: every text in the values, one a line; secret inputs are left out."""

    stage: Stage
    text: str
    execution_id: str
    graph_id: str
    user_id: str


class Moderation(Protocol):
    """Whoever judges executions."""

    async def judge(self, content: Content) -> Stop | None:
        """Why the execution ends; None if it may go on."""

    async def withhold(self) -> None:
        """Take the values of outputs out of the rows. Raises LeaseLost. Again, it changes nothing."""


def content(stage: Stage, root: GraphRun, graphs: Iterable[GraphRun], plans: Iterable[Plan]) -> Content:
    """What is judged of an execution. graphs: the root and all inside it.  plans: those that it may run."""
    texts = _given(root, plans) if stage is Stage.INPUTS else _made(graphs)
    return Content(
        stage=stage,
        text="\n".join(texts),
        execution_id=str(root.id),
        graph_id=root.plan.graph_id,
        user_id=str(root.user_id),
    )


def clear(run: NodeRun, *, refusal: str) -> bool:
    """Withhold the values of a node execution, but not their names. False if there are none.

    refusal: why the execution ends, which stays as the error of what ended with it.
    """
    inputs = {name: value for name, value in run.inputs.items() if not (run.node.is_output and name == "name")}
    if not (inputs or run.received or run.outputs or run.error or run.stats):
        return False
    run.error, run.stats = _withheld(run.error, refusal), without_quotes(run.stats)
    run.inputs, run.inputs_text = run.inputs | dict.fromkeys(inputs), ""
    run.received, run.inputs_text = dict.fromkeys(run.received), ""
    run.outputs = [(name, None) for name, _ in run.outputs]
    run.stats[CLEARED_INPUTS] = sorted(inputs or run.received)
    run.stats[CLEARED_OUTPUTS] = sorted({name for name, _ in run.outputs})
    return True


def clear_graph(graph: GraphRun, *, refusal: str) -> None:
    """Withhold what a sub-graph was given, and its error."""
    graph.inputs, graph.input_masks, graph.error = {}, {}, _withheld(graph.error, refusal)


def _withheld(error: str, refusal: str) -> str:
    return error if error in ("", refusal) else ERROR_WITHHELD


def _given(root: GraphRun, plans: Iterable[Plan]) -> Iterator[str]:
    yield from _texts(root.inputs)
    for plan in {plan.version_id: plan for plan in (root.plan, *plans)}.values():
        for node in plan.nodes.values():
            yield from _texts(_open(node.block, node.defaults))
            yield from _texts(_open(node.block, root.input_masks.get(node.id, {})))


def _open(block: Block, values: Mapping[str, Any]) -> dict[str, Any]:
    """Without the secret ones."""
    secret = secret_pins(block)
    return {name: value for name, value in values.items() if base_name(name) not in secret}


def _made(graphs: Iterable[GraphRun]) -> Iterator[str]:
    for graph in graphs:
        for run in graph.runs:
            yield from _texts([value for _, value in run.outputs])


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys of objects included."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*reversed(one.values()), *one.keys()]
        elif isinstance(one, list):
            waiting += reversed(one)
