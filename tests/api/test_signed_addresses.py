"""Guesses at an address that checks signatures count together, with and without its final slash."""

import pytest
from django.conf import LazySettings
from rest_framework.test import APIClient

from graphs.models import Graph
from graphs.storage import write_version
from tests.api.cast import Scene
from tests.executor.building import build, result

GUESSES_MAX = 3


@pytest.fixture
def ingress(scene: Scene, redis_url: str) -> str:
    nodes = {"hook": ("GenericWebhookTrigger", {"constants": {}}), "out": result("posted")}
    document = build(nodes, ["hook.payload -> out.value"], name="Triggered")
    write_version(Graph.objects.create(id=document.id, owner=scene.ada, name="Triggered"), document)
    made = scene.api.post(f"/api/v1/graphs/{document.id}/webhooks", {"name": "Shop"}, format="json").json()
    return f"/api/v1/webhooks/{made['id']}/ingress"


def test_a_final_slash_gives_no_further_guesses(ingress: str, settings: LazySettings) -> None:
    settings.API_FAILED_SIGN_INS_PER_MINUTE = GUESSES_MAX
    somebody = APIClient(REMOTE_ADDR="192.0.2.77")
    addresses = [ingress, f"{ingress}/"] * 2
    answers = [somebody.post(address, {}, format="json").status_code for address in addresses]
    assert answers == [401] * GUESSES_MAX + [429]
