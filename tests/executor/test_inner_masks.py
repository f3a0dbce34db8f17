"""Masks that a node lays over the graph that it runs."""

from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import User
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from graphs.errors import GraphInvalid
from tests.executor.building import build, given, result
from tests.executor.crashing import run_and_die
from tests.executor.running import node_executions, outputs, ran, run, started, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PAUSE = ("Pause", {"seconds": 0})


@pytest.fixture
def ada() -> User:
    return make_user()


def around(inner: GraphDocument, **constants: Any) -> GraphDocument:
    """A graph that runs this one."""
    sub = ("AgentExecutor", {"graph_id": inner.id, "graph_version": 1, **constants})
    return build({"sub": sub, "out": result("out")}, ["sub.out -> out.value"])


def through() -> GraphDocument:
    """A number through two paid blocks that add one each: the second gathers its inputs after commits."""
    return build(
        {"x": given("x", 1), "first": PAUSE, "second": PAUSE, "out": result("out")},
        ["x.result -> first.value", "first.value -> second.value", "second.value -> out.value"],
    )


def node_of(document: GraphDocument, name: str) -> str:
    return next(node.id for node in document.nodes if node.metadata["customized_name"] == name)


def test_a_mask_reaches_the_nodes_of_the_inner_graph(ada: User) -> None:
    inner = through()
    store(ada, inner)
    masks = {node_of(inner, "second"): {"value": 5}}
    execution = ran(ada, around(inner, nodes_input_masks=masks))
    assert outputs(execution) == {"out": [6]}
    assert execution.children.get().input_masks == masks


def test_it_gives_a_starting_node_what_it_requires(ada: User) -> None:
    inner = build({"echo": ("Echo", {}), "out": result("out")}, ["echo.value -> out.value"])
    store(ada, inner)
    with pytest.raises(GraphInvalid):
        started(ada, around(inner), ring=False)
    masks = {node_of(inner, "echo"): {"value": 5}}
    assert outputs(ran(ada, around(inner, nodes_input_masks=masks))) == {"out": [5]}


def test_it_holds_through_two_graphs_and_no_further_than_it_is_told(ada: User) -> None:
    innermost = through()
    store(ada, innermost)
    masks = {node_of(innermost, "second"): {"value": 5}}
    middle = around(innermost, nodes_input_masks=masks)
    store(ada, middle)
    assert outputs(ran(ada, around(middle))) == {"out": [6]}
    assert outputs(ran(ada, around(innermost))) == {"out": [3]}


@pytest.mark.parametrize("commits", range(1, 7))
def test_a_crash_does_not_lose_it(ada: User, settings: LazySettings, commits: int) -> None:
    settings.JOURNAL_LINGER_MILLISECONDS = 0
    inner = through()
    store(ada, inner)
    masks = {node_of(inner, "second"): {"value": 5}}
    execution = started(ada, around(inner, nodes_input_masks=masks))
    run_and_die(execution, commits=commits)
    assert outputs(run(execution)) == {"out": [6]}
    (second,) = node_executions(execution.children.get(), "second")
    assert second.inputs["value"] == 5


@pytest.mark.parametrize(
    ("masks", "says"),
    [
        ({"nowhere": {"value": 1}}, "nodes_input_masks.nowhere: The graph has no such node."),
        ({"second": {"other": 1}}, "has no such input"),
        ({"second": 7}, "A mask is an object"),
    ],
)
def test_a_faulty_mask_fails_the_node_and_says_where_it_is(ada: User, masks: dict[str, Any], says: str) -> None:
    inner = through()
    store(ada, inner)
    found = {node_of(inner, "second") if name == "second" else name: pins for name, pins in masks.items()}
    execution = ran(ada, around(inner, nodes_input_masks=found))
    (sub,) = node_executions(execution, "sub")
    assert (sub.status, GraphExecution.objects.filter(parent=execution).exists()) == (Status.FAILED, False)
    assert says in sub.error
