"""Graphs and blocks over the API."""

from typing import Any

from graphs.exporting import export_graph
from graphs.models import Graph
from tests.api.cast import Scene


def test_graphs_are_listed(scene: Scene) -> None:
    (line,) = scene.api.get("/api/v1/graphs").json()
    assert (line["id"], line["name"], line["version"], line["is_active"]) == (
        str(scene.version.graph_id),
        "Echo",
        1,
        True,
    )


def test_strangers_graphs_are_not_listed(scene: Scene) -> None:
    assert scene.stranger.get("/api/v1/graphs").json() == []


def test_graph_is_shown_with_nodes_links_and_schemas(scene: Scene) -> None:
    body = scene.api.get(scene.graph).json()
    assert {len(body["nodes"]), len(body["links"])} == {2, 1}
    assert list(body["input_schema"]["properties"]) == ["question"]
    assert list(body["output_schema"]["properties"]) == ["answer"]


def test_a_slash_at_the_end_makes_no_difference(scene: Scene) -> None:
    assert scene.api.get(f"{scene.graph}/").json() == scene.api.get(scene.graph).json()


def test_strangers_graph_is_not_found(scene: Scene) -> None:
    assert scene.stranger.get(scene.graph).status_code == 404


def test_exported_graph_is_imported_with_a_report(scene: Scene) -> None:
    file = export_graph(scene.version)
    answer = scene.stranger.post("/api/v1/graphs", {"graph": file}, format="json")
    body: dict[str, Any] = answer.json()
    assert answer.status_code == 201
    assert body["id"] != file["id"]
    assert body["report"]["mapped"][0]["old_id"] == file["id"]
    assert Graph.objects.filter(id=body["id"], owner__email="grace@example.org").exists()


def test_bad_graph_is_refused_with_the_reason(scene: Scene) -> None:
    answer = scene.api.post("/api/v1/graphs", {"graph": {"nodes": "many"}}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "graph_invalid")
    assert "nodes" in answer.json()["detail"]


def test_blocks_are_listed_with_their_prices(scene: Scene) -> None:
    blocks = {block["name"]: block for block in scene.api.get("/api/v1/blocks").json()}
    assert blocks["AgentInput"]["uiType"] == "Input"
    assert blocks["AgentInput"]["staticOutput"] is True
    assert {"id", "inputSchema", "outputSchema", "costs", "description", "categories"} <= set(blocks["AgentInput"])
