"""Nodes that can do without credentials, in graphs inside graphs, through the front door."""

from dataclasses import replace
from typing import Any

import pytest

from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from graphs.models import GraphVersion
from tests.api.cast import Scene, make_scene
from tests.executor import credential_blocks
from tests.executor.blocks import LOG
from tests.executor.building import build, result, with_policy
from tests.executor.running import node_executions, outputs, run, store
from tests.executor.test_credentials import SECRET, key_of, naming

pytestmark = pytest.mark.django_db(transaction=True)

credential_blocks.register_here()


@pytest.fixture
def scene(redis_url: str) -> Scene:
    LOG["tattler"].clear()
    return make_scene()


def inner(is_optional: bool = True, **pins: Any) -> GraphDocument:
    """The node `t` has no credentials; `e` does not need any."""
    document = build(
        {"t": ("Tattler", pins), "e": ("Echo", {"value": 7}), "out": result("out"), "told": result("told")},
        ["e.value -> out.value", "t.told -> told.value"],
        name="Inner",
    )
    return with_policy(document, "t", credentials_optional=is_optional)


def around(scene: Scene, document: GraphDocument, **constants: Any) -> GraphVersion:
    inside = store(scene.ada, document)
    schema = {"properties": {"out": {}, "told": {}}}
    pins = {"graph_id": str(inside.graph_id), "graph_version": 1, "inputs": {}, "output_schema": schema} | constants
    outer = build(
        {"a": ("AgentExecutor", pins), "out": result("out"), "told": result("told")},
        ["a.out -> out.value", "a.told -> told.value"],
        name="Outer",
    )
    return store(scene.ada, outer)


def execute(scene: Scene, version: GraphVersion, **wish: Any) -> Any:
    return scene.api.post(f"/api/v1/graphs/{version.graph_id}/execute", wish, format="json")


@pytest.mark.parametrize(
    "pins", [{}, {"credentials": {}}, {"credentials": {"provider": "vault", "type": "api_key"}}, {"credentials": None}]
)
def test_a_node_inside_that_can_do_without_is_passed_over(scene: Scene, pins: dict[str, Any]) -> None:
    answer = execute(scene, around(scene, inner(**pins)))
    assert answer.status_code == 202, answer.json()
    execution = run(GraphExecution.objects.get(id=answer.json()["id"]))
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"out": [7]})
    child = GraphExecution.objects.get(parent=execution)
    (passed,) = node_executions(child, "t")
    assert (passed.status, passed.error, passed.cost) == (Status.COMPLETED, "", 0)
    assert child.skipped_nodes == [str(passed.node_id)]
    assert LOG["tattler"] == []


def test_one_two_graphs_deep_is_passed_over(scene: Scene) -> None:
    middle = around(scene, inner())
    pins = {"graph_id": str(middle.graph_id), "graph_version": 1, "inputs": {}}
    outer = store(scene.ada, replace(build({"a": ("AgentExecutor", pins)}), name="Outermost"))
    answer = execute(scene, outer)
    assert answer.status_code == 202, answer.json()
    assert run(GraphExecution.objects.get(id=answer.json()["id"])).status == Status.COMPLETED
    assert set(NodeExecution.objects.values_list("status", flat=True)) == {Status.COMPLETED}
    assert LOG["tattler"] == []


def test_one_that_cannot_do_without_is_refused_by_name(scene: Scene) -> None:
    for pins in ({}, {"credentials": {"provider": "vault", "type": "api_key"}}):
        answer = execute(scene, around(scene, inner(is_optional=False, **pins)))
        assert answer.status_code == 400
        (errors,) = answer.json()["node_errors"].values()
        assert list(errors) == ["credentials"]


def test_one_that_is_given_its_credentials_from_outside_runs(scene: Scene) -> None:
    document, credential = inner(), key_of(scene.ada)
    masks = {document.nodes[0].id: {"credentials": naming(credential)}}
    answer = execute(scene, around(scene, document, nodes_input_masks=masks))
    assert answer.status_code == 202, answer.json()
    execution = run(GraphExecution.objects.get(id=answer.json()["id"]))
    assert set(outputs(execution)) == {"out", "told"}
    assert [secrets for _, secrets in LOG["tattler"]] == [[SECRET]]
