"""Blocks of an execution reach the world by the one door, as the settings allow it."""

import logging
from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from accounts.models import User
from executor.hosting.services import door
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.statuses import Status
from tests.executor.building import build, result
from tests.executor.running import node_executions, outputs, ran, statuses
from tests.factories import make_user
from tests.world.server import World
from tests.world.server import world as opened

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS = "https://api.example.org/items"


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def world(settings: LazySettings) -> Iterator[World]:
    with opened() as made:
        made.says(f"POST {ITEMS}", (201, {"id": 7}))
        settings.SERVICE_ADDRESSES = made.service_addresses
        door.cache_clear()
        yield made
        door.cache_clear()


def sending(ada: User, url: str, **constants: object) -> GraphExecution:
    """An execution of one request, with both of its outcomes as results."""
    nodes = {
        "send": ("SendWebRequest", {"url": url, "body": {"name": "gull"}, **constants}),
        "response": result("response"),
        "error": result("error"),
    }
    return ran(ada, build(nodes, ["send.response -> response.value", "send.error -> error.value"]))


def test_block_asks_the_service_at_the_address_of_the_settings(ada: User, world: World) -> None:
    execution = sending(ada, ITEMS)

    assert outputs(execution) == {"response": [{"id": 7}]}
    assert [call.json for call in world.calls] == [{"name": "gull"}]
    assert (execution.status, execution.cost) == (Status.COMPLETED, 1)


def test_private_address_is_refused_until_the_settings_name_it(ada: User, world: World, settings: LazySettings) -> None:
    port = world.server.port
    url = f"http://127.0.0.1:{port}/api.example.org/items"
    settings.OUTWARD_PORTS = [str(port)]
    door.cache_clear()

    refused = sending(ada, url)
    assert statuses(node_executions(refused, "send")) == [Status.FAILED]
    assert outputs(refused) == {"error": ["127.0.0.1 is not on the public internet, so it may not be asked."]}
    assert world.calls == []

    settings.PRIVATE_HOSTS = ["127.0.0.1"]
    door.cache_clear()
    assert outputs(sending(ada, url)) == {"response": [{"id": 7}]}


def test_address_with_a_secret_is_not_in_errors_nor_in_the_log(
    ada: User, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.says("POST https://api.example.org/bot-canary", (204, ""))

    for url in ("https://ada:canary@127.0.0.1/canary?key=canary", "https://api.example.org/bot-canary?key=canary"):
        execution = sending(ada, url)
        for node in NodeExecution.objects.filter(execution=execution):
            assert "canary" not in f"{node.error} {node.stats}"
        for output in NodeOutput.objects.filter(node_execution__execution=execution):
            assert "canary" not in str(output.data)

    assert "canary" not in caplog.text.replace("werkzeug", "")
