"""A key belongs to the request that it came with first, whatever keeps the answer: another address is refused."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from threading import Barrier
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from api.models import KeyedAnswer
from credits.payments.models import Payment
from executor.models import GraphExecution
from executor.presets.models import Preset
from tests.api.belongings import Belongings, addressed
from tests.api.cast import Scene, client_of, make_scene

pytestmark = pytest.mark.django_db(transaction=True)

KEY = {"Idempotency-Key": "k"}
INPUTS = {"inputs": {"question": "Why?"}}
#: By how their answers are kept: in the execution, in the payment, in the transaction, after a claim.
ROUTES = (
    "graphs/<uuid:graph_id>/execute",
    "library/presets/<uuid:preset_id>/execute",
    "graphs/<uuid:graph_id>/executions/<uuid:execution_id>/again",
    "blocks/<str:block_id>/execute",
    "credits",
    "library/presets",
    "graphs/<uuid:graph_id>/schedules",
    "graphs/<uuid:graph_id>/executions/<uuid:execution_id>/share",
    "files/upload",
)


@pytest.fixture
def scene(redis_url: str) -> Scene:
    return make_scene(credits=10_000)


def bodies(scene: Scene) -> dict[str, Any]:
    return {
        "graphs/<uuid:graph_id>/execute": INPUTS,
        "library/presets/<uuid:preset_id>/execute": INPUTS,
        "blocks/<str:block_id>/execute": {"list": [1], "entry": 2},
        "credits": {"credit_amount": 1000},
        "library/presets": {"name": "x", "graph_id": str(scene.version.graph_id)},
        "graphs/<uuid:graph_id>/schedules": {"name": "x", "cron": "0 8 * * *", **INPUTS},
    }


def send(scene: Scene, route: str, its: Belongings, key: dict[str, str] = KEY) -> Any:
    address = addressed(route, its, execution_id=its.past.id)
    if route == "files/upload":
        file = SimpleUploadedFile("a.txt", b"a")
        return scene.api.post(address, {"file": file}, format="multipart", headers=key)
    return scene.api.post(address, bodies(scene).get(route, {}), format="json", headers=key)


def test_each_request_is_refused_after_any_other(scene: Scene, settings: Any) -> None:
    settings.BLOCK_WAIT_SECONDS = 0
    its = Belongings(scene)
    for number, (first, other) in enumerate(permutations(ROUTES, 2)):
        key = {"Idempotency-Key": f"k{number}"}
        done, refused, again = send(scene, first, its, key), send(scene, other, its, key), send(scene, first, its, key)
        assert done.status_code < 300, (first, done.content)
        assert (refused.status_code, refused.json()["code"]) == (422, "key_reused"), (first, other)
        assert (again.status_code, again.json().get("id")) == (done.status_code, done.json().get("id")), first


def test_a_request_that_was_refused_has_not_used_its_key(scene: Scene) -> None:
    execute = f"{scene.graph}/execute"
    assert scene.api.post(execute, {}, format="json", headers=KEY).status_code == 400
    assert scene.api.post("/api/v1/credits", {"credit_amount": 1}, format="json", headers=KEY).status_code == 400
    assert not KeyedAnswer.objects.exists()
    assert send(scene, "library/presets", Belongings(scene)).status_code == 201


def test_of_two_at_once_one_is_refused(scene: Scene) -> None:
    """With its key in use elsewhere, or used."""
    its = Belongings(scene)
    routes = ("graphs/<uuid:graph_id>/execute", "library/presets", "credits")
    addresses = {route: addressed(route, its) for route in routes}
    for number in range(5):
        together = Barrier(len(routes))

        def post(route: str, key: str = f"k{number}", together: Barrier = together) -> int:
            api = client_of(scene.ada)
            together.wait(30)
            try:
                body = bodies(scene)[route]
                return int(
                    api.post(addresses[route], body, format="json", headers={"Idempotency-Key": key}).status_code
                )
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(routes)) as threads:
            statuses = list(threads.map(post, routes))
        assert sum(status < 300 for status in statuses) == 1
        assert set(statuses) <= {200, 201, 202, 409, 422}
    assert GraphExecution.objects.count() + Preset.objects.count() + Payment.objects.count() == 5


def test_a_payment_takes_keys_as_long_as_all_others(scene: Scene) -> None:
    key = {"Idempotency-Key": "x" * 255}
    first, again = (send(scene, "credits", Belongings(scene), key) for _ in range(2))
    assert (first.status_code, first.json()) == (200, again.json())
    refused = send(scene, "credits", Belongings(scene), {"Idempotency-Key": "x" * 256})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["Idempotency-Key"])
