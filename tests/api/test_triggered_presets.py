"""A preset and the webhook that starts it, made with one request."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings

from executor.models import GraphExecution
from executor.presets.models import Preset
from executor.webhooks.models import Webhook
from graphs.models import GraphVersion
from tests.api.belongings import Belongings
from tests.api.cast import Scene
from tests.api.test_webhooks import call

ADDRESS = "/api/v1/library/presets/setup-trigger"


@pytest.fixture
def version(scene: Scene) -> GraphVersion:
    return Belongings(scene).triggered


def setup(scene: Scene, version: GraphVersion, **wish: Any) -> Any:
    body = {"name": "Shop", "graph_id": str(version.graph_id), "graph_version": 1, "trigger_config": {}} | wish
    return scene.api.post(ADDRESS, body, format="json")


def test_a_call_starts_the_preset_that_was_made_with_its_webhook(
    scene: Scene, version: GraphVersion, redis_url: str
) -> None:
    answer = setup(
        scene, version, description="Orders", trigger_config={"constants": {"shop": 2}}, agent_credentials={}
    )
    body = answer.json()
    assert (answer.status_code, body["name"], body["description"]) == (200, "Shop", "Orders")
    webhook = Webhook.objects.get(id=body["webhook_id"])
    assert (str(webhook.preset_id), webhook.config) == (body["id"], {"constants": {"shop": 2}})
    called = call({"id": body["webhook_id"], "secret": body["webhook_secret"]})
    assert str(GraphExecution.objects.get(id=called.json()["execution_id"]).preset_id) == body["id"]


def test_where_there_can_be_no_webhook_there_is_no_preset(
    scene: Scene, version: GraphVersion, settings: LazySettings
) -> None:
    assert setup(scene, scene.version).status_code == 400  # it has no trigger
    assert setup(scene, version, trigger_config={"gone": 1}).status_code == 400
    assert setup(scene, version, agent_credentials={"gone": {"id": str(uuid4())}}).status_code == 400
    settings.WEBHOOKS_PER_USER_MAX = 0
    assert setup(scene, version).status_code >= 400
    assert (Preset.objects.count(), Webhook.objects.count()) == (0, 0)


def test_the_same_request_twice_makes_one(scene: Scene, version: GraphVersion) -> None:
    body = {"name": "Shop", "graph_id": str(version.graph_id)}
    answers = [scene.api.post(ADDRESS, body, format="json", headers={"Idempotency-Key": "k"}).json() for _ in range(2)]
    assert answers[0]["id"] == answers[1]["id"]
    assert (Preset.objects.count(), Webhook.objects.count()) == (1, 1)


def test_strangers_and_bad_bodies_make_nothing(scene: Scene, version: GraphVersion) -> None:
    body = {"name": "Shop", "graph_id": str(version.graph_id)}
    assert scene.stranger.post(ADDRESS, body, format="json").status_code == 404
    for name, value in (
        ("name", ""),
        ("name", "x" * 201),
        ("graph_id", "x"),
        ("graph_version", 0),
        ("trigger_config", []),
        ("agent_credentials", {"a": 1}),
    ):
        answer = setup(scene, version, **{name: value})
        assert answer.status_code == 400
        assert {field.partition(".")[0] for field in answer.json()["fields"]} == {name}
    assert not Preset.objects.exists()
