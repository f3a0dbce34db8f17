"""What an import stores and what it reports."""

from uuid import UUID

import pytest

from accounts.models import User
from graphs.importing import import_graph
from graphs.models import Graph
from tests.factories import make_user
from tests.graphs.files import UNKNOWN_BLOCK, adder, child, graph, runs

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user(credits=0)


def test_graph_is_stored_with_new_ids_and_everything_else_as_it_was(ada: User) -> None:
    file = adder(version=7, description="Adds.", instructions="Give a number.")
    file["nodes"][1]["metadata"] = {"position": {"x": 1.5, "y": 2}, "customized_name": "Plus two"}
    imported = import_graph(ada, file)
    graph_row, version = imported.graph, imported.version
    assert (graph_row.owner, graph_row.name, graph_row.active_version, graph_row.is_sub_graph) == (
        ada,
        "Test",
        7,
        False,
    )
    assert (version.number, version.name, version.description) == (7, "Test", "Adds.")
    assert version.extras == {"instructions": "Give a number."}
    nodes = list(version.nodes.all())
    assert [node.input_default for node in nodes] == [node["input_default"] for node in file["nodes"]]
    assert nodes[1].metadata == file["nodes"][1]["metadata"]
    assert all(isinstance(node.id, UUID) for node in nodes)
    ends = [(link.source_id, link.source_name, link.sink_id, link.sink_name) for link in version.links.all()]
    first, second, third = (node.id for node in nodes)
    assert ends == [(first, "result", second, "a"), (second, "result", third, "value")]


def test_the_same_file_twice_makes_two_graphs(ada: User) -> None:
    assert import_graph(ada, adder()).graph != import_graph(ada, adder()).graph
    assert Graph.objects.for_user(ada).count() == 2


def test_links_out_of_static_blocks_become_static(ada: User) -> None:
    file = adder()
    file["links"][0]["is_static"] = False
    assert [link.is_static for link in import_graph(ada, file).version.links.all()] == [True, False]


def test_sub_graphs_are_stored_as_graphs_of_their_own(ada: User) -> None:
    file = graph({"run": runs("x", 2, [], ["a"])}, sub_graphs=[child("x", 2, [], ["a"])], name="Main")
    imported = import_graph(ada, file)
    sub = Graph.objects.get(owner=ada, is_sub_graph=True)
    assert (sub.name, sub.active_version) == ("Child x v2", 2)
    assert imported.graph.name == "Main"
    assert [mapped.old_id for mapped in imported.report.mapped] == ["graph", "x"]
    assert [mapped.new_id for mapped in imported.report.mapped] == [str(imported.graph.id), str(sub.id)]


def test_unknown_block_is_kept_as_it_is_and_reported(ada: User) -> None:
    file = graph(
        {"a": ("StoreValue", {"input": 1}), "x": (UNKNOWN_BLOCK, {"depth": 3}), "b": ("StoreValue", {})},
        ["a.output -> x.anything_#_at all", "x.whatever -> b.input"],
    )
    imported = import_graph(ada, file)
    node = imported.version.nodes.get(block_id=UNKNOWN_BLOCK)
    assert node.input_default == {"depth": 3}
    assert imported.version.links.count() == 2
    (unknown,) = imported.report.unknown_blocks
    assert (unknown.block_id, unknown.nodes) == (UNKNOWN_BLOCK, [str(node.id)])


def test_known_names_of_blocks_that_are_not_installed_are_told(ada: User) -> None:
    imported = import_graph(ada, graph({"x": ("4ff1ff6d-cc40-4caa-ae69-011daa20c378", {})}))
    assert imported.report.unknown_blocks[0].name == "UnrealTextToSpeech"


def test_report_names_the_stored_node_and_never_the_secret(ada: User) -> None:
    file = graph({"x": ("StoreValue", {"input": 1, "api_key": "sk-1"})})
    file["nodes"][0]["metadata"]["customized_name"] = "Keep it"
    imported = import_graph(ada, file)
    node = imported.version.nodes.get()
    (note,) = imported.report.dropped
    assert (note.node, note.node_name, note.place) == (str(node.id), "Keep it", "api_key")
    assert node.input_default == {"input": 1}
    assert "sk-1" not in imported.report.as_text()
    assert "Keep it, api_key: a secret" in imported.report.as_text()


def test_constants_without_effect_are_kept_and_reported(ada: User) -> None:
    imported = import_graph(ada, graph({"x": ("StoreValue", {"input": 1, "colour": "red", "shade": None})}))
    assert imported.version.nodes.get().input_default["colour"] == "red"
    assert [note.place for note in imported.report.dropped] == ["colour"]


def test_report_is_stored_with_the_version(ada: User) -> None:
    imported = import_graph(ada, graph({"x": ("c3d4e5f6-7g8h-9i0j-1k2l-m3n4o5p6q7r8", {"api_key": "sk-1"})}))
    imported.version.refresh_from_db()
    stored = imported.version.import_report
    assert stored == imported.report.as_dict()
    assert set(stored) == {"mapped", "upgraded", "repaired", "unresolved", "unknown_blocks", "dropped"}
    assert stored["mapped"][0]["nodes"] == 1
    assert len(stored["upgraded"]) == 1
    assert len(stored["dropped"]) == 1


def test_a_report_stays_shorter_than_the_file(ada: User) -> None:
    constants = {f"token{index}": "sk-1" for index in range(1000)}
    dropped = import_graph(ada, graph({"x": ("StoreValue", {"input": 1} | constants)})).report.dropped
    assert len(dropped) == 201
    assert dropped[-1].detail == "and 800 more"


def test_masks_for_the_nodes_of_a_sub_graph_name_its_new_nodes(ada: User) -> None:
    kind, constants = runs("x", 2, [], ["a"])
    masks = {"out a": {"value": 5}, "elsewhere": {"value": 6}}
    file = graph({"run": (kind, constants | {"nodes_input_masks": masks})}, sub_graphs=[child("x", 2, [], ["a"])])
    imported = import_graph(ada, file)
    inner = Graph.objects.get(owner=ada, is_sub_graph=True).versions.get().nodes.get()
    stored = imported.version.nodes.get().input_default["nodes_input_masks"]
    assert stored == {str(inner.id): {"value": 5}, "elsewhere": {"value": 6}}
