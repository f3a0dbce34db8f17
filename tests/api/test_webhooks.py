"""Webhooks over the API, and signed calls from outside."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from rest_framework.test import APIClient
from standardwebhooks import Webhook as Signature

from executor.models import GraphExecution, NodeExecution
from executor.presets.models import Preset
from executor.webhooks.models import Webhook
from executor.webhooks.secrets import new_secret
from executor.webhooks.signatures import ID_CHARACTERS
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version
from tests.api.cast import Scene
from tests.executor.building import Nodes, build, given, result
from tests.executor.running import outputs, run
from tests.meanwhile import before_writing

TRIGGER = ("GenericWebhookTrigger", {"constants": {"shop": 1}})
PAYLOAD = {"event": "paid", "amount": 3}


def store(scene: Scene, nodes: Nodes, links: list[str]) -> GraphVersion:
    document = build(nodes, links, name="Triggered")
    return write_version(Graph.objects.create(id=document.id, owner=scene.ada, name="Triggered"), document)


@pytest.fixture
def version(scene: Scene) -> GraphVersion:
    return store(scene, {"hook": TRIGGER, "out": result("posted")}, ["hook.payload -> out.value"])


def made(scene: Scene, version: GraphVersion, **wish: Any) -> Any:
    address = f"/api/v1/graphs/{version.graph_id}/webhooks"
    return scene.api.post(address, {"name": "Shop"} | wish, format="json")


def call(
    webhook: Any, payload: Any = PAYLOAD, *, id: str = "msg_1", age: timedelta = timedelta(), secret: str = ""
) -> Any:
    body = payload if isinstance(payload, str) else json.dumps(payload)
    moment = datetime.now(UTC) - age
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Signature(secret or webhook["secret"]).sign(id, moment, body),
    }
    return post(webhook, body, headers)


def post(webhook: Any, body: str, headers: dict[str, str]) -> Any:
    address = f"/api/v1/webhooks/{webhook['id']}/ingress"
    return APIClient().post(address, body, content_type="application/json", headers=headers)


def test_a_signed_call_starts_the_graph_with_what_was_posted(scene: Scene, version: GraphVersion) -> None:
    answer = call(made(scene, version).json())
    assert answer.status_code == 202
    execution = GraphExecution.objects.get(id=answer.json()["execution_id"])
    assert (execution.user, execution.trigger) == (scene.ada, "WEBHOOK")
    (seed,) = NodeExecution.objects.filter(execution=execution)
    assert seed.inputs["payload"] == PAYLOAD


@pytest.mark.django_db(transaction=True)
def test_what_was_posted_comes_out(scene: Scene, version: GraphVersion, redis_url: str) -> None:
    id_ = call(made(scene, version).json()).json()["execution_id"]
    assert outputs(run(GraphExecution.objects.get(id=id_))) == {"posted": [PAYLOAD]}


def test_it_is_called_at_the_address_of_its_provider_too(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    assert webhook["provider"] == "generic_webhook"
    own = f"/api/v1/integrations/generic_webhook/webhooks/{webhook['id']}/ingress"
    other = own.replace("generic_webhook", "github")
    moment, body = datetime.now(UTC), json.dumps(PAYLOAD)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Signature(webhook["secret"]).sign("msg_1", moment, body),
    }
    for path, status in ((other, 404), (own, 202), (own + "/", 202)):
        assert APIClient().post(path, body, content_type="application/json", headers=headers).status_code == status
    assert GraphExecution.objects.count() == 1


def test_what_its_node_is_given_with_it_lies_over_its_constants(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version, config={"constants": {"shop": 2}}).json()
    execution = GraphExecution.objects.get(id=call(webhook).json()["execution_id"])
    (seed,) = NodeExecution.objects.filter(execution=execution)
    assert (seed.inputs["constants"], seed.inputs["payload"]) == ({"shop": 2}, PAYLOAD)
    refused = made(scene, version, config={"colour": 1})
    assert (refused.status_code, "no such input" in json.dumps(refused.json()["fields"])) == (400, True)


def test_nobody_is_asked_to_ping_it(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    answer = scene.api.post(f"/api/v1/integrations/webhooks/{webhook['id']}/ping")
    assert (answer.status_code, answer.json()) == (200, False)


def test_that_of_an_inactive_preset_is_not_found(scene: Scene, version: GraphVersion) -> None:
    preset = Preset.objects.create(user=scene.ada, graph=version.graph, version=version, name="Mine")
    webhook = made(scene, version, preset_id=str(preset.id)).json()
    assert call(webhook).status_code == 202
    Preset.objects.update(is_active=False)
    assert call(webhook, id="msg_2").status_code == 404


def test_the_same_message_again_starts_nothing_more(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    first, again, other = call(webhook), call(webhook), call(webhook, id="msg_2")
    assert first.json() == again.json()
    assert first.json() != other.json()
    assert GraphExecution.objects.count() == 2
    changed = call(webhook, PAYLOAD | {"amount": 4})
    assert (changed.status_code, changed.json()["code"]) == (422, "key_reused")


def test_calls_that_are_not_signed_now_with_the_secret_are_refused(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    forged = call(webhook, secret=new_secret())
    stale, early = call(webhook, age=timedelta(minutes=6)), call(webhook, age=-timedelta(minutes=6))
    bare = post(webhook, json.dumps(PAYLOAD), {})
    odd = [
        post(webhook, "{}", {"webhook-id": "1", "webhook-timestamp": now, "webhook-signature": signature})
        for now in (str(datetime.now(UTC).timestamp()), "x", "1e400")
        for signature in ("", "v1", "v1,!", "v2,AAAA", "v1,ä")
    ]
    for answer in (forged, stale, early, bare, *odd):
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    assert not GraphExecution.objects.exists()


def test_what_is_no_json_object_is_refused(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    for body in ("", "[1]", "{", "null", "[" * 100_000):
        answer = call(webhook, body)
        assert (answer.status_code, "body" in answer.json()["fields"]) == (400, True)


def test_a_webhook_that_is_off_or_unknown_is_not_found(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    address = f"/api/v1/webhooks/{webhook['id']}"
    assert scene.api.patch(address, {"is_active": False}, format="json").json()["is_active"] is False
    assert call(webhook).status_code == 404
    assert call(webhook | {"id": str(version.id)}).status_code == 404


def test_the_webhook_of_a_disabled_user_is_not_found(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    scene.ada.is_active = False
    scene.ada.save()
    assert call(webhook).status_code == 404


def test_the_secret_is_shown_once_and_can_be_changed(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    address = f"/api/v1/webhooks/{webhook['id']}"
    assert "secret" not in scene.api.get(address).json()
    renewed = scene.api.post(f"{address}/secret").json()
    assert call(webhook).status_code == 401
    assert call(renewed).status_code == 202


def test_the_secret_of_a_webhook_that_is_deleted_meanwhile_is_not_changed(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    with before_writing(Webhook, Webhook.objects.all().delete):
        assert scene.api.post(f"/api/v1/webhooks/{webhook['id']}/secret").status_code == 404


def test_the_node_is_named_where_there_are_several(scene: Scene) -> None:
    version = store(scene, {"a": TRIGGER, "b": TRIGGER}, [])
    refused = made(scene, version)
    assert (refused.status_code, "node_id" in refused.json()["fields"]) == (400, True)
    node = str(version.nodes.first().id)  # type: ignore[union-attr]
    webhook = made(scene, version, node_id=node).json()
    assert webhook["node_id"] == node
    execution = GraphExecution.objects.get(id=call(webhook).json()["execution_id"])
    assert (list(execution.input_masks), len(execution.skipped_nodes)) == ([node], 1)


def test_a_graph_without_a_trigger_has_no_webhooks(scene: Scene) -> None:
    version = store(scene, {"a": given("a", 1)}, [])
    assert made(scene, version).json()["fields"] == {"node_id": "The graph has no such trigger node. It has: none."}


def test_a_triggered_graph_does_not_start_by_hand(scene: Scene, version: GraphVersion) -> None:
    answer = scene.api.post(f"/api/v1/graphs/{version.graph_id}/execute", {}, format="json")
    assert (answer.status_code, list(answer.json()["node_errors"])) == (400, [str(version.nodes.first().id)])  # type: ignore[union-attr]


def test_strangers_find_nothing(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    address = f"/api/v1/webhooks/{webhook['id']}"
    for method, path in (("get", ""), ("patch", ""), ("delete", ""), ("post", "/secret")):
        assert getattr(scene.stranger, method)(address + path).status_code == 404
    assert scene.stranger.get(f"/api/v1/graphs/{version.graph_id}/webhooks").status_code == 404
    assert scene.api.get(f"/api/v1/graphs/{version.graph_id}/webhooks").json()[0]["id"] == webhook["id"]


def test_a_message_id_may_be_so_long_and_no_longer(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    assert call(webhook, id="m" * ID_CHARACTERS).status_code == 202
    refused = call(webhook, id="m" * (ID_CHARACTERS + 1))
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["webhook-id"])
    assert GraphExecution.objects.count() == 1


def test_one_more_than_the_limit_is_refused(scene: Scene, version: GraphVersion, settings: LazySettings) -> None:
    settings.WEBHOOKS_PER_USER_MAX = 1
    assert [made(scene, version).status_code for _ in range(2)] == [201, 403]


def test_a_deleted_webhook_starts_nothing(scene: Scene, version: GraphVersion) -> None:
    webhook = made(scene, version).json()
    assert scene.api.delete(f"/api/v1/webhooks/{webhook['id']}").status_code == 200
    assert call(webhook).status_code == 404
