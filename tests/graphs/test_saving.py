"""Saving graphs: every save is a new version."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import User
from graphs.errors import GraphInvalid, VersionTaken
from graphs.importing import import_graph
from graphs.models import Graph
from graphs.saving import save_version
from graphs.storage import document_of
from tests.factories import make_user
from tests.graphs.files import adder


@pytest.fixture
def ada(db: None) -> User:
    return make_user(credits=0)


def test_saving_makes_the_next_version_and_leaves_the_old_one(ada: User) -> None:
    imported = import_graph(ada, adder(version=5))
    before = document_of(imported.version)
    saved = save_version(imported.graph, replace(before, name="Renamed"))
    imported.graph.refresh_from_db()
    assert (saved.number, imported.graph.active_version, imported.graph.name) == (6, 6, "Renamed")
    assert document_of(imported.version) == before
    assert {node.id for node in saved.nodes.all()}.isdisjoint(node.id for node in imported.version.nodes.all())
    assert [link.sink_name for link in saved.links.all()] == ["a", "value"]


def test_an_invalid_graph_is_not_saved(ada: User) -> None:
    imported = import_graph(ada, adder())
    document = document_of(imported.version)
    with pytest.raises(GraphInvalid):
        save_version(imported.graph, replace(document, nodes=document.nodes[1:]))
    assert imported.graph.versions.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_that_save_at_once_each_gets_a_version_of_its_own_or_is_told_so() -> None:
    imported = import_graph(make_user(credits=0), adder())
    document, start = document_of(imported.version), Barrier(4)

    def save(number: int) -> int | None:
        start.wait()
        try:
            return save_version(Graph.objects.get(id=imported.graph.id), document).number
        except VersionTaken:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        numbers = [number for number in threads.map(save, range(4)) if number is not None]
    imported.graph.refresh_from_db()
    assert sorted(numbers) == list(range(2, 2 + len(numbers)))
    assert numbers
    assert imported.graph.active_version == max(numbers)
    assert imported.graph.versions.count() == 1 + len(numbers)
