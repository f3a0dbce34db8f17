"""Graphs that start when something happens at GitHub: registered there, called from there, removed there."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.db import connections
from rest_framework.test import APIClient

from accounts.credentials.contents import Contents
from accounts.credentials.models import StoredCredential
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.models import User
from blocks.registry import registry
from executor.hosting.services import door
from executor.models import GraphExecution
from executor.presets.models import Preset
from executor.webhooks.models import Registration, Webhook
from executor.webhooks.settling import LONGEST_PAUSE, REMOVALS_MAX, pause_after
from executor.webhooks.tick import settle_due
from graphs import plans
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version
from reliability.secrets import Secret
from tests.api.cast import Scene, make_scene
from tests.executor.building import build, result
from tests.executor.running import outputs, run
from tests.world.github_hooks import GOOD_TOKEN, HOOKS, GitHubHooks, headers_of
from tests.world.server import world

pytestmark = pytest.mark.django_db(transaction=True)

SITE = "https://sluice.example.org"
OPENED = {
    "action": "opened",
    "number": 2,
    "pull_request": {"html_url": "https://github.com/ada/engine/pull/2", "title": "Tighten it"},
    "sender": {"login": "grace"},
}
AT_ONCE = 10
DEEP = b'{"a":' + b"[" * 700 + b"]" * 700 + b"}"


@pytest.fixture
def scene(redis_url: str) -> Scene:
    return make_scene()


@pytest.fixture
def github(settings: LazySettings) -> Iterator[GitHubHooks]:
    with world() as made:
        fake = GitHubHooks(made, post=post)
        fake.open()
        settings.SERVICE_ADDRESSES = made.service_addresses
        settings.PUBLIC_URL = SITE
        settings.WEBHOOK_PING_SECONDS = 5
        door.cache_clear()
        yield fake
    door.cache_clear()


@pytest.fixture
def token(scene: Scene) -> StoredCredential:
    return token_of(scene.ada)


def token_of(user: User | None, text: str = GOOD_TOKEN) -> StoredCredential:
    contents = Contents(secret=Secret(text.removeprefix("Bearer ")))
    return make_credential(user, provider="github", type=CredentialType.API_KEY, contents=contents)


def post(url: str, body: bytes, headers: dict[str, str]) -> Any:
    """As the network carries it; from threads of the fake, too."""
    assert url.startswith(SITE)
    try:
        return APIClient().post(urlsplit(url).path, body, content_type="application/json", headers=headers)
    finally:
        connections.close_all()


def named(credential: StoredCredential) -> dict[str, str]:
    return {"id": str(credential.id), "provider": "github", "type": str(credential.type)}


def stored(scene: Scene, token: StoredCredential | None, block: str = "GithubPullRequestTrigger", **pins: Any) -> Any:
    constants = {"repo": "ada/engine", "events": {"opened": True, "closed": False}} | pins
    if token is not None:
        constants["credentials"] = named(token)
    outs = ("number", "event")
    document = build(
        {"hook": (block, constants), **{name: result(name) for name in outs}},
        [f"hook.{name} -> {name}.value" for name in outs],
    )
    return write_version(Graph.objects.create(id=document.id, owner=scene.ada, name="Watching"), document)


def made(scene: Scene, version: GraphVersion, **wish: Any) -> Any:
    return scene.api.post(f"/api/v1/graphs/{version.graph_id}/webhooks", {"name": "PRs"} | wish, format="json")


def at(webhook: Any) -> str:
    return f"/api/v1/webhooks/{webhook['id']}"


def rested() -> None:
    """As if the pause before the next try were over."""
    Registration.objects.update(next_at=datetime.now(UTC) - timedelta(seconds=1))


# --- registering


def test_it_is_registered_with_our_address_a_secret_and_its_kind_of_event(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    answer = made(scene, stored(scene, token))
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    (hook,) = github.hooks.values()
    assert hook["config"]["url"] == body["url"] == f"{SITE}/api/v1/integrations/github/webhooks/{body['id']}/ingress"
    assert (hook["events"], hook["active"], hook["name"]) == (["pull_request"], True, "web")
    assert (hook["config"]["content_type"], hook["config"]["insecure_ssl"]) == ("json", "0")
    assert len(hook["config"]["secret"]) > 32
    assert body["registration"] == {
        "resource": "ada/engine",
        "credential_id": str(token.id),
        "is_registered": True,
        "attempts": 0,
        "trouble": "",
        "next_at": None,
    }
    assert body["events"] == ["pull_request.opened"]
    secret = hook["config"]["secret"]
    assert secret not in answer.content.decode()
    assert secret not in str(list(Webhook.objects.values()))


def test_what_the_node_lacks_may_be_given_with_the_webhook(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    version = stored(scene, None, repo="", events={})
    refused = made(scene, version)
    assert (refused.status_code, github.made) == (400, 0)
    config = {"credentials": named(token), "repo": "ada/engine", "events": {"closed": True}}
    answer = made(scene, version, config=config)
    assert (answer.status_code, answer.json()["events"]) == (201, ["pull_request.closed"])
    execution = GraphExecution.objects.get(
        id=github.deliver("pull_request", OPENED | {"action": "closed"}).json()["execution_id"]
    )
    (mask,) = execution.input_masks.values()
    assert mask["repo"] == "ada/engine"


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"events": {"opened": False}}, "config.events"),
        ({"events": {"exploded": True}}, "config.events"),
        ({"repo": "ada"}, "config"),
        ({"repo": "ada/../orgs"}, "config"),
        ({"repo": "ada/engine/../x"}, "config"),
        ({"repo": "https://github.com/ada/engine"}, "config"),
        ({"repo": "ada/engine?x="}, "config"),
        ({"repo": "ada/.."}, "config"),
        ({"nonsense": 1}, ""),
    ],
)
def test_what_cannot_be_watched_is_refused_and_nobody_is_asked(
    scene: Scene, github: GitHubHooks, token: StoredCredential, config: dict[str, Any], field: str
) -> None:
    answer = made(scene, stored(scene, token), config=config)
    assert answer.status_code == 400
    assert any(name.startswith(field) for name in answer.json()["fields"])
    assert (github.world.calls, Webhook.objects.count(), Registration.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize("whose", ["somebody else's", "the installation's", "nobody's"])
def test_only_a_credential_of_ones_own_registers(scene: Scene, github: GitHubHooks, whose: str) -> None:
    owners = {"somebody else's": User.objects.get(email="grace@example.org"), "the installation's": None}
    credential = token_of(owners.get(whose))
    if whose == "nobody's":
        credential.delete()
        credential.id = credential.id or scene.version.id
    answer = made(scene, stored(scene, None), config={"credentials": named(credential)})
    assert answer.status_code in (400, 404)
    assert (github.world.calls, Webhook.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ((401, {"message": "Bad credentials"}), "Bad credentials"),
        ((404, {"message": "Not Found"}), "Not Found"),
        ((403, {"message": "Resource not accessible"}), "Resource not accessible"),
        ((422, {"message": "Validation Failed", "errors": ["url is not supported"]}), "Validation Failed"),
    ],
)
def test_what_github_refuses_is_told_and_leaves_nothing(
    scene: Scene, github: GitHubHooks, token: StoredCredential, trouble: Any, said: str
) -> None:
    github.world.says(f"POST {HOOKS}", trouble)
    answer = made(scene, stored(scene, token))
    assert (answer.status_code, answer.json()["code"]) == (400, "webhook_refused")
    assert said in answer.json()["detail"]
    assert "canary" not in answer.content.decode()
    assert Webhook.objects.count() == 0
    assert Registration.objects.count() == 0


@pytest.mark.parametrize(
    "trouble",
    [
        (500, "no"),
        (429, {"message": "slow down"}),
        (403, {"message": "rate limit"}, {"X-RateLimit-Remaining": "0"}),
        (403, {"message": "Wait"}, {"Retry-After": "60"}),
        (403, {"message": "You have exceeded a secondary rate limit."}),
        (201, "no JSON"),
        (201, {"id": None}),
    ],
)
def test_while_github_is_away_it_waits_and_the_clock_registers_it(
    scene: Scene, github: GitHubHooks, token: StoredCredential, trouble: Any
) -> None:
    github.trouble = trouble
    answer = made(scene, stored(scene, token))
    assert answer.status_code == 201
    registration = answer.json()["registration"]
    assert (registration["is_registered"], registration["attempts"]) == (False, 1)
    assert registration["trouble"]
    assert settle_due() == {}
    github.trouble = None
    rested()
    assert settle_due() == {"REGISTERED": 1}
    assert scene.api.get(at(answer.json())).json()["registration"]["is_registered"] is True
    assert settle_due() == {}


def test_an_answer_that_was_lost_does_not_make_two(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    github.loses = 1
    body = made(scene, stored(scene, token)).json()
    assert (body["registration"]["is_registered"], len(github.hooks)) == (False, 1)
    github.hooks[1]["config"]["secret"] = "of a try before"
    rested()
    assert settle_due() == {"REGISTERED": 1}
    assert len(github.hooks) == 1
    assert github.deliver("pull_request", OPENED).status_code == 202


def test_what_was_made_by_an_answer_that_was_lost_is_removed_too(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    github.hooks = {n: {"id": n, "config": {"url": f"https://example.org/{n}"}} for n in range(1000, 1100)}
    github.loses = 1
    body = made(scene, stored(scene, token)).json()
    scene.api.delete(at(body))
    assert 1 not in github.hooks
    assert (len(github.hooks), Registration.objects.count()) == (100, 0)


def test_ten_clocks_register_it_once(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    github.trouble = (500, "no")
    made(scene, stored(scene, token))
    github.trouble = None
    rested()
    together = Barrier(AT_ONCE)

    def tick(number: int) -> dict[str, int]:
        together.wait(30)
        try:
            return settle_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        counts = list(threads.map(tick, range(AT_ONCE)))
    assert sum(count.get("REGISTERED", 0) for count in counts) == 1
    assert not any(count.get("FAILED") for count in counts)
    assert (github.made, len(github.world.asked("POST", HOOKS))) == (1, 2)


# --- removing


def test_deleting_removes_it_at_github(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    body = made(scene, stored(scene, token)).json()
    assert scene.api.delete(at(body)).status_code == 200
    assert (github.hooks, Registration.objects.count()) == ({}, 0)


def test_switching_off_removes_it_and_on_registers_it_again(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    body = made(scene, stored(scene, token)).json()
    off = scene.api.patch(at(body), {"is_active": False}, format="json").json()
    assert (off["registration"]["is_registered"], github.hooks) == (False, {})
    on = scene.api.patch(at(body), {"is_active": True}, format="json").json()
    assert (on["registration"]["is_registered"], len(github.hooks)) == (True, 1)
    assert github.deliver("pull_request", OPENED, number=2).status_code == 202


@pytest.mark.parametrize("what", ["graph", "preset", "version"])
def test_what_goes_with_its_graph_or_preset_is_removed_by_the_clock(
    scene: Scene, github: GitHubHooks, token: StoredCredential, what: str
) -> None:
    version = stored(scene, token)
    preset = Preset.objects.create(user=scene.ada, graph=version.graph, version=version, name="Mine")
    made(scene, version, preset_id=str(preset.id))
    {"graph": version.graph, "preset": preset, "version": version}[what].delete()
    assert (Webhook.objects.count(), len(github.hooks)) == (0, 1)
    assert settle_due() == {"REMOVED": 1}
    assert (github.hooks, Registration.objects.count()) == ({}, 0)


@pytest.mark.parametrize("what", ["preset", "user"])
def test_what_is_inactive_is_removed_by_the_clock_and_comes_back(
    scene: Scene, github: GitHubHooks, token: StoredCredential, what: str
) -> None:
    version = stored(scene, token)
    preset = Preset.objects.create(user=scene.ada, graph=version.graph, version=version, name="Mine")
    made(scene, version, preset_id=str(preset.id))
    row: Any = {"preset": preset, "user": scene.ada}[what]
    type(row).objects.filter(pk=row.pk).update(is_active=False)
    assert github.deliver("pull_request", OPENED).status_code == 404
    assert settle_due() == {"REMOVED": 1}
    assert github.hooks == {}
    assert settle_due() == {}
    type(row).objects.filter(pk=row.pk).update(is_active=True)
    assert settle_due() == {"REGISTERED": 1}
    assert github.deliver("pull_request", OPENED, number=2).status_code == 202


def test_while_github_is_away_removal_is_counted_and_tried_again(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    body = made(scene, stored(scene, token)).json()
    github.trouble = (503, "away")
    assert scene.api.delete(at(body)).status_code == 200
    assert Registration.objects.get().attempts == 1
    assert settle_due() == {}
    rested()
    assert settle_due() == {"FAILED": 1}
    assert Registration.objects.get().attempts == 2
    github.trouble = None
    rested()
    assert settle_due() == {"REMOVED": 1}
    assert (github.hooks, Registration.objects.count()) == ({}, 0)


def test_one_that_was_removed_by_hand_is_no_trouble(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    body = made(scene, stored(scene, token)).json()
    github.hooks.clear()
    scene.api.delete(at(body))
    assert Registration.objects.count() == 0


def test_what_github_never_removes_is_given_up(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    body = made(scene, stored(scene, token)).json()
    github.trouble = (401, {"message": "Bad credentials"})
    scene.api.delete(at(body))
    for _ in range(REMOVALS_MAX - 1):
        rested()
        settle_due()
    rested()
    settle_due()
    assert Registration.objects.count() == 0


def test_pauses_grow_up_to_a_day() -> None:
    assert [pause_after(n).total_seconds() for n in (0, 1, 2)] == [30, 60, 120]
    assert pause_after(10_000) == LONGEST_PAUSE


def test_a_lease_of_a_process_that_died_ends(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    github.trouble = (500, "no")
    made(scene, stored(scene, token))
    github.trouble = None
    rested()
    Registration.objects.update(working_until=datetime.now(UTC) + timedelta(seconds=60))
    assert settle_due() == {}
    Registration.objects.update(working_until=datetime.now(UTC) - timedelta(seconds=1))
    assert settle_due() == {"REGISTERED": 1}


# --- the credential


def test_a_credential_that_webhooks_need_goes_by_force_only(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    body = made(scene, stored(scene, token)).json()
    path = f"/api/v1/integrations/github/credentials/{token.id}"
    asked = scene.api.delete(path)
    assert (asked.status_code, asked.json()["deleted"], asked.json()["need_confirmation"]) == (200, False, True)
    assert len(github.hooks) == 1
    assert scene.api.delete(f"{path}?force=true").json() == {"deleted": True, "revoked": None}
    assert github.hooks == {}
    shown = scene.api.get(at(body)).json()
    assert (shown["is_active"], "credential" in shown["trouble"]) == (False, True)
    assert settle_due() == {}


def test_by_force_it_goes_while_github_is_away_too(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    body = made(scene, stored(scene, token)).json()
    github.trouble = (503, "away")
    path = f"/api/v1/integrations/github/credentials/{token.id}"
    assert scene.api.delete(f"{path}?force=true").json()["deleted"] is True
    scene.api.delete(at(body))
    rested()
    settle_due()
    assert Registration.objects.count() == 0


def test_it_goes_after_whoever_is_asking_github_with_it(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    """Else what that one has just made would stay there: nobody could remove it any more."""
    made(scene, stored(scene, token))
    Registration.objects.update(working_until=datetime.now(UTC) + timedelta(seconds=0.5))
    path = f"/api/v1/integrations/github/credentials/{token.id}"
    assert scene.api.delete(f"{path}?force=true").json()["deleted"] is True
    assert github.hooks == {}


# --- calls


def test_a_signed_call_starts_the_graph_with_what_happened(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    made(scene, stored(scene, token))
    answer = github.deliver("pull_request", OPENED)
    assert answer.status_code == 202, answer.json()
    execution = GraphExecution.objects.get(id=answer.json()["execution_id"])
    assert (execution.user, execution.trigger) == (scene.ada, "WEBHOOK")
    assert outputs(run(execution)) == {"number": [2], "event": ["opened"]}


def test_events_that_were_not_chosen_start_nothing(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    made(scene, stored(scene, token))
    for event, payload in (
        ("pull_request", OPENED | {"action": "closed"}),
        ("pull_request", OPENED | {"action": None}),
        ("issues", OPENED),
        ("", OPENED),
    ):
        answer = github.deliver(event, payload)
        assert (answer.status_code, answer.json()) == (200, {"execution_id": None})
    assert not GraphExecution.objects.exists()


def test_a_kind_without_actions_starts_by_its_name(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    document = build({"hook": ("GithubPushTrigger", {"repo": "ada/engine", "credentials": named(token)})})
    version = write_version(Graph.objects.create(id=document.id, owner=scene.ada, name="Pushed"), document)
    body = made(scene, version).json()
    assert (body["events"], github.hooks[1]["events"]) == (["push"], ["push"])
    assert github.deliver("push", {"ref": "refs/heads/main", "commits": []}).status_code == 202


def test_the_same_delivery_again_starts_nothing_more(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    made(scene, stored(scene, token))
    first = github.deliver("pull_request", OPENED, **{"X-GitHub-Delivery": "d-1"})
    again = github.deliver("pull_request", OPENED, **{"X-GitHub-Delivery": "d-1"})
    assert first.json() == again.json()
    other = github.deliver("pull_request", OPENED | {"number": 3}, **{"X-GitHub-Delivery": "d-2"})
    assert other.json() != first.json()
    assert GraphExecution.objects.count() == 2


def test_what_was_overheard_starts_nothing_under_another_id(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    """The id of a delivery is not signed."""
    made(scene, stored(scene, token))
    first = github.deliver("pull_request", OPENED, **{"X-GitHub-Delivery": "d-1"})
    replayed = github.deliver("pull_request", OPENED, **{"X-GitHub-Delivery": "d-2"})
    assert replayed.json() == first.json()
    assert GraphExecution.objects.count() == 1


def test_ten_of_the_same_delivery_at_once_start_one(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    made(scene, stored(scene, token))
    together = Barrier(AT_ONCE)

    def send(number: int) -> Any:
        together.wait(30)
        answer = github.deliver("pull_request", OPENED, **{"X-GitHub-Delivery": "d-1"})
        return answer.status_code, answer.json().get("execution_id")

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = set(threads.map(send, range(AT_ONCE)))
    assert answers == {(202, str(GraphExecution.objects.get().id))}


def test_calls_that_are_not_signed_with_the_secret_are_refused(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    made(scene, stored(scene, token))
    config = github.hooks[1]["config"]
    body = b'{"action": "opened", "number": 2}'
    good = headers_of("pull_request", body, config["secret"])
    old = good["X-Hub-Signature-256"].replace("sha256=", "sha1=")
    for headers in (
        headers_of("pull_request", body, "another"),
        headers_of("pull_request", body + b" ", config["secret"]),
        headers_of("pull_request", body, ""),
        good | {"X-Hub-Signature-256": old},
        good | {"X-Hub-Signature-256": good["X-Hub-Signature-256"].upper()},
        good | {"X-Hub-Signature-256": "sha256=ä"},
        good | {"X-Hub-Signature-256": ""},
        {name: value for name, value in good.items() if name != "X-Hub-Signature-256"},
        headers_of("ping", body, "another"),
    ):
        answer = post(config["url"], body, headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    assert not GraphExecution.objects.exists()
    assert Webhook.objects.get().pinged_at is None


def test_what_is_signed_but_no_json_object_is_refused(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    made(scene, stored(scene, token))
    for body in (b"", b"[1]", b"{", b"payload=%7B%7D", b"\xff", b"[" * 100_000, DEEP):
        answer = github.deliver("pull_request", body)
        assert (answer.status_code, "body" in answer.json()["fields"]) == (400, True)


def test_what_is_too_large_is_refused(
    scene: Scene, github: GitHubHooks, token: StoredCredential, settings: LazySettings
) -> None:
    made(scene, stored(scene, token))
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert github.deliver("pull_request", OPENED | {"text": "x" * 1000}).status_code == 413
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    settings.INPUT_MAX_BYTES = 1000
    assert github.deliver("pull_request", OPENED | {"text": "x" * 1000}).status_code == 400
    assert not GraphExecution.objects.exists()
    assert Webhook.objects.get().is_active


def test_text_that_cannot_be_stored_does_not_lose_the_event(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    made(scene, stored(scene, token))
    odd = OPENED | {"text": "a\x00b\ud800"}
    assert github.deliver("pull_request", odd).status_code == 202


def test_nobody_unknown_off_or_elsewhere_is_found(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    body = made(scene, stored(scene, token)).json()
    secret = github.hooks[1]["config"]["secret"]
    raw = b'{"action": "opened"}'
    signed = headers_of("pull_request", raw, secret)
    unknown = body["url"].replace(body["id"], str(scene.version.id))
    elsewhere = body["url"].replace("/github/", "/generic_webhook/")
    assert [post(url, raw, signed).status_code for url in (unknown, elsewhere)] == [404, 404]
    Webhook.objects.update(is_active=False)
    assert post(body["url"], raw, signed).status_code == 404
    Webhook.objects.update(is_active=True)
    User.objects.filter(id=scene.ada.id).update(is_active=False)
    assert post(body["url"], raw, signed).status_code == 404


def test_a_graph_that_cannot_run_any_more_switches_its_webhook_off(
    scene: Scene, github: GitHubHooks, token: StoredCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = made(scene, stored(scene, token)).json()
    monkeypatch.setattr(type(registry.get("6c60ec01-8128-419e-988f-96a063ee2fea")), "disabled", True)
    plans._errors.cache_clear()
    try:
        assert github.deliver("pull_request", OPENED).status_code == 400
    finally:
        monkeypatch.undo()
        plans._errors.cache_clear()
    shown = scene.api.get(at(body)).json()
    assert (shown["is_active"], "disabled" in shown["trouble"]) == (False, True)
    assert settle_due() == {"REMOVED": 1}
    assert not GraphExecution.objects.exists()


def test_what_only_passes_does_not_switch_it_off(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    made(scene, stored(scene, token))
    account = scene.ada.credit_account
    type(account).objects.filter(pk=account.pk).update(balance=0)
    assert github.deliver("pull_request", OPENED).status_code == 402
    assert Webhook.objects.get().is_active


@pytest.mark.parametrize(("limit", "status"), [("QUEUED_PER_USER_MAX", 429), ("QUEUED_MAX", 503)])
def test_a_delivery_that_found_too_many_waiting_may_be_sent_again(
    scene: Scene, github: GitHubHooks, token: StoredCredential, settings: LazySettings, limit: str, status: int
) -> None:
    made(scene, stored(scene, token))
    delivery = {"X-GitHub-Delivery": "d-1"}
    setattr(settings, limit, 1)
    assert github.deliver("pull_request", OPENED | {"number": 1}).status_code == 202
    refused = github.deliver("pull_request", OPENED, **delivery)
    assert (refused.status_code, refused.json()["limit"]) == (status, limit)
    assert int(refused["Retry-After"]) > 0
    assert Webhook.objects.get().is_active
    setattr(settings, limit, 2)
    taken = github.deliver("pull_request", OPENED, **delivery)
    assert taken.status_code == 202
    assert github.deliver("pull_request", OPENED, **delivery).json() == taken.json()
    assert GraphExecution.objects.count() == 2


# --- pings


def test_a_ping_tells_that_calls_arrive(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    body = made(scene, stored(scene, token)).json()
    answer = scene.api.post(f"/api/v1/integrations/webhooks/{body['id']}/ping")
    assert (answer.status_code, answer.json()) == (200, True)
    assert scene.api.get(at(body)).json()["pinged_at"] is not None
    assert not GraphExecution.objects.exists()


def test_a_ping_that_does_not_arrive_is_told(
    scene: Scene, github: GitHubHooks, token: StoredCredential, settings: LazySettings
) -> None:
    body = made(scene, stored(scene, token)).json()
    github.post, settings.WEBHOOK_PING_SECONDS = None, 0.2
    answer = scene.api.post(f"/api/v1/integrations/webhooks/{body['id']}/ping")
    assert (answer.status_code, answer.json()["code"]) == (504, "ping_unanswered")


def test_a_ping_of_what_is_not_registered_says_why(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    github.trouble = (500, {"message": "Unicorn"})
    body = made(scene, stored(scene, token)).json()
    answer = scene.api.post(f"/api/v1/integrations/webhooks/{body['id']}/ping")
    assert (answer.status_code, "Unicorn" in answer.json()["detail"]) == (409, True)


def test_one_that_was_removed_by_hand_is_registered_again_when_a_ping_tells(
    scene: Scene, github: GitHubHooks, token: StoredCredential
) -> None:
    body = made(scene, stored(scene, token)).json()
    github.hooks.clear()
    answer = scene.api.post(f"/api/v1/webhooks/{body['id']}/ping")
    assert (answer.status_code, answer.json()["code"]) == (400, "webhook_refused")
    assert settle_due() == {"REGISTERED": 1}
    assert scene.api.post(f"/api/v1/webhooks/{body['id']}/ping").json() is True


def test_strangers_neither_ping_nor_see_it(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    body = made(scene, stored(scene, token)).json()
    calls = len(github.world.calls)
    assert scene.stranger.post(f"/api/v1/integrations/webhooks/{body['id']}/ping").status_code == 404
    assert scene.stranger.delete(at(body)).status_code == 404
    assert len(github.world.calls) == calls


def test_its_secret_cannot_be_taken_out(scene: Scene, github: GitHubHooks, token: StoredCredential) -> None:
    body = made(scene, stored(scene, token)).json()
    assert scene.api.post(f"{at(body)}/secret").status_code == 400
    assert github.deliver("pull_request", OPENED).status_code == 202
