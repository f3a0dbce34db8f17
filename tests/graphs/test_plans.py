"""Plans of stored versions, and whether they can run."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from graphs.errors import GraphInvalid
from graphs.importing import import_graph
from graphs.models import Graph
from graphs.plans import plan_for, plans_with_sub_graphs, runnable_plan
from graphs.saving import save_version
from graphs.storage import document_of
from tests.factories import make_user
from tests.graphs.files import UNKNOWN_BLOCK, adder, child, graph, runs

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user(credits=0)


def test_a_version_is_compiled_once(ada: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    version = import_graph(ada, adder()).version
    plan = plan_for(version)
    assert [node.block.name for node in plan.nodes.values()] == ["AgentInput", "Calculator", "AgentOutput"]
    assert runnable_plan(version) is plan
    with django_assert_num_queries(0):
        assert plan_for(version) is plan
        assert runnable_plan(version) is plan


def test_plans_of_all_reachable_graphs_are_given(ada: User) -> None:
    middle = graph({"run": runs("leaf", 4, [], [])}, id="middle", version=3)
    file = graph(
        {"run": runs("middle", 3, [], [])}, sub_graphs=[middle, child("leaf", 4, [], []), child("idle", 1, [], [])]
    )
    imported = import_graph(ada, file)
    expected = {(mapped.new_id, mapped.version) for mapped in imported.report.mapped if mapped.old_id != "idle"}
    assert set(plans_with_sub_graphs(imported.version)) == expected


def test_graphs_that_run_each_other_are_loaded_once_each(ada: User) -> None:
    pong = graph({"run": runs("ping", 1, [], [])}, id="pong")
    imported = import_graph(ada, graph({"run": runs("pong", 1, [], [])}, id="ping", sub_graphs=[pong]))
    assert len(plans_with_sub_graphs(imported.version)) == 2
    assert runnable_plan(imported.version).graph_id == str(imported.graph.id)


def test_without_a_version_the_active_one_is_meant(ada: User) -> None:
    sub = import_graph(ada, adder(version=5)).graph
    version = import_graph(ada, graph({"run": runs(str(sub.id), None, [], [])})).version
    assert (str(sub.id), 5) in plans_with_sub_graphs(version)
    save_version(sub, document_of(sub.versions.get()))
    assert (str(sub.id), 6) in plans_with_sub_graphs(version)


def test_a_graph_of_another_user_is_neither_loaded_nor_run(ada: User) -> None:
    hers = import_graph(make_user("grace@example.org", credits=0), adder()).graph
    version = import_graph(ada, graph({"run": runs(str(hers.id), 1, [], [])})).version
    assert len(plans_with_sub_graphs(version)) == 1
    with pytest.raises(GraphInvalid, match="is not there, or is not yours"):
        runnable_plan(version)


def test_a_graph_that_cannot_run_says_why(ada: User) -> None:
    version = import_graph(ada, graph({"x": (UNKNOWN_BLOCK, {})})).version
    with pytest.raises(GraphInvalid, match="is not installed") as refusal:
        runnable_plan(version)
    assert list(refusal.value.data["node_errors"]) == [str(version.nodes.get().id)]


def test_a_graph_whose_sub_graph_cannot_run_cannot_run(ada: User) -> None:
    sub = graph({"x": (UNKNOWN_BLOCK, {})}, id="x")
    version = import_graph(ada, graph({"run": runs("x", 1, [], [])}, sub_graphs=[sub])).version
    with pytest.raises(GraphInvalid, match="is not installed"):
        runnable_plan(version)


def test_a_graph_is_checked_again_when_its_sub_graph_changes(ada: User) -> None:
    sub = import_graph(ada, child("x", 1, [], [])).graph
    version = import_graph(ada, graph({"run": runs(str(sub.id), None, [], [])})).version
    runnable_plan(version)
    Graph.objects.filter(id=sub.id).delete()
    with pytest.raises(GraphInvalid, match="is not there"):
        runnable_plan(version)
