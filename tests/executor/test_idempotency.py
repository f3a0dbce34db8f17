"""One request, one execution, however often and however fast it is sent."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connections

from executor.models import GraphExecution, NodeExecution
from tests.api.cast import Scene, client_of, make_scene, store_echo
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 50


@pytest.fixture
def scene(redis_url: str) -> Scene:
    return make_scene()


def ask(scene: Scene, key: str = "k", value: Any = 1, **more: Any) -> Any:
    body = {"inputs": {"question": value}, **more}
    return scene.api.post(f"{scene.graph}/execute", body, format="json", headers={"Idempotency-Key": key})


def test_the_same_request_again_gives_the_first_execution(scene: Scene) -> None:
    first, second = ask(scene), ask(scene)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    assert (GraphExecution.objects.count(), NodeExecution.objects.count()) == (1, 1)


def test_fifty_at_once_are_one_execution(scene: Scene, settings: LazySettings) -> None:
    """Even at a limit that one start reaches."""
    settings.QUEUED_PER_USER_MAX = 1
    together = Barrier(AT_ONCE)

    def send(number: int) -> tuple[int, str]:
        api = client_of(scene.ada)
        together.wait(60)
        try:
            answer = api.post(
                f"{scene.graph}/execute",
                {"inputs": {"question": 1}},
                format="json",
                headers={"Idempotency-Key": "fifty"},
            )
            return answer.status_code, answer.json().get("id", answer.json().get("code"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = set(threads.map(send, range(AT_ONCE)))
    execution = GraphExecution.objects.get()
    assert answers == {(202, str(execution.id))}
    assert NodeExecution.objects.count() == 1


def test_another_request_under_the_same_key_is_refused(scene: Scene) -> None:
    ask(scene)
    for other in (ask(scene, value=2), ask(scene, max_cost=3), ask(scene, dry_run=True)):
        assert (other.status_code, other.json()["code"], other.json()["key"]) == (422, "key_reused", "k")
    other_graph = store_echo(scene.ada).graph_id
    answer = scene.api.post(
        f"/api/v1/graphs/{other_graph}/execute",
        {"inputs": {"question": 1}},
        format="json",
        headers={"Idempotency-Key": "k"},
    )
    assert answer.status_code == 422
    assert GraphExecution.objects.count() == 1


def test_the_order_of_keys_in_the_body_and_a_slash_do_not_matter(scene: Scene) -> None:
    first = scene.api.post(
        f"{scene.graph}/execute/",
        '{"max_cost": 3, "inputs": {"question": 1}}',
        content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )
    assert ask(scene, max_cost=3).json()["id"] == first.json()["id"]


def test_two_users_may_have_the_same_key(scene: Scene) -> None:
    ask(scene)
    kate = make_user("kate@example.org")
    answer = client_of(kate).post(
        f"/api/v1/graphs/{store_echo(kate).graph_id}/execute",
        {"inputs": {"question": 1}},
        format="json",
        headers={"Idempotency-Key": "k"},
    )
    assert answer.status_code == 202
    assert GraphExecution.objects.count() == 2


def test_what_was_refused_may_be_sent_again(scene: Scene) -> None:
    """A request that started nothing has not used its key."""
    refused = scene.api.post(f"{scene.graph}/execute", {}, format="json", headers={"Idempotency-Key": "k"})
    assert refused.status_code == 400
    assert ask(scene).status_code == 202


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_cannot_be_kept_is_refused(scene: Scene, key: str) -> None:
    answer = ask(scene, key=key)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Idempotency-Key"])


def test_a_key_of_the_greatest_length_is_taken(scene: Scene) -> None:
    assert ask(scene, key="x" * 255).status_code == 202
