"""Webhook endpoints over the API, and the log of what was delivered to them."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from executor.hosting.services import door
from executor.models import GraphExecution
from notifications.deliveries.delivering import deliver_due
from notifications.kinds import OF_EXECUTIONS
from notifications.models import Delivery, Endpoint, EndpointSecret
from tests.api.cast import Scene, make_scene, store_echo
from tests.executor.running import run
from tests.notifications.sink import HOST, Answer, Sink, opened_sink

ENDPOINTS = "/api/v1/webhook-endpoints"
URL = "https://hooks.example.org/sluice"


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[Sink]:
    with opened_sink() as opened:
        settings.PRIVATE_HOSTS, settings.OUTWARD_PORTS = [HOST], [str(opened.port)]
        door.cache_clear()
        yield opened
        door.cache_clear()


@pytest.fixture
def live(transactional_db: None) -> Scene:
    """One whose rows other threads see."""
    return make_scene()


def made(scene: Scene, url: str = URL, **wish: Any) -> Any:
    return scene.api.post(ENDPOINTS, {"url": url} | wish, format="json")


def at(endpoint: Any, *more: Any) -> str:
    return "/".join([ENDPOINTS, str(endpoint["id"]), *map(str, more)])


def executed(scene: Scene) -> GraphExecution:
    answer = scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": "Why?"}}, format="json")
    return run(GraphExecution.objects.get(id=answer.json()["id"]))


def test_an_endpoint_is_made_and_its_secret_shown_once(scene: Scene) -> None:
    answer = made(scene)
    body = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert body["secret"].startswith("whsec_")
    assert (body["events"], body["is_enabled"], body["graph_id"]) == (sorted(OF_EXECUTIONS), True, None)

    shown = scene.api.get(at(body)).json()
    assert shown == {name: value for name, value in body.items() if name != "secret"}
    assert scene.api.get(ENDPOINTS).json() == [shown]
    assert body["secret"] not in EndpointSecret.objects.get().sealed


@pytest.mark.parametrize(
    "wish",
    [
        {"url": ""},
        {"url": "ftp://hooks.example.org/"},
        {"url": "https://"},
        {"url": "not an address"},
        {"url": "http://hooks.example.org:22/"},
        {"url": "http://127.0.0.1/"},
        {"url": "http://[::1]/"},
        {"url": "http://169.254.169.254/latest"},
        {"url": "http://[::ffff:10.0.0.1]/"},
        {"url": "https://hooks.example.org/" + "x" * 2000},
        {"url": "https://hooks.example.org/\u0000"},
        {"url": "https://hooks.example.org:99999999999999999999/"},
        {"url": 7 * 10**400},
        {"url": None},
        {"url": ["https://hooks.example.org/"]},
        {"events": []},
        {"events": ["execution.started"]},
        {"events": ["endpoint.test"]},
        {"events": "execution.failed"},
        {"events": [["execution.failed"]]},
        {"events": [{}]},
        {"graph_id": "x"},
    ],
    ids=str,
)
def test_bad_input_is_refused(scene: Scene, wish: dict[str, Any]) -> None:
    answer = made(scene, **wish)
    assert answer.status_code == 400
    endpoint = made(scene).json()
    assert scene.api.patch(at(endpoint), wish, format="json").status_code == 400
    assert scene.api.get(at(endpoint)).json()["url"] == URL


def test_a_strangers_graph_is_not_found(scene: Scene) -> None:
    endpoint = made(scene).json()
    assert (
        scene.stranger.post(ENDPOINTS, {"url": URL, "graph_id": str(scene.version.graph_id)}, format="json").status_code
        == 404
    )
    assert scene.api.patch(at(endpoint), {"graph_id": str(uuid4())}, format="json").status_code == 404


def test_strangers_find_nothing(scene: Scene) -> None:
    endpoint = made(scene).json()
    delivery = scene.api.post(at(endpoint, "test")).json()
    stranger = scene.stranger
    log = at(endpoint, "deliveries", delivery["id"])
    answers = [
        stranger.get(at(endpoint)),
        stranger.patch(at(endpoint), {"is_enabled": False}, format="json"),
        stranger.delete(at(endpoint)),
        stranger.post(at(endpoint, "secret")),
        stranger.post(at(endpoint, "test")),
        stranger.get(at(endpoint, "deliveries")),
        stranger.get(log),
        stranger.post(f"{log}/resend"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    theirs = stranger.post(ENDPOINTS, {"url": URL}, format="json").json()
    assert stranger.get(at(theirs, "deliveries", delivery["id"])).status_code == 404
    assert stranger.post(at(theirs, "deliveries", delivery["id"], "resend")).status_code == 404


def test_there_are_as_many_as_the_settings_say(scene: Scene, settings: LazySettings) -> None:
    settings.ENDPOINTS_PER_USER_MAX = 1
    assert made(scene).status_code == 201
    refused = made(scene)
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (403, "too_many_endpoints", 1)


def test_the_same_request_makes_one(scene: Scene) -> None:
    first, second = (
        scene.api.post(ENDPOINTS, {"url": URL}, format="json", headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert first.json() == second.json()
    assert Endpoint.objects.count() == 1


def test_an_endpoint_is_changed_and_deleted(scene: Scene) -> None:
    endpoint = made(scene).json()
    graph = str(store_echo(scene.ada).graph_id)
    wish = {"url": "https://other.example.org/", "events": ["execution.failed"], "graph_id": graph}
    changed = scene.api.patch(at(endpoint), wish | {"is_enabled": False}, format="json").json()
    assert {name: changed[name] for name in wish} == wish
    assert not changed["is_enabled"]

    changed = scene.api.patch(at(endpoint), {"graph_id": None}, format="json").json()
    assert (changed["graph_id"], changed["url"]) == (None, wish["url"])
    scene.api.post(at(endpoint, "secret"))
    assert scene.api.delete(at(endpoint)).json() == {"id": endpoint["id"]}
    assert scene.api.get(at(endpoint)).status_code == 404
    assert EndpointSecret.objects.count() == 0


def test_secrets_are_changed_with_an_overlap(scene: Scene) -> None:
    endpoint = made(scene).json()
    answer = scene.api.post(at(endpoint, "secret"))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer.json()["secret"] != endpoint["secret"]
    assert EndpointSecret.objects.count() == 2
    scene.api.post(at(endpoint, "secret"), {"overlap_seconds": 0}, format="json")
    assert EndpointSecret.objects.count() == 1
    for wrong in (-1, 8 * 24 * 3600, 10**400, "x", None):
        assert scene.api.post(at(endpoint, "secret"), {"overlap_seconds": wrong}, format="json").status_code == 400


def test_executions_that_end_are_delivered_logged_and_sent_again(live: Scene, sink: Sink) -> None:
    endpoint = made(live, sink.url).json()
    sink.answer = Answer(500, body=b"No\x00t now")
    execution = executed(live)
    deliver_due()
    (failed,) = live.api.get(at(endpoint, "deliveries")).json()["items"]
    assert (failed["status"], failed["event"], failed["tries"]) == ("WAITING", "execution.completed", 1)
    assert failed["execution_id"] == str(execution.id)
    (attempt,) = failed["attempts"]
    assert (attempt["number"], attempt["status_code"], attempt["answer"], attempt["error"]) == (1, 500, "Not now", "")
    assert attempt["milliseconds"] >= 0
    assert live.api.get(at(endpoint)).json()["failing_since"] is not None

    sink.answer = Answer(200)
    again = live.api.post(at(endpoint, "deliveries", failed["id"], "resend"))
    assert (again.status_code, again.json()["status"], again.json()["tries"]) == (202, "WAITING", 0)
    deliver_due()
    taken = live.api.get(at(endpoint, "deliveries", failed["id"])).json()
    assert (taken["status"], [one["status_code"] for one in taken["attempts"]]) == ("DELIVERED", [500, 200])
    assert sink.ids == [failed["webhook_id"]] * 2
    assert [received.verify(endpoint["secret"])["type"] for received in sink.received] == ["execution.completed"] * 2


def test_a_test_is_delivered(live: Scene, sink: Sink) -> None:
    endpoint = made(live, sink.url, events=["execution.failed"]).json()
    answer = live.api.post(at(endpoint, "test"))
    assert (answer.status_code, answer.json()["event"], answer.json()["attempts"]) == (202, "endpoint.test", [])
    deliver_due()
    assert sink.received[0].verify(endpoint["secret"])["type"] == "endpoint.test"
    assert live.api.get(at(endpoint, "deliveries", answer.json()["id"])).json()["status"] == "DELIVERED"


def test_nothing_is_sent_to_an_endpoint_that_is_off(scene: Scene) -> None:
    endpoint = made(scene).json()
    delivery = scene.api.post(at(endpoint, "test")).json()
    scene.api.patch(at(endpoint), {"is_enabled": False}, format="json")
    for answer in (
        scene.api.post(at(endpoint, "test")),
        scene.api.post(at(endpoint, "deliveries", delivery["id"], "resend")),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "endpoint_off")
    assert scene.api.get(at(endpoint, "deliveries", delivery["id"])).json()["next_at"] is None


def test_the_log_is_read_page_by_page_and_filtered(scene: Scene) -> None:
    endpoint = made(scene).json()
    ids = [scene.api.post(at(endpoint, "test")).json()["id"] for _ in range(3)]
    log = at(endpoint, "deliveries")
    first = scene.api.get(log, {"limit": 2}).json()
    second = scene.api.get(log, {"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None

    Delivery.objects.filter(id=ids[0]).update(status="GIVEN_UP")
    assert [item["id"] for item in scene.api.get(log, {"status": "GIVEN_UP"}).json()["items"]] == ids[:1]
    assert scene.api.get(log, {"event": "execution.failed"}).json()["items"] == []
    assert scene.api.get(log, {"execution_id": str(uuid4())}).json()["items"] == []
    for wrong in (
        {"status": "x"},
        {"event": "x"},
        {"execution_id": "x"},
        {"cursor": "x"},
        {"limit": 0},
        {"limit": 101},
    ):
        assert scene.api.get(log, wrong).status_code == 400


def test_the_log_costs_the_same_whatever_it_holds(scene: Scene) -> None:
    endpoint = made(scene).json()
    for _ in range(5):
        scene.api.post(at(endpoint, "test"))
    counts = []
    for limit in (1, 5):
        with CaptureQueriesContext(connection) as asked:
            scene.api.get(at(endpoint, "deliveries"), {"limit": limit})
        counts.append(len(asked))
    assert counts[0] == counts[1]
