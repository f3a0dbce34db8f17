"""How many graphs one answer lists, and how many graphs and versions there may be."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connections
from django.utils import timezone

from accounts.models import User
from api.paging import LIMIT_MAX
from graphs.errors import TooManyGraphs, TooManyVersions
from graphs.importing import import_graph
from graphs.models import Graph, GraphVersion
from graphs.saving import store_next
from graphs.storage import document_of
from tests.api.cast import Scene, make_scene

GRAPHS = "/api/v1/graphs"
AT_ONCE = 4


def add_graphs(user: User, count: int) -> None:
    """Older than Echo, the newest first among them."""
    now = timezone.now()
    graphs = Graph.objects.bulk_create(Graph(owner=user, name=f"Graph {number:03}") for number in range(count))
    for number, graph in enumerate(graphs, start=1):
        graph.created_at = now - timedelta(minutes=number)
    Graph.objects.bulk_update(graphs, ["created_at"])


def small_file() -> dict[str, Any]:
    return {"name": "Small", "nodes": [], "links": []}


def save(scene: Scene) -> Any:
    body = scene.api.get(scene.graph).json()
    return scene.api.put(scene.graph, {**body, "name": "Edited"}, format="json")


def names(lines: list[dict[str, Any]]) -> list[str]:
    return [line["name"] for line in lines]


def test_list_without_parameters_is_the_newest_ones_by_name_and_a_link_to_the_rest(scene: Scene) -> None:
    add_graphs(scene.ada, LIMIT_MAX + 1)
    answer = scene.api.get(GRAPHS)
    assert names(answer.json()) == ["Echo", *(f"Graph {number:03}" for number in range(LIMIT_MAX - 1))]
    address, _, relation = answer["Link"].partition("; ")
    assert relation == 'rel="next"'
    rest = scene.api.get(address.strip("<>")).json()
    assert names(rest["items"]) == [f"Graph {number:03}" for number in (LIMIT_MAX - 1, LIMIT_MAX)]
    assert rest["next_cursor"] is None


def test_list_that_is_whole_has_no_link(scene: Scene) -> None:
    add_graphs(scene.ada, LIMIT_MAX - 1)
    answer = scene.api.get(GRAPHS)
    assert (len(answer.json()), answer.has_header("Link")) == (LIMIT_MAX, False)


def test_user_with_as_many_graphs_as_one_may_have_imports_no_more(scene: Scene, settings: LazySettings) -> None:
    settings.GRAPHS_PER_USER_MAX = 2
    assert scene.api.post(GRAPHS, {"graph": small_file()}, format="json").status_code == 201
    before = (Graph.objects.count(), GraphVersion.objects.count())
    answer = scene.api.post(GRAPHS, {"graph": small_file()}, format="json")
    problem = answer.json()
    told = (problem["code"], problem["limit"], problem["maximum"])
    assert (answer.status_code, told) == (403, ("too_many_graphs", "GRAPHS_PER_USER_MAX", 2))
    assert (Graph.objects.count(), GraphVersion.objects.count()) == before


def test_deleted_graphs_hidden_ones_and_those_of_others_do_not_count(scene: Scene, settings: LazySettings) -> None:
    settings.GRAPHS_PER_USER_MAX = 2
    Graph.objects.create(owner=scene.ada, name="Gone", deleted_at=timezone.now())
    Graph.objects.create(owner=scene.ada, name="Inside", is_sub_graph=True)
    add_graphs(User.objects.get(email="grace@example.org"), 3)
    assert scene.api.post(GRAPHS, {"graph": small_file()}, format="json").status_code == 201


def test_graph_with_as_many_versions_as_one_may_have_is_saved_no_more(scene: Scene, settings: LazySettings) -> None:
    settings.VERSIONS_PER_GRAPH_MAX = 2
    assert save(scene).status_code == 200
    answer = save(scene)
    problem = answer.json()
    told = (problem["code"], problem["limit"], problem["maximum"])
    assert (answer.status_code, told) == (403, ("too_many_versions", "VERSIONS_PER_GRAPH_MAX", 2))
    assert scene.api.get(scene.graph).json()["version"] == 2
    assert scene.version.graph.versions.count() == 2


def test_nothing_is_limited_by_zero(scene: Scene, settings: LazySettings) -> None:
    settings.GRAPHS_PER_USER_MAX = settings.VERSIONS_PER_GRAPH_MAX = 0
    assert scene.api.post(GRAPHS, {"graph": small_file()}, format="json").status_code == 201
    assert save(scene).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_imports_that_come_at_once_one_takes_the_last_place(settings: LazySettings, redis_url: str) -> None:
    ada = make_scene().ada
    settings.GRAPHS_PER_USER_MAX = 2
    assert sorted(at_once(lambda: import_graph(ada, small_file()))) == ["TooManyGraphs"] * (AT_ONCE - 1) + ["done"]
    assert Graph.objects.filter(owner=ada).count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_saves_that_come_at_once_one_takes_the_last_place(settings: LazySettings, redis_url: str) -> None:
    version = make_scene().version
    settings.VERSIONS_PER_GRAPH_MAX = 2
    document = document_of(version)

    def store() -> None:
        store_next(Graph.objects.get(id=version.graph_id), document)

    assert sorted(at_once(store)) == ["TooManyVersions"] * (AT_ONCE - 1) + ["done"]
    assert version.graph.versions.count() == 2


def at_once(act: Any) -> list[str]:
    """What became of it in several threads."""
    together = Barrier(AT_ONCE)

    def one(_: int) -> str:
        together.wait(30)
        try:
            act()
        except (TooManyGraphs, TooManyVersions) as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))
