"""Graphs and blocks over the API."""

from typing import Any

import pytest

from graphs.exporting import export_graph
from graphs.models import Graph
from tests.api.cast import Scene, store_echo
from tests.graphs.files import Nodes, graph


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


def test_graphs_are_read_page_by_page(scene: Scene) -> None:
    for _ in range(2):
        store_echo(scene.ada)
    first = scene.api.get("/api/v1/graphs", {"limit": 2}).json()
    rest = scene.api.get("/api/v1/graphs", {"cursor": first["next_cursor"]}).json()
    ids = [line["id"] for line in first["items"] + rest["items"]]
    assert ids == [str(id_) for id_ in Graph.objects.order_by("-created_at", "-id").values_list("id", flat=True)]
    assert (len(first["items"]), rest["next_cursor"]) == (2, None)
    assert scene.stranger.get("/api/v1/graphs", {"limit": 2}).json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "banana"}])
def test_a_page_that_there_cannot_be_is_refused(scene: Scene, query: dict[str, Any]) -> None:
    assert scene.api.get("/api/v1/graphs", query).status_code == 400


def test_nodes_are_shown_with_their_links_as_older_clients_expect(scene: Scene) -> None:
    body = scene.api.get(scene.graph).json()
    [link] = body["links"]
    nodes = {node["id"]: node for node in body["nodes"]}
    assert (nodes[link["source_id"]]["output_links"], nodes[link["sink_id"]]["input_links"]) == ([link], [link])
    assert (nodes[link["source_id"]]["input_links"], nodes[link["sink_id"]]["output_links"]) == ([], [])
    assert {(node["graph_id"], node["graph_version"], node["webhook_id"]) for node in body["nodes"]} == {
        (body["id"], 1, None)
    }


def test_what_sets_up_a_trigger_is_told(scene: Scene) -> None:
    assert scene.api.get(scene.graph).json()["trigger_setup_info"] is None
    nodes: Nodes = {"hook": ("GithubPullRequestTrigger", {"repo": "ada/engine"})}
    info = scene.api.post("/api/v1/graphs", {"graph": graph(nodes)}, format="json").json()["trigger_setup_info"]
    assert (info["provider"], info["credentials_input_name"]) == ("github", "github_api_key-oauth2_credentials")
    assert info["config_schema"]["properties"]["repo"]["default"] == "ada/engine"
    assert set(info["config_schema"]["properties"]) == {"repo", "events"}
    assert info["config_schema"]["required"] == ["events"]


def test_what_sets_up_a_trigger_of_anybody_needs_no_credentials(scene: Scene) -> None:
    nodes: Nodes = {"hook": ("GenericWebhookTrigger", {"constants": {}})}
    info = scene.api.post("/api/v1/graphs", {"graph": graph(nodes)}, format="json").json()["trigger_setup_info"]
    assert (info["provider"], info["credentials_input_name"]) == ("generic_webhook", None)
    assert set(info["config_schema"]["properties"]) == {"constants"}


def test_a_graph_that_is_sent_twice_is_made_once(scene: Scene) -> None:
    def send() -> Any:
        body = {"graph": export_graph(scene.version)}
        return scene.api.post("/api/v1/graphs", body, format="json", headers={"Idempotency-Key": "k"})

    assert send().json() == send().json()
    assert Graph.objects.count() == 2
