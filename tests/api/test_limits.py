"""What one request may ask for: all is well at each limit, one more is refused, and the answer names the limit."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings

from executor.launching.inputs import DEPTH
from executor.models import GraphExecution
from graphs.models import Graph
from tests.api.cast import Scene
from tests.executor.waiting import echo_graph, queued
from tests.factories import make_user
from tests.graphs.files import graph

#: A request that takes so much of something. It answers with what the API says.
Ask = Callable[[Scene, int], Any]

NODE_BYTES = len(json.dumps(graph({"n": ("StoreValue", {"input": ""})})))


def post_graph(scene: Scene, file: dict[str, Any]) -> Any:
    return scene.api.post("/api/v1/graphs", {"graph": file}, format="json")


def start(scene: Scene, question: Any = 1, **wish: Any) -> Any:
    return scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": question}, **wish}, format="json")


def graph_of_bytes(scene: Scene, amount: int) -> Any:
    return post_graph(scene, graph({"n": ("StoreValue", {"input": "x" * (amount - NODE_BYTES)})}))


def graph_of_nodes(scene: Scene, amount: int) -> Any:
    return post_graph(scene, graph({f"n{number}": ("StoreValue", {"input": 1}) for number in range(amount)}))


def graph_of_links(scene: Scene, amount: int) -> Any:
    nodes = {"from": ("StoreValue", {"input": 1})} | {f"to{i}": ("StoreValue", {}) for i in range(amount)}
    return post_graph(scene, graph(nodes, [f"from.output -> to{i}.input" for i in range(amount)]))


def body_of_bytes(scene: Scene, amount: int) -> Any:
    body = json.dumps({"inputs": {"question": ""}})
    body = body.replace('""', f'"{"x" * (amount - len(body))}"')
    return scene.api.post(f"{scene.graph}/execute", body, content_type="application/json")


def inputs_of_bytes(scene: Scene, amount: int) -> Any:
    return start(scene, "x" * (amount - len(json.dumps({"question": ""}))))


def masks_of_bytes(scene: Scene, amount: int) -> Any:
    masks = {str(scene.version.nodes.get(input_default__name="answer").id): {"value": ""}}
    return start(
        scene,
        input_masks={node: {"value": "x" * (amount - len(json.dumps(masks)))} for node in masks},
    )


def input_of_depth(scene: Scene, amount: int) -> Any:
    value: Any = 1
    for _ in range(amount):
        value = [value]
    return start(scene, value)


BYTES = 2000
REQUESTS: dict[str, tuple[dict[str, int], Ask, int, tuple[int, str]]] = {
    "body": ({"DATA_UPLOAD_MAX_MEMORY_SIZE": BYTES}, body_of_bytes, BYTES, (413, "(REQUEST_MAX_BYTES)")),
    "graph": ({"GRAPH_MAX_BYTES": BYTES}, graph_of_bytes, BYTES, (400, "(GRAPH_MAX_BYTES)")),
    "nodes": ({"GRAPH_MAX_NODES": 3}, graph_of_nodes, 3, (400, "(GRAPH_MAX_NODES)")),
    "links": ({"GRAPH_MAX_LINKS": 3}, graph_of_links, 3, (400, "(GRAPH_MAX_LINKS)")),
    "inputs": ({"INPUT_MAX_BYTES": BYTES}, inputs_of_bytes, BYTES, (400, "(INPUT_MAX_BYTES)")),
    "masks": ({"INPUT_MAX_BYTES": BYTES}, masks_of_bytes, BYTES, (400, "(INPUT_MAX_BYTES)")),
    "depth": ({}, input_of_depth, DEPTH, (400, f"more than {DEPTH} deep")),
    "priority": ({}, lambda scene, amount: start(scene, priority=amount), 100, (400, "priority")),
    "low priority": ({}, lambda scene, amount: start(scene, priority=-amount), 100, (400, "priority")),
    "cost": ({}, lambda scene, amount: start(scene, max_cost=amount), 2**63 - 1, (400, "max_cost")),
    "seconds": ({}, lambda scene, amount: start(scene, max_seconds=amount), 2**31 - 1, (400, "max_seconds")),
}


@pytest.mark.parametrize(("limits", "ask", "most", "refusal"), REQUESTS.values(), ids=REQUESTS.keys())
def test_the_limit_itself_is_accepted_and_one_more_is_refused_by_name(
    scene: Scene, settings: LazySettings, limits: dict[str, int], ask: Ask, most: int, refusal: tuple[int, str]
) -> None:
    for name, value in limits.items():
        setattr(settings, name, value)
    accepted = ask(scene, most)
    assert accepted.status_code in (201, 202), accepted.json()
    stored = Graph.objects.count(), GraphExecution.objects.count()
    refused = ask(scene, most + 1)
    assert (refused.status_code, refusal[1] in refused.json()["detail"]) == (refusal[0], True), refused.json()
    assert (Graph.objects.count(), GraphExecution.objects.count()) == stored


@pytest.mark.parametrize("name", ["max_cost", "max_seconds"])
def test_a_ceiling_begins_at_one(scene: Scene, name: str) -> None:
    assert start(scene, **{name: 1}).status_code == 202
    assert start(scene, **{name: 0}).status_code == 400


@pytest.mark.parametrize(
    ("limit", "status", "code"),
    [
        ("STARTS_PER_MINUTE_MAX", 429, "too_many_executions"),
        ("QUEUED_PER_USER_MAX", 429, "too_many_executions"),
        ("QUEUED_MAX", 503, "queue_full"),
    ],
)
def test_as_many_executions_as_may_be_there_are_stored_and_one_more_is_told_when_to_come_back(
    scene: Scene, settings: LazySettings, limit: str, status: int, code: str
) -> None:
    setattr(settings, limit, 3)
    answers = [start(scene) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, status]
    body = answers[-1].json()
    assert (body["code"], body["limit"], body["maximum"]) == (code, limit, 3)
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert GraphExecution.objects.count() == 3


def test_what_a_hundred_times_too_many_ask_for_is_refused_as_one_is(scene: Scene, settings: LazySettings) -> None:
    settings.QUEUED_MAX = 3
    queued(echo_graph(make_user("crowd@example.org")), 300)
    assert start(scene).status_code == 503
