"""Saving graphs over the API: versions, who was faster, and going back to an earlier one."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from graphs.exporting import export_graph
from graphs.models import Graph, GraphVersion
from tests.api.cast import Scene, client_of, make_scene, store_echo
from tests.graphs.files import adder, graph, runs

AT_ONCE = 10


def put(scene: Scene, body: Any, *, api: APIClient | None = None, **headers: str) -> Any:
    return (api or scene.api).put(scene.graph, body, format="json", headers=headers)


def edited(scene: Scene, **keys: Any) -> dict[str, Any]:
    """What a client that has changed the name sends."""
    body: dict[str, Any] = scene.api.get(scene.graph).json()
    return body | {"name": "Edited"} | keys


def numbers(scene: Scene) -> list[int]:
    return [version["version"] for version in scene.api.get(f"{scene.graph}/versions").json()]


def test_saving_makes_a_new_version_and_leaves_the_old_one(scene: Scene) -> None:
    before = scene.api.get(scene.graph).json()
    answer = put(scene, edited(scene))
    body = answer.json()
    assert (answer.status_code, body["version"], body["is_active"], body["name"]) == (200, 2, True, "Edited")
    assert answer["ETag"] == '"2"'
    assert {node["id"] for node in body["nodes"]}.isdisjoint(node["id"] for node in before["nodes"])
    assert [line["name"] for line in scene.api.get("/api/v1/graphs").json()] == ["Edited"]
    first = scene.api.get(f"{scene.graph}/versions/1").json()
    assert first == before | {"is_active": False}


def test_saving_what_was_read_changes_nothing_but_ids(scene: Scene) -> None:
    def shape(body: dict[str, Any]) -> Any:
        places = {node["id"]: place for place, node in enumerate(body["nodes"])}
        links = [(places[link["source_id"]], places[link["sink_id"]], link["sink_name"]) for link in body["links"]]
        return [(node["block_id"], node["input_default"], node["metadata"]) for node in body["nodes"]], links

    before = scene.api.get(scene.graph).json()
    assert shape(put(scene, before).json()) == shape(before)
    saved = scene.api.get(scene.graph).json()
    assert "report" not in saved
    assert put(scene, {"graph": saved}).json()["version"] == 3


def test_only_the_owner_saves(scene: Scene) -> None:
    body = edited(scene)
    assert put(scene, body, api=scene.stranger).status_code == 404
    assert numbers(scene) == [1]


def test_who_started_from_an_older_version_is_told_so(scene: Scene) -> None:
    mine, theirs = edited(scene), edited(scene)
    assert put(scene, theirs).status_code == 200
    answer = put(scene, mine)
    body = answer.json()
    assert (answer.status_code, body["code"], body["expected"], body["active_version"]) == (409, "version_taken", 1, 2)
    assert put(scene, mine | {"version": None}).json()["version"] == 3


@pytest.mark.parametrize(
    ("header", "status"), [('"1"', 200), ('W/"1"', 200), ("*", 200), ('"2"', 409), ("1", 400), ('"x"', 400)]
)
def test_the_version_may_be_named_in_if_match(scene: Scene, header: str, status: int) -> None:
    body = edited(scene)
    del body["version"]
    assert put(scene, body, **{"If-Match": header}).status_code == status
    assert len(numbers(scene)) == (2 if status == 200 else 1)


def test_if_match_and_the_body_must_both_fit(scene: Scene) -> None:
    assert put(scene, edited(scene, version=7), **{"If-Match": '"1"'}).status_code == 409


def test_another_graphs_id_is_refused(scene: Scene) -> None:
    other = store_echo(scene.ada)
    answer = put(scene, edited(scene, id=str(other.graph_id)))
    assert (answer.status_code, answer.json()["code"]) == (400, "graph_invalid")
    assert numbers(scene) == [1]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"graph": []},
        {"name": "x", "nodes": "many"},
        {"name": "", "nodes": []},
        {"name": "x" * 201, "nodes": []},
        {"name": "x\x00", "nodes": []},
        {"name": "x", "nodes": [], "version": 10**30},
        {"name": "x", "nodes": [], "version": "banana"},
        {"name": "x", "nodes": [{"id": "a", "block_id": "short"}]},
    ],
)
def test_what_is_no_graph_is_refused(scene: Scene, body: Any) -> None:
    assert put(scene, body).status_code == 400
    assert numbers(scene) == [1]


def test_faults_are_told_by_the_ids_that_the_client_knows(scene: Scene) -> None:
    broken = graph({"a": ("Calculator", {}), "b": ("AgentOutput", {})}, ["a.nothing -> b.value"])
    answer = put(scene, broken | {"id": str(scene.version.graph_id)})
    assert (answer.status_code, answer.json()["code"]) == (400, "graph_invalid")
    assert set(answer.json()["node_errors"]) == {"a", "b"}
    assert "message" in answer.json()


def test_secrets_are_not_kept_and_the_report_says_so(scene: Scene) -> None:
    nodes = {"in": ("AgentInput", {"name": "key", "value": "sk-canary", "secret": True})}
    answer = put(scene, graph(nodes) | {"id": str(scene.version.graph_id)})
    assert answer.status_code == 200
    assert "canary" not in answer.content.decode()
    assert answer.json()["report"]["dropped"]
    assert "canary" not in str(GraphVersion.objects.get(number=2).nodes.get().input_default)


def test_templates_with_single_braces_stay_as_they_are(scene: Scene) -> None:
    """Unlike those of a file of years ago, which looks the same."""
    nodes = {"fill": ("FillTextTemplate", {"values": {}, "format": "{x}"})}
    body = {key: value for key, value in graph(nodes).items() if key not in ("sub_graphs", "id")}
    assert put(scene, body).json()["nodes"][0]["input_default"]["format"] == "{x}"


def test_a_graph_that_it_runs_stays_as_it_is(scene: Scene) -> None:
    other = store_echo(scene.ada)
    nodes = {"run": runs(str(other.graph_id), 1, ["question"], ["answer"])}
    body = put(scene, graph(nodes) | {"id": "", "sub_graphs": [adder(id="x")]}).json()
    [node] = body["nodes"]
    assert node["input_default"]["graph_id"] == str(other.graph_id)
    assert [sub["id"] for sub in body["sub_graphs"]] == [str(other.graph_id)]
    assert Graph.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_ten_that_save_at_once_make_ten_versions_without_a_gap() -> None:
    scene, start = make_scene(), Barrier(AT_ONCE)
    body = edited(scene)
    del body["version"]

    def save(number: int) -> int:
        api = client_of(scene.ada)
        start.wait(30)
        try:
            return int(put(scene, body | {"name": f"Edit {number}"}, api=api).json()["version"])
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        saved = list(threads.map(save, range(AT_ONCE)))
    assert sorted(saved) == list(range(2, AT_ONCE + 2))
    assert {version["name"] for version in scene.api.get(f"{scene.graph}/versions").json()} == {
        "Echo",
        *(f"Edit {number}" for number in range(AT_ONCE)),
    }
    active = Graph.objects.get()
    assert active.active_version == AT_ONCE + 1
    assert active.name == active.versions.get(number=AT_ONCE + 1).name


@pytest.mark.django_db(transaction=True)
def test_of_ten_that_start_from_the_same_version_one_saves() -> None:
    scene, start = make_scene(), Barrier(AT_ONCE)
    body = edited(scene)

    def save(number: int) -> int:
        api = client_of(scene.ada)
        start.wait(30)
        try:
            return int(put(scene, body, api=api).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert sorted(threads.map(save, range(AT_ONCE))) == [200] + [409] * (AT_ONCE - 1)
    assert numbers(scene) == [2, 1]


def test_versions_are_listed_newest_first_in_full(scene: Scene) -> None:
    for _ in range(2):
        put(scene, edited(scene))
    versions = scene.api.get(f"{scene.graph}/versions").json()
    assert [(version["version"], version["is_active"]) for version in versions] == [(3, True), (2, False), (1, False)]
    assert versions[2] == scene.api.get(f"{scene.graph}/versions/1").json()
    page = scene.api.get(f"{scene.graph}/versions", {"page": 2, "page_size": 2}).json()
    assert [version["version"] for version in page] == [1]
    assert scene.api.get(f"{scene.graph}/versions", {"page_size": 26}).status_code == 400
    assert scene.stranger.get(f"{scene.graph}/versions").status_code == 404


def test_many_versions_cost_as_many_queries_as_few(scene: Scene, django_assert_num_queries: Any) -> None:
    numbers(scene)  # the first use of a key is noted
    with CaptureQueriesContext(connection) as few:
        assert len(numbers(scene)) == 1
    needed = len(few)
    for _ in range(5):
        put(scene, edited(scene))
    with django_assert_num_queries(needed):
        assert len(numbers(scene)) == 6


def test_an_unknown_version_is_not_found(scene: Scene) -> None:
    assert scene.api.get(f"{scene.graph}/versions/2").status_code == 404
    assert scene.api.get(f"{scene.graph}/versions/{2**31 - 1}").status_code == 404
    assert scene.api.get(f"{scene.graph}/versions/{10**30}").status_code in (400, 404)
    assert scene.api.get(scene.graph, {"version": 2}).status_code == 404
    assert scene.api.get(scene.graph, {"version": 0}).status_code == 400


def test_an_earlier_version_is_made_active_again(scene: Scene) -> None:
    put(scene, edited(scene))
    address = f"{scene.graph}/versions/active"
    answer = scene.api.put(address, {"active_graph_version": 1}, format="json")
    assert (answer.status_code, answer.json()["version"], answer.json()["is_active"]) == (200, 1, True)
    assert scene.api.get(scene.graph).json()["version"] == 1
    assert [line["name"] for line in scene.api.get("/api/v1/graphs").json()] == ["Echo"]
    assert put(scene, edited(scene)).json()["version"] == 3


@pytest.mark.parametrize(("number", "status"), [(2, 404), (0, 400), ("x", 400), (None, 400), (2**31, 400)])
def test_a_version_that_is_not_there_is_not_made_active(scene: Scene, number: Any, status: int) -> None:
    answer = scene.api.put(f"{scene.graph}/versions/active", {"active_graph_version": number}, format="json")
    assert answer.status_code == status


def test_a_stranger_makes_no_version_active(scene: Scene) -> None:
    put(scene, edited(scene))
    address = f"{scene.graph}/versions/active"
    for body in ({"active_graph_version": 1}, {}):
        assert scene.stranger.put(address, body, format="json").status_code == 404
    assert scene.api.get(scene.graph).json()["version"] == 2


def test_a_version_is_exported_as_a_file_for_others(scene: Scene) -> None:
    put(scene, edited(scene))
    file = scene.api.get(scene.graph, {"for_export": "true", "version": 1}).json()
    assert file == scene.api.get(f"{scene.graph}/versions/1", {"for_export": "true"}).json()
    assert file == export_graph(scene.version)
    assert file["user_id"] == ""
