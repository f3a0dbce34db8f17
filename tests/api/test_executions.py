"""Starting, reading and stopping executions over the API."""

from executor.models import GraphExecution
from tests.api.cast import Scene, make_scene, store_echo


def test_execute_answers_with_the_queued_execution(scene: Scene) -> None:
    answer = scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": "Why?"}}, format="json")
    body = answer.json()
    assert answer.status_code == 202
    assert (body["status"], body["inputs"], body["graph_version"], body["trigger"]) == (
        "QUEUED",
        {"question": "Why?"},
        1,
        "API",
    )
    assert GraphExecution.objects.get(id=body["id"]).user == scene.ada


def test_a_version_can_be_named(scene: Scene) -> None:
    body = {"inputs": {"question": 1}, "max_cost": 5}
    answer = scene.api.post(f"{scene.graph}/execute/1", body, format="json")
    assert (answer.status_code, answer.json()["max_cost"]) == (202, 5)
    assert scene.api.post(f"{scene.graph}/execute/2", body, format="json").status_code == 404


def test_missing_input_is_named(scene: Scene) -> None:
    answer = scene.api.post(f"{scene.graph}/execute", {}, format="json")
    assert (answer.status_code, answer.json()["fields"]) == (400, {"question": "A value is required."})


def test_ceiling_below_one_credit_is_refused(scene: Scene) -> None:
    answer = scene.api.post(f"{scene.graph}/execute", {"max_cost": 0}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["max_cost"])


def test_without_credits_nothing_starts(db: None) -> None:
    scene = make_scene(credits=0)
    answer = scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": 1}}, format="json")
    body = answer.json()
    assert (answer.status_code, body["code"], body["balance"], body["shortfall"]) == (402, "insufficient_balance", 0, 1)
    assert not GraphExecution.objects.exists()


def test_execution_is_shown_with_what_ran_and_what_came_out(scene: Scene) -> None:
    id_ = scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": "Why?"}}, format="json").json()["id"]
    body = scene.api.get(f"{scene.graph}/executions/{id_}").json()
    (run,) = body["node_executions"]
    assert (run["node_name"], run["status"], run["input_data"]["value"]) == ("question", "QUEUED", "Why?")
    assert body["outputs"] == {}


def test_stopping_a_waiting_execution_ends_it_and_stopping_again_changes_nothing(scene: Scene, redis_url: str) -> None:
    id_ = scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": 1}}, format="json").json()["id"]
    for _ in range(2):
        answer = scene.api.post(f"{scene.graph}/executions/{id_}/stop")
        assert (answer.status_code, answer.json()["status"]) == (200, "TERMINATED")


def test_strangers_neither_start_nor_see_nor_stop(scene: Scene) -> None:
    id_ = scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": 1}}, format="json").json()["id"]
    assert scene.stranger.post(f"{scene.graph}/execute", {}, format="json").status_code == 404
    assert scene.stranger.get(f"{scene.graph}/executions/{id_}").status_code == 404
    assert scene.stranger.post(f"{scene.graph}/executions/{id_}/stop").status_code == 404
    assert scene.stranger.get("/api/v1/executions").json() == []
    assert GraphExecution.objects.get(id=id_).status == "QUEUED"


def test_execution_under_another_graph_is_not_found(scene: Scene) -> None:
    id_ = scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": 1}}, format="json").json()["id"]
    other = store_echo(scene.ada).graph_id
    assert scene.api.get(f"/api/v1/graphs/{other}/executions/{id_}").status_code == 404


def test_executions_are_listed_newest_first_in_pages(scene: Scene) -> None:
    ids = [
        scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": n}}, format="json").json()["id"]
        for n in range(3)
    ]
    first = scene.api.get("/api/v1/executions?page_size=2").json()
    second = scene.api.get("/api/v1/executions?page_size=2&page=2").json()
    assert [body["id"] for body in [*first, *second]] == ids[::-1]
    assert scene.api.get("/api/v1/executions?page_size=101").status_code == 400
