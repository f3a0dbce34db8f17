"""The graphs that are run in the storm, and what each must give, whatever is killed on the way."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from executor.models import GraphExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from tests.executor.building import build, given, result
from tests.executor.running import node_executions, outputs

Outputs = dict[str, list[Any]]
#: Nodes of a chain that may take their time, so that a kill finds one of them at work.
SECONDS = 0.1


@dataclass(frozen=True)
class Kind:
    """A graph with an input `n`. expected: `{output: values}` for it, in any order.  cost: credits, fees aside."""

    name: str
    build: Callable[[str], GraphDocument]
    expected: Callable[[int], Outputs]
    cost: int


def chain(child: str) -> GraphDocument:
    """Five steps one after another: four of one credit each, and one whose cost is known afterwards."""
    call = ("Call", {"seconds": SECONDS})
    nodes = {"n": given("n"), **{f"c{i}": call for i in range(4)}, "m": ("CallMeter", {"seconds": SECONDS})}
    links = [
        "n.result -> c0.value",
        "c0.value -> c1.value",
        "c1.value -> m.value",
        "m.value -> c2.value",
        "c2.value -> c3.value",
        "c3.value -> out.value",
    ]
    return build({**nodes, "out": result("out")}, links)


def fan(child: str) -> GraphDocument:
    """Four values that are worked on at the same time."""
    return build(
        {"n": given("n"), "count": ("Count", {"count": 4}), "c": ("Call", {"seconds": SECONDS}), "out": result("out")},
        ["n.result -> count.trigger", "count.number -> c.value", "c.value -> out.value"],
    )


def nested(child: str) -> GraphDocument:
    """A graph inside, with two steps, between two others."""
    call = ("Call", {"seconds": SECONDS})
    agent = ("AgentExecutor", {"graph_id": child, "graph_version": 1})
    return build(
        {"n": given("n"), "a": call, "sub": agent, "b": call, "out": result("out")},
        ["n.result -> a.value", "a.value -> sub.n", "sub.out -> b.value", "b.value -> out.value"],
    )


def once(child: str) -> GraphDocument:
    """A step that must not be repeated, between two others."""
    return build(
        {
            "n": given("n"),
            "a": ("Call", {"seconds": SECONDS}),
            "once": ("CallOnce", {"seconds": SECONDS}),
            "out": result("out"),
            "lost": result("lost"),
        },
        ["n.result -> a.value", "a.value -> once.value", "once.value -> out.value", "once.error -> lost.value"],
    )


def inner() -> GraphDocument:
    """What `nested` has inside."""
    call = ("Call", {"seconds": SECONDS})
    return build(
        {"n": given("n"), "x": call, "y": call, "out": result("out")},
        ["n.result -> x.value", "x.value -> y.value", "y.value -> out.value"],
    )


KINDS = (
    Kind("chain", chain, lambda n: {"out": [n + 5]}, cost=6),
    Kind("fan", fan, lambda n: {"out": [1, 2, 3, 4]}, cost=4),
    Kind("nested", nested, lambda n: {"out": [n + 4]}, cost=4),
    Kind("once", once, lambda n: {"out": [n + 2]}, cost=2),
)


def kind_faults(kind: Kind, execution: GraphExecution, n: int) -> list[str]:
    """What is not as it must be. A ONCE block that was cut off has no output, and its node is not paid for."""
    expected, cost = kind.expected(n), kind.cost
    if kind.name == "once" and _is_cut_off(execution):
        expected, cost = {"lost": [node_executions(execution, "once")[0].error]}, cost - 1
    found = []
    if execution.status != Status.COMPLETED:
        found.append(f"is {execution.status}: {execution.error_code} {execution.error}")
    if _counted(outputs(execution)) != _counted(expected):
        found.append(f"gave {outputs(execution)}, not {expected}")
    if execution.cost - execution.fees != cost:
        found.append(f"cost {execution.cost} with {execution.fees} of fees, not {cost}")
    return [f"{kind.name} {execution.id} {fault}" for fault in found]


def _is_cut_off(execution: GraphExecution) -> bool:
    rows = node_executions(execution, "once")
    return any(row.status == Status.FAILED and "interrupted" in row.error for row in rows)


def _counted(values: Outputs) -> dict[str, Counter[str]]:
    return {name: Counter(map(repr, each)) for name, each in values.items()}
