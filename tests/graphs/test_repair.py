"""References of AgentExecutor nodes to sub-graphs that were given other ids."""

from typing import Any

import pytest

from accounts.models import User
from graphs.importing import Imported, import_graph
from graphs.models import Graph, Node
from graphs.references import EXECUTOR_ID
from tests.factories import make_user
from tests.graphs.files import adder, child, graph, runs

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user(credits=0)


def target(imported: Imported, name: str = "") -> tuple[str, int]:
    """The name and version of the stored graph that the executor node of a graph refers to."""
    nodes = Node.objects.filter(version__graph__owner=imported.graph.owner_id, block_id=EXECUTOR_ID)
    constants = nodes.get(version__name=name or imported.version.name).input_default
    graph_row = Graph.objects.get(id=constants["graph_id"])
    return graph_row.versions.get(number=constants["graph_version"]).name, constants["graph_version"]


def family(node: tuple[str, dict[str, Any]], *children: dict[str, Any]) -> dict[str, Any]:
    return graph({"run": node}, sub_graphs=list(children))


def test_exact_id_is_followed_and_not_called_a_repair(ada: User) -> None:
    imported = import_graph(ada, family(runs("x", 2, ["q"], ["a"]), child("x", 2, ["q"], ["a"])))
    assert target(imported) == ("Child x v2", 2)
    assert imported.report.repaired == []
    assert imported.report.unresolved == []


def test_exact_id_wins_over_a_better_fit(ada: User) -> None:
    children = child("x", 2, ["other"], []), child("y", 7, ["q"], ["a"])
    assert target(import_graph(ada, family(runs("x", 2, ["q"], ["a"]), *children))) == ("Child x v2", 2)


def test_exact_id_with_another_version_takes_the_version_that_is_there(ada: User) -> None:
    imported = import_graph(ada, family(runs("x", 9, [], []), child("x", 2, [], []), child("x", 3, [], [])))
    assert target(imported) == ("Child x v3", 3)
    assert "found by its id" in imported.report.repaired[0].detail
    assert Graph.objects.filter(is_sub_graph=True).count() == 1


def test_version_and_names_come_before_version(ada: User) -> None:
    children = child("x", 5, ["other"], ["a"]), child("y", 5, ["q"], ["a"]), child("z", 6, ["q"], ["a"])
    imported = import_graph(ada, family(runs("lost", 5, ["q"], ["a"]), *children))
    assert target(imported) == ("Child y v5", 5)
    assert imported.report.repaired[0].detail.endswith("found by version and names")


def test_version_comes_before_names(ada: User) -> None:
    children = child("x", 5, ["other"], ["a"]), child("y", 6, ["q"], ["a"])
    assert target(import_graph(ada, family(runs("lost", 5, ["q"], ["a"]), *children))) == ("Child x v5", 5)


def test_names_decide_where_the_version_does_not(ada: User) -> None:
    children = child("x", 5, ["other"], ["a"]), child("y", 5, ["q"], ["a"])
    imported = import_graph(ada, family(runs("lost", 9, ["q"], ["a"]), *children))
    assert target(imported) == ("Child y v5", 5)
    assert imported.report.repaired[0].detail.endswith("found by names")


def test_what_fits_several_graphs_is_left_and_reported(ada: User) -> None:
    children = child("x", 5, ["q"], ["a"]), child("y", 5, ["q"], ["a"])
    imported = import_graph(ada, family(runs("lost", 5, ["q"], ["a"]), *children))
    note = imported.report.unresolved[0]
    node = imported.version.nodes.get()
    assert "lost version 5" in note.detail
    assert note.node == str(node.id)
    assert node.input_default["graph_id"] == "lost"


def test_references_inside_sub_graphs_are_repaired_too(ada: User) -> None:
    middle = graph({"run": runs("lost too", 4, ["q"], ["a"])}, id="middle", version=3, name="Middle")
    imported = import_graph(ada, family(runs("lost", 3, [], []), middle, child("leaf", 4, ["q"], ["a"])))
    assert target(imported) == ("Middle", 3)
    assert target(imported, "Middle") == ("Child leaf v4", 4)
    assert len(imported.report.repaired) == 2


def test_graphs_that_run_each_other_and_themselves_keep_doing_so(ada: User) -> None:
    ping = graph({"run": runs("pong", 1, [], [])}, id="ping", name="Ping")
    pong = graph({"run": runs("ping", 1, [], [])}, id="pong", name="Pong")
    imported = import_graph(ada, ping | {"sub_graphs": [pong]})
    assert target(imported) == ("Pong", 1)
    assert target(imported, "Pong") == ("Ping", 1)


def test_a_graph_that_the_user_has_already_is_referred_to_as_it_is(ada: User) -> None:
    stored = import_graph(ada, adder(name="Mine")).graph
    imported = import_graph(ada, family(runs(str(stored.id), 1, [], []), child("y", 1, [], [])))
    assert target(imported) == ("Mine", 1)
    assert imported.report.unresolved == []


def test_a_graph_of_somebody_else_is_not_reached(ada: User) -> None:
    grace = make_user("grace@example.org", credits=0)
    hers = import_graph(grace, adder()).graph
    assert len(import_graph(ada, family(runs(str(hers.id), 1, [], []))).report.unresolved) == 1


def test_executor_nodes_belong_to_the_importer_and_have_inputs(ada: User) -> None:
    imported = import_graph(ada, family(runs("x", 2, [], []), child("x", 2, [], [])))
    constants = imported.version.nodes.get().input_default
    assert constants["user_id"] == str(ada.id)
    assert constants["inputs"] == {}
