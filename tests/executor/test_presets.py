"""Saved ways to start a graph, over the API."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings

from executor.models import GraphExecution
from executor.presets.models import Preset
from executor.webhooks.models import Webhook
from graphs.document import GraphDocument
from graphs.models import Graph
from graphs.storage import write_version
from tests.api.cast import ECHO_LINKS, Scene, make_scene, store_echo
from tests.executor.building import build, given, result

PRESETS = "/api/v1/library/presets"


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def made(scene: Scene, **more: Any) -> Any:
    body = {"graph_id": str(scene.version.graph_id), "name": "Why", "inputs": {"question": "Why?"}, **more}
    return scene.api.post(PRESETS, body, format="json")


def second_version(scene: Scene) -> None:
    newer = build({"question": given("other"), "answer": result("answer")}, ECHO_LINKS)
    document = GraphDocument(id=str(scene.version.graph_id), version=2, name="x", nodes=newer.nodes, links=newer.links)
    write_version(scene.version.graph, document)
    Graph.objects.filter(id=scene.version.graph_id).update(active_version=2)


def test_a_preset_is_saved_shown_changed_and_deleted(scene: Scene) -> None:
    answer = made(scene)
    body = answer.json()
    assert (answer.status_code, body["name"], body["graph_version"], body["inputs"]) == (
        201,
        "Why",
        1,
        {"question": "Why?"},
    )
    address = f"{PRESETS}/{body['id']}"
    assert scene.api.get(address).json()["id"] == body["id"]
    changed = scene.api.patch(address, {"name": "How", "inputs": {}}, format="json")
    assert (changed.status_code, changed.json()["name"], changed.json()["inputs"]) == (200, "How", {})
    assert scene.api.delete(address).status_code == 204
    assert scene.api.get(address).status_code == 404


def test_they_are_listed_in_pages_and_by_graph(scene: Scene) -> None:
    ids = [made(scene, name=str(number)).json()["id"] for number in range(3)]
    made(scene, graph_id=str(store_echo(scene.ada).graph_id))
    answer = scene.api.get(f"{PRESETS}?graph_id={scene.version.graph_id}&page_size=2").json()
    assert [preset["id"] for preset in answer["presets"]] == ids[:0:-1]
    assert answer["pagination"] == {"total_items": 3, "total_pages": 2, "current_page": 1, "page_size": 2}


def test_executing_lays_the_given_values_over_the_saved_ones(scene: Scene) -> None:
    id_ = made(scene).json()["id"]
    saved = scene.api.post(f"{PRESETS}/{id_}/execute", {}, format="json")
    given_ = scene.api.post(f"{PRESETS}/{id_}/execute", {"inputs": {"question": "How?"}}, format="json")
    assert (saved.status_code, saved.json()["inputs"], saved.json()["preset_id"]) == (202, {"question": "Why?"}, id_)
    assert given_.json()["inputs"] == {"question": "How?"}


def test_a_graph_is_executed_with_a_preset_in_the_presets_version(scene: Scene) -> None:
    id_ = made(scene).json()["id"]
    second_version(scene)
    body = scene.api.post(f"{scene.graph}/execute", {"preset_id": id_}, format="json").json()
    assert (body["graph_version"], body["inputs"], body["preset_id"]) == (1, {"question": "Why?"}, id_)


def test_the_version_in_the_address_wins_and_must_have_the_saved_inputs(scene: Scene) -> None:
    id_ = made(scene).json()["id"]
    second_version(scene)
    answer = scene.api.post(f"{scene.graph}/execute/2", {"preset_id": id_}, format="json")
    assert (answer.status_code, set(answer.json()["fields"])) == (400, {"question", "other"})


def test_a_preset_is_made_from_an_execution(scene: Scene) -> None:
    execution = scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": "Who?"}}, format="json").json()
    second_version(scene)
    body = scene.api.post(PRESETS, {"graph_execution_id": execution["id"], "name": "Who"}, format="json").json()
    assert (body["inputs"], body["graph_version"]) == ({"question": "Who?"}, 1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"inputs": {"unknown": 1}}, "unknown"),
        ({"inputs": {"question": "\x00"}}, "question"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"graph_execution_id": str(uuid4())}, "graph_id"),
    ],
)
def test_what_cannot_be_saved_is_named(scene: Scene, change: dict[str, Any], field: str) -> None:
    answer = made(scene, **change)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert not Preset.objects.exists()


def test_a_change_is_checked_against_the_version_that_it_asks_for(scene: Scene) -> None:
    address = f"{PRESETS}/{made(scene).json()['id']}"
    second_version(scene)
    refused = scene.api.patch(address, {"graph_version": 2}, format="json")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["question"])
    moved = scene.api.patch(address, {"graph_version": 2, "inputs": {"other": 1}}, format="json")
    assert moved.json()["graph_version"] == 2
    assert scene.api.patch(address, {"graph_version": 3}, format="json").status_code == 404


def test_strangers_find_nothing(scene: Scene) -> None:
    id_ = made(scene).json()["id"]
    address = f"{PRESETS}/{id_}"
    assert scene.stranger.get(address).status_code == 404
    assert scene.stranger.patch(address, {"name": "x"}, format="json").status_code == 404
    assert scene.stranger.delete(address).status_code == 404
    assert scene.stranger.post(f"{address}/execute", {}, format="json").status_code == 404
    assert scene.stranger.get(PRESETS).json()["presets"] == []
    other = store_echo(scene.ada).graph_id
    assert scene.api.post(f"/api/v1/graphs/{other}/execute", {"preset_id": id_}, format="json").status_code == 404
    execution = scene.api.post(f"{scene.graph}/execute", {"preset_id": id_}, format="json").json()["id"]
    stolen = scene.stranger.post(PRESETS, {"graph_execution_id": execution, "name": "x"}, format="json")
    assert stolen.status_code == 404


def test_a_preset_goes_with_its_version_and_its_executions_stay(scene: Scene) -> None:
    id_ = made(scene).json()["id"]
    scene.api.post(f"{PRESETS}/{id_}/execute", {}, format="json")
    scene.api.delete(f"{PRESETS}/{id_}")
    assert GraphExecution.objects.get().preset is None
    assert scene.api.post(f"{scene.graph}/execute", {"preset_id": id_}, format="json").status_code == 404


def test_the_webhook_that_starts_a_preset_is_named(scene: Scene) -> None:
    body = made(scene).json()
    assert body["webhook_id"] is None
    preset = Preset.objects.get(id=body["id"])
    webhook = Webhook.objects.create(
        user=scene.ada, graph=scene.version.graph, version=scene.version, node_id=uuid4(), preset=preset, name="x"
    )
    assert scene.api.get(f"{PRESETS}/{body['id']}").json()["webhook_id"] == str(webhook.id)
    assert [line["webhook_id"] for line in scene.api.get(PRESETS).json()["presets"]] == [str(webhook.id)]


def test_one_more_than_the_limit_is_refused(scene: Scene, settings: LazySettings) -> None:
    settings.PRESETS_PER_USER_MAX = 2
    assert [made(scene).status_code for _ in range(3)] == [201, 201, 403]
    refused = made(scene).json()
    assert (refused["code"], refused["limit"]) == ("too_many_presets", 2)
    assert "PRESETS_PER_USER_MAX" in refused["detail"]
    assert scene.api.delete(f"{PRESETS}/{Preset.objects.first().id}").status_code == 204
    assert made(scene).status_code == 201
