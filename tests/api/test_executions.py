"""Starting, reading and stopping executions over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from executor.models import GraphExecution
from tests.api.cast import Scene, make_scene, store_echo
from tests.api.rows import add_runs, past

MAY = datetime(2026, 5, 10, 12, tzinfo=UTC)
ALL = "/api/v1/executions"


def listed(scene: Scene, **parameters: Any) -> list[str]:
    answer = scene.api.get(ALL, parameters)
    assert answer.status_code == 200, answer.content
    return [body["id"] for body in answer.json()]


def ids_of(*executions: GraphExecution) -> list[str]:
    return [str(execution.id) for execution in executions]


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


def test_what_older_clients_say_of_themselves_is_taken_and_changes_nothing(scene: Scene) -> None:
    body = {
        "inputs": {"question": 1},
        "source": "builder",
        "credentials_inputs": {},
        "preset_id": None,
        "dry_run": False,
    }
    answer = scene.api.post(f"{scene.graph}/execute/1", body, format="json")
    assert (answer.status_code, answer.json()["trigger"]) == (202, "API")


def test_graph_that_cannot_run_names_its_nodes(scene: Scene) -> None:
    scene.version.nodes.filter(metadata__customized_name="question").update(block_id="gone")
    answer = scene.api.post(f"{scene.graph}/execute", {"inputs": {}}, format="json")
    body = answer.json()
    assert (answer.status_code, body["code"], body["message"] == body["detail"]) == (400, "graph_invalid", True)
    assert isinstance(body["node_errors"], dict)
    assert body["type"]


def test_executions_are_chosen_by_what_they_are(scene: Scene) -> None:
    good = past(scene, trigger="SCHEDULE", created_at=MAY)
    bad = past(scene, status="FAILED", created_at=MAY + timedelta(days=1))
    other = past(scene, version=store_echo(scene.ada), created_at=MAY + timedelta(days=2))
    assert listed(scene) == ids_of(other, bad, good)
    assert listed(scene, status="FAILED") == ids_of(bad)
    assert listed(scene, status=["FAILED", "COMPLETED"], trigger="SCHEDULE") == ids_of(good)
    assert listed(scene, graph_id=str(other.graph_id)) == ids_of(other)
    assert listed(scene, since="2026-05-11T12:00:00Z") == ids_of(other, bad)
    assert listed(scene, since="2026-05-11T12:00:00Z", until="2026-05-12T12:00:00Z") == ids_of(bad)


def test_executions_are_ordered_as_is_wished(scene: Scene) -> None:
    cheap, dear = past(scene, cost=1), past(scene, cost=2)
    assert listed(scene, ordering="-cost") == ids_of(dear, cheap)
    assert listed(scene, ordering="cost") == listed(scene, ordering="created_at") == ids_of(cheap, dear)
    for ordering in ("user__password", "-inputs", "?", "id"):
        answer = scene.api.get(ALL, {"ordering": ordering})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["ordering"]), ordering


def test_executions_are_read_on_by_cursor(scene: Scene) -> None:
    executions = [past(scene, created_at=MAY) for _ in range(5)]
    first = scene.api.get(ALL, {"limit": 3}).json()
    past(scene)
    second = scene.api.get(ALL, {"limit": "3", "cursor": first["next_cursor"]}).json()
    assert [body["id"] for body in first["items"] + second["items"]] == ids_of(*executions[::-1])
    assert second["next_cursor"] is None
    answer = scene.api.get(ALL, {"limit": "3", "ordering": "cost"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["ordering"])


def test_executions_of_a_graph_are_listed_with_their_pages(scene: Scene) -> None:
    executions = [past(scene) for _ in range(3)]
    past(scene, version=store_echo(scene.ada))
    past(scene, parent=executions[0], root=executions[0])
    body = scene.api.get(f"{scene.graph}/executions", {"page_size": 2, "page": 2}).json()
    assert [item["id"] for item in body["executions"]] == ids_of(executions[0])
    assert body["pagination"] == {"total_items": 3, "total_pages": 2, "current_page": 2, "page_size": 2}
    page = scene.api.get(f"{scene.graph}/executions", {"limit": 2}).json()
    assert [item["id"] for item in page["items"]] == ids_of(*executions[:0:-1])
    assert scene.stranger.get(f"{scene.graph}/executions").status_code == 404


def test_more_executions_take_no_more_queries(scene: Scene) -> None:
    for address in (ALL, f"{scene.graph}/executions", f"{ALL}?limit=100"):
        counts = []
        for _ in range(2):
            for _ in range(10):
                past(scene)
            scene.api.get(address)
            with CaptureQueriesContext(connection) as queries:
                scene.api.get(address)
            counts.append(len(queries))
        assert counts[0] == counts[1], address


def test_inputs_that_have_no_room_in_a_list_are_left_out(scene: Scene) -> None:
    for n in range(10):
        past(scene, inputs={"question": f"{n}" * 1024 * 1024}, created_at=MAY + timedelta(days=n))
    answer = scene.api.get(ALL)
    bodies = answer.json()
    assert len(answer.content) < 9 * 1024 * 1024
    assert [body["has_all_inputs"] for body in bodies] == [True] * 7 + [False] * 3
    assert (bodies[6]["inputs"]["question"][0], bodies[7]["inputs"]) == ("3", {})


def test_bad_parameters_of_lists_are_named(scene: Scene) -> None:
    for name, value in (
        ("status", "GONE"),
        ("trigger", "status"),
        ("graph_id", "1"),
        ("since", "NaN"),
        ("page", "0"),
        ("page", "9" * 400),
        ("limit", "101"),
        ("cursor", "x"),
    ):
        answer = scene.api.get(ALL, {name: value})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [name]), value
    answer = scene.api.get(ALL, {"since": "2026-05-02T00:00:00Z", "until": "2026-05-01T00:00:00Z"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["since"])


def test_shared_executions_say_so(scene: Scene) -> None:
    shared, other = past(scene), past(scene)
    add_runs(shared, [[1]])
    scene.api.post(f"{scene.graph}/executions/{shared.id}/share")
    bodies = {body["id"]: body["is_shared"] for body in scene.api.get(ALL).json()}
    assert bodies == {str(shared.id): True, str(other.id): False}
    assert scene.api.get(f"{scene.graph}/executions/{shared.id}").json()["is_shared"] is True
