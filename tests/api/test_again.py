"""Running again over the API."""

from uuid import uuid4

import pytest

from executor.models import GraphExecution
from executor.statuses import Status
from tests.api.cast import Scene

pytestmark = pytest.mark.django_db


def ended(scene: Scene, status: Status = Status.TERMINATED) -> GraphExecution:
    """One that was stopped before anything ran."""
    body = scene.api.post(
        f"{scene.graph}/execute", {"inputs": {"question": "Why?"}, "max_cost": 5}, format="json"
    ).json()
    assert scene.api.post(f"{scene.graph}/executions/{body['id']}/stop").json()["status"] == status
    return GraphExecution.objects.get(id=body["id"])


@pytest.mark.parametrize("route", ["retry", "again"])
def test_it_starts_another_execution_of_the_same(scene: Scene, redis_url: str, route: str) -> None:
    first = ended(scene)
    answer = scene.api.post(f"{scene.graph}/executions/{first.id}/{route}", {}, format="json")
    body = answer.json()
    assert (answer.status_code, body["status"], body["trigger"], body["continues"], body["max_cost"]) == (
        202,
        "QUEUED",
        "AGAIN",
        str(first.id),
        5,
    )
    assert (body["id"] != str(first.id), body["inputs"]) == (True, {"question": "Why?"})


def test_an_unfinished_execution_and_an_unknown_node_are_refused(scene: Scene, redis_url: str) -> None:
    running = scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": 1}}, format="json").json()["id"]
    answer = scene.api.post(f"{scene.graph}/executions/{running}/retry", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "still_running")
    first = ended(scene)
    unknown = scene.api.post(f"{scene.graph}/executions/{first.id}/again", {"from_node": str(uuid4())}, format="json")
    assert (unknown.status_code, list(unknown.json()["fields"])) == (400, ["from_node"])


def test_the_same_request_twice_is_one_execution_and_strangers_find_nothing(scene: Scene, redis_url: str) -> None:
    address = f"{scene.graph}/executions/{ended(scene).id}/again"
    one, two = (scene.api.post(address, {}, format="json", headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert one.json()["id"] == two.json()["id"]
    assert scene.stranger.post(address, {}, format="json").status_code == 404
