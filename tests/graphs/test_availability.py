"""A block that may not be used here enters no new version of a graph; what is stored stays and can be taken away."""

from dataclasses import replace

import pytest
from django.conf import LazySettings

from accounts.models import User
from blocks.registry import registry
from graphs import availability
from graphs.document import GraphDocument, NodeDocument
from graphs.errors import GraphInvalid
from graphs.exporting import export_graph
from graphs.importing import import_graph
from graphs.models import Graph
from graphs.saving import save_version
from graphs.serializers import graph_body
from graphs.storage import document_of
from tests.factories import make_user
from tests.graphs.files import adder, as_bytes

CALCULATOR = next(block for block in registry if block.name == "Calculator")
EXECUTE_CODE = next(block for block in registry if block.name == "ExecuteCode")


@pytest.fixture
def ada(db: None) -> User:
    return make_user(credits=0)


@pytest.fixture
def for_administrators(monkeypatch: pytest.MonkeyPatch) -> object:
    """What a class says never changes while a process runs, but for these tests."""
    monkeypatch.setattr(type(CALCULATOR), "admin_only", True)
    availability._refused.cache_clear()
    yield
    monkeypatch.undo()
    availability._refused.cache_clear()


def stored(ada: User) -> tuple[Graph, GraphDocument]:
    imported = import_graph(ada, adder())
    return imported.graph, document_of(imported.version)


@pytest.mark.parametrize("wish", ["Calculator", CALCULATOR.id])
def test_graph_is_not_saved_with_a_disabled_block(ada: User, settings: LazySettings, wish: str) -> None:
    graph, document = stored(ada)
    settings.DISABLED_BLOCKS = [wish]

    with pytest.raises(GraphInvalid, match=r"(?i)the block Calculator is disabled on this installation") as refusal:
        save_version(graph, document)
    assert [list(pins) for pins in refusal.value.data["node_errors"].values()] == [[""]]
    assert graph.versions.count() == 1


def test_what_is_stored_can_be_opened_exported_and_saved_without_the_block(ada: User, settings: LazySettings) -> None:
    graph, document = stored(ada)
    version = graph.versions.get()
    before = export_graph(version)
    settings.DISABLED_BLOCKS = ["Calculator"]

    assert export_graph(version) == before
    assert len(graph_body(version)["nodes"]) == len(document.nodes)
    assert document_of(version) == document
    kept = tuple(node for node in document.nodes if node.block_id != CALCULATOR.id)
    assert save_version(graph, replace(document, nodes=kept, links=())).number == version.number + 1


def test_graph_with_a_disabled_block_is_not_imported(ada: User, settings: LazySettings) -> None:
    settings.DISABLED_BLOCKS = ["Calculator"]

    with pytest.raises(GraphInvalid, match="The block Calculator is disabled on this installation"):
        import_graph(ada, as_bytes(adder()))
    assert not Graph.objects.exists()


@pytest.mark.usefixtures("for_administrators")
def test_block_for_administrators_is_saved_and_imported_by_them_only(ada: User) -> None:
    with pytest.raises(GraphInvalid, match="The block Calculator runs for administrators only"):
        import_graph(ada, adder())
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    ada.refresh_from_db()
    graph, document = stored(ada)
    save_version(graph, document)
    User.objects.filter(pk=ada.pk).update(is_staff=False)
    with pytest.raises(GraphInvalid, match="The block Calculator runs for administrators only"):
        save_version(Graph.objects.get(pk=graph.pk), document)


def test_block_that_waits_to_be_switched_on_may_be_saved(ada: User, settings: LazySettings) -> None:
    graph, document = stored(ada)
    assert not settings.CODE_BLOCKS_ENABLED
    code = NodeDocument(id="code", block_id=EXECUTE_CODE.id, input_default={"code": "1"}, metadata={})

    save_version(graph, replace(document, nodes=(*document.nodes, code)))
    assert graph.versions.count() == 2
