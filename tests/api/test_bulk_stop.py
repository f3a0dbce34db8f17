"""Stopping many executions with one request."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from executor.events import execution_events
from executor.models import GraphExecution
from tests.api.cast import Scene, store_echo
from tests.api.rows import past

ADDRESS = "/api/v1/executions/stop"


def queued(scene: Scene, **fields: Any) -> GraphExecution:
    return past(scene, status="QUEUED", started_at=None, ended_at=None, lease_until=None, **fields)


def running(scene: Scene, **fields: Any) -> GraphExecution:
    lease = timezone.now() + timedelta(hours=1)
    return past(scene, status="RUNNING", ended_at=None, lease_until=lease, **fields)


def stop(scene: Scene, **body: Any) -> dict[str, Any]:
    answer = scene.api.post(ADDRESS, body, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_each_is_told_of(scene: Scene, redis_url: str) -> None:
    waits, runs, ended = queued(scene), running(scene), past(scene)
    missing = uuid4()
    body = stop(scene, ids=[str(id) for id in (waits.id, runs.id, ended.id, missing, waits.id)])
    assert body == {
        "results": [
            {"id": str(waits.id), "outcome": "stopped", "status": "TERMINATED"},
            {"id": str(runs.id), "outcome": "stopping", "status": "RUNNING"},
            {"id": str(ended.id), "outcome": "finished", "status": "COMPLETED"},
            {"id": str(missing), "outcome": "not_found", "status": None},
        ],
        "has_more": False,
    }
    runs.refresh_from_db()
    assert runs.cancel_requested_at is not None
    ended.refresh_from_db()
    assert (ended.status, ended.cancel_requested_at) == ("COMPLETED", None)


def test_asking_again_changes_nothing(scene: Scene, redis_url: str) -> None:
    runs = running(scene)
    stop(scene, ids=[str(runs.id)])
    first = GraphExecution.objects.get(id=runs.id).cancel_requested_at
    assert stop(scene, ids=[str(runs.id)])["results"][0]["outcome"] == "stopping"
    assert GraphExecution.objects.get(id=runs.id).cancel_requested_at == first


@pytest.mark.django_db(transaction=True)
def test_with_a_key_of_the_clients_too_each_ends_by_itself(scene: Scene, redis_url: str) -> None:
    """No request holds many executions and the account at once, which the workers need meanwhile."""
    ids, ended = [str(queued(scene).id) for _ in range(3)], []

    def count(**kwargs: Any) -> None:
        ended.append(GraphExecution.objects.filter(status="TERMINATED").count())

    execution_events.connect(count)
    first, again = (
        scene.api.post(ADDRESS, {"ids": ids}, format="json", headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    execution_events.disconnect(count)
    assert ended == [1, 2, 3]
    assert (again["Idempotent-Replayed"], again.json()) == ("true", first.json())


def test_sub_graph_stops_with_its_root(scene: Scene, redis_url: str) -> None:
    root = running(scene)
    child = running(scene, parent=root, root=root)
    assert stop(scene, ids=[str(child.id)])["results"][0]["outcome"] == "stopping"
    root.refresh_from_db()
    assert root.cancel_requested_at is not None


def test_all_of_a_graph_stop_and_no_others(scene: Scene, redis_url: str) -> None:
    ended, one, two = past(scene), queued(scene), running(scene)
    other = queued(scene, version=store_echo(scene.ada))
    results = stop(scene, graph_id=str(scene.version.graph_id))["results"]
    assert [(item["id"], item["outcome"]) for item in results] == [(str(one.id), "stopped"), (str(two.id), "stopping")]
    assert {id: GraphExecution.objects.get(id=id).status for id in (ended.id, other.id)} == {
        ended.id: "COMPLETED",
        other.id: "QUEUED",
    }


def test_strangers_stop_nothing(scene: Scene) -> None:
    runs = running(scene)
    answer = scene.stranger.post(ADDRESS, {"ids": [str(runs.id)]}, format="json")
    assert answer.json()["results"] == [{"id": str(runs.id), "outcome": "not_found", "status": None}]
    answer = scene.stranger.post(ADDRESS, {"graph_id": str(scene.version.graph_id)}, format="json")
    assert answer.status_code == 404
    runs.refresh_from_db()
    assert runs.cancel_requested_at is None


def test_more_that_run_take_no_more_queries(scene: Scene, redis_url: str) -> None:
    stop(scene, ids=[str(uuid4())])
    counts = []
    for number in (1, 30):
        ids = [str(running(scene).id) for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            stop(scene, ids=ids)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_bad_bodies_are_refused(scene: Scene) -> None:
    some = str(uuid4())
    for body, name in (
        ({}, "ids"),
        ({"ids": []}, "ids"),
        ({"ids": [some] * 501}, "ids"),
        ({"ids": ["x"]}, "ids"),
        ({"ids": {"a": 1}}, "ids"),
        ({"ids": [some], "graph_id": some}, "ids"),
        ({"graph_id": "7"}, "graph_id"),
        ({"graph_id": None}, "graph_id"),
    ):
        answer = scene.api.post(ADDRESS, body, format="json")
        assert answer.status_code == 400, body
        assert {field.partition(".")[0] for field in answer.json()["fields"]} == {name}


def test_five_hundred_may_be_named(scene: Scene) -> None:
    body = stop(scene, ids=[str(uuid4()) for _ in range(500)])
    assert {item["outcome"] for item in body["results"]} == {"not_found"}
