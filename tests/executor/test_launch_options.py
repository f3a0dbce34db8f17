"""What a start can ask for: masks, nodes to skip, ceilings, priority, versions inside."""

from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import User
from executor.errors import InputInvalid
from executor.launching.launch import launch
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from graphs.errors import GraphInvalid
from graphs.models import Graph
from graphs.storage import write_version
from tests.executor.blocks import LOG
from tests.executor.building import build, given, result, with_policy
from tests.executor.launching_blocks import SecretiveBlock
from tests.executor.running import node_executions, outputs, ran, run, started, statuses, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


def through(block: str, constants: dict[str, Any]) -> GraphDocument:
    return build(
        {"x": given("x"), "node": (block, constants), "out": result("out")},
        ["x.result -> node.value", "node.value -> out.value"],
    )


def node_of(document: GraphDocument, name: str) -> str:
    return next(node.id for node in document.nodes if node.metadata["customized_name"] == name)


def test_a_mask_wins_over_links_constants_and_inputs(ada: User) -> None:
    document = through("Echo", {})
    masks = {node_of(document, "node"): {"value": "masked"}}
    assert outputs(ran(ada, document, {"x": "given"}, input_masks=masks)) == {"out": ["masked"]}


def test_a_mask_gives_a_starting_node_what_it_requires(ada: User) -> None:
    document = build({"echo": ("Echo", {}), "out": result("out")}, ["echo.value -> out.value"])
    version = store(ada, document)
    with pytest.raises(GraphInvalid):
        launch(ada, version, inputs={}, ring=False)
    masks = {node_of(document, "echo"): {"value": 5}}
    assert outputs(run(launch(ada, version, inputs={}, input_masks=masks, ring=False))) == {"out": [5]}


@pytest.mark.parametrize(
    ("mask", "place"),
    [
        ({"nowhere": {"value": 1}}, "input_masks.nowhere"),
        ({"node": {"other": 1}}, "input_masks.node.other"),
        ({"node": {"value": float("nan")}}, "input_masks.node.value"),
        ({"node": {"value": "\x00"}}, "input_masks.node.value"),
        ({"node": 7}, "input_masks.node"),
    ],
)
def test_a_faulty_mask_is_refused_where_it_is(ada: User, mask: dict[str, Any], place: str) -> None:
    document = through("Echo", {})
    node_id = node_of(document, "node")
    masks = {node_id if name == "node" else name: pins for name, pins in mask.items()}
    with pytest.raises(InputInvalid) as refused:
        started(ada, document, {"x": 1}, input_masks=masks, ring=False)
    assert list(refused.value.data["fields"]) == [place.replace("node", node_id)]
    assert not GraphExecution.objects.exists()


def test_masks_have_the_size_limit_of_inputs(ada: User, settings: LazySettings) -> None:
    document = through("Echo", {})
    masks = {node_of(document, "node"): {"value": "x" * 100}}
    settings.INPUT_MAX_BYTES = len(f'{{"{node_of(document, "node")}": {{"value": "{"x" * 100}"}}}}')
    version = store(ada, document)
    launch(ada, version, inputs={"x": 1}, input_masks=masks, ring=False)
    settings.INPUT_MAX_BYTES -= 1
    with pytest.raises(InputInvalid, match="INPUT_MAX_BYTES"):
        launch(ada, version, inputs={"x": 1}, input_masks=masks, ring=False)


def test_a_skipped_node_ends_completed_and_gives_nothing(ada: User) -> None:
    document = through("Gate", {"log": "skipped"})
    execution = ran(ada, document, {"x": 1}, skipped_nodes=[node_of(document, "node")])
    assert (execution.status, outputs(execution), execution.cost) == (Status.COMPLETED, {}, 0)
    assert statuses(node_executions(execution, "node")) == [Status.COMPLETED]
    assert LOG["skipped"] == []


def test_an_unknown_node_cannot_be_skipped(ada: User) -> None:
    with pytest.raises(InputInvalid) as refused:
        started(ada, through("Echo", {}), {"x": 1}, skipped_nodes=["nowhere"], ring=False)
    assert list(refused.value.data["fields"]) == ["skipped_nodes"]


def test_a_node_without_its_optional_credentials_is_skipped_and_one_with_a_mask_runs(ada: User) -> None:
    with pytest.raises(GraphInvalid):
        started(ada, through(SecretiveBlock.name, {}), {"x": 1}, ring=False)
    document = with_policy(through(SecretiveBlock.name, {}), "node", credentials_optional=True)
    version = store(ada, document)
    skipped = run(launch(ada, version, inputs={"x": 1}, ring=False))
    assert (skipped.skipped_nodes, outputs(skipped)) == ([node_of(document, "node")], {})
    masks = {node_of(document, "node"): {"credentials": {"id": "c"}}}
    given_some = run(launch(ada, version, inputs={"x": 1}, input_masks=masks, ring=False))
    assert (given_some.skipped_nodes, outputs(given_some)) == ([], {"out": [1]})


def test_the_lower_of_two_ceilings_holds(ada: User) -> None:
    version = store(ada, through("Echo", {}))
    Graph.objects.filter(id=version.graph_id).update(
        max_cost=5, max_seconds=60, human_review=False, sensitive_review=True
    )
    version.graph.refresh_from_db()
    low = launch(ada, version, inputs={"x": 1}, max_cost=3, max_seconds=90, priority=7, ring=False)
    assert (low.max_cost, low.max_seconds, low.priority) == (3, 60, 7)
    assert (low.human_review, low.sensitive_review) == (False, True)
    assert launch(ada, version, inputs={"x": 1}, ring=False).max_cost == 5


@pytest.mark.parametrize("name", ["max_cost", "max_seconds"])
def test_a_ceiling_below_one_is_refused(ada: User, name: str) -> None:
    with pytest.raises(InputInvalid) as refused:
        started(ada, through("Echo", {}), {"x": 1}, ring=False, **{name: 0})
    assert list(refused.value.data["fields"]) == [name]


def test_a_sub_graph_runs_in_the_version_that_its_node_names(ada: User) -> None:
    inner = build({"one": ("Echo", {"value": "old"}), "out": result("out")}, ["one.value -> out.value"])
    old = store(ada, inner)
    newer = build({"one": ("Echo", {"value": "new"}), "out": result("out")}, ["one.value -> out.value"])
    write_version(old.graph, GraphDocument(id=inner.id, version=2, name="x", nodes=newer.nodes, links=newer.links))
    Graph.objects.filter(id=old.graph_id).update(active_version=2)
    for pinned, expected in ((1, "old"), (2, "new"), (None, "new")):
        document = build(
            {"sub": ("AgentExecutor", {"graph_id": inner.id, "graph_version": pinned}), "out": result("out")},
            ["sub.out -> out.value"],
        )
        assert outputs(ran(ada, document)) == {"out": [expected]}
