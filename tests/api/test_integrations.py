"""Credentials over the API: stored without being shown, used by their owner alone, and given out by providers."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.credentials.contents import Contents, opened
from accounts.credentials.models import OAuthState, StoredCredential
from accounts.credentials.oauth.providers import provider_of
from accounts.credentials.oauth.signing_in import begin
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from executor.hosting.services import door
from graphs.models import Graph
from graphs.storage import write_version
from reliability.secrets import Secret
from tests.api.cast import Scene
from tests.executor import credential_blocks
from tests.executor.building import build
from tests.world.server import World, world

INTEGRATIONS = "/api/v1/integrations"
TOKENS = "https://oauth2.googleapis.com/token"
REVOCATION = "https://oauth2.googleapis.com/revoke"
ACCOUNT = "https://www.googleapis.com/oauth2/v3/userinfo"
NEW_KEY = {"type": "api_key", "title": "Mine", "api_key": "sk-canary-1"}

credential_blocks.register_here()


@pytest.fixture
def google(settings: LazySettings) -> Iterator[World]:
    """The provider, at which this installation is registered."""
    with world() as made:
        made.says(f"POST {TOKENS}", {"access_token": "at-canary", "refresh_token": "rt-canary", "expires_in": 3600})
        made.says(f"POST {REVOCATION}", {})
        made.says(f"GET {ACCOUNT}", {"sub": "1", "email": "ada@example.org", "name": "Ada"})
        settings.SERVICE_ADDRESSES = made.service_addresses
        settings.OAUTH_CLIENTS = {"google": "us:client:secret"}
        door.cache_clear()
        yield made
    door.cache_clear()


def stored(scene: Scene, wish: dict[str, Any] = NEW_KEY, provider: str = "openai") -> Any:
    return scene.api.post(f"{INTEGRATIONS}/{provider}/credentials", wish, format="json")


def signed_in(scene: Scene, **tokens: Any) -> StoredCredential:
    contents = Contents(secret=Secret("at-canary"), refresh=Secret("rt-canary"))
    return make_credential(scene.ada, provider="google", type=CredentialType.OAUTH2, contents=contents, **tokens)


def begun(scene: Scene, scopes: str = "") -> dict[str, str]:
    answer = scene.api.get(f"{INTEGRATIONS}/google/login", {"scopes": scopes})
    assert answer.status_code == 200, answer.json()
    body: dict[str, str] = answer.json()
    return body


def brought_back(client: Any, token: str, provider: str = "google") -> Any:
    return client.post(f"{INTEGRATIONS}/{provider}/callback", {"code": "c1", "state_token": token}, format="json")


# --- storing and showing


@pytest.mark.parametrize(
    ("wish", "shown"),
    [
        (NEW_KEY, {"type": "api_key", "title": "Mine", "host": None}),
        (
            {"type": "user_password", "username": "ada", "password": "pw-canary"},
            {"type": "user_password", "username": "ada"},
        ),
        (
            {"type": "host_scoped", "host": "API.example.org", "headers": {"X-Key": "h-canary"}},
            {"type": "host_scoped", "host": "api.example.org"},
        ),
    ],
)
def test_a_credential_is_stored_and_its_secret_never_shown(
    scene: Scene, wish: dict[str, Any], shown: dict[str, Any]
) -> None:
    answer = stored(scene, wish)
    assert answer.status_code == 201
    assert shown.items() <= answer.json().items()
    one = f"{INTEGRATIONS}/openai/credentials/{answer.json()['id']}"
    for path in (one, f"{INTEGRATIONS}/openai/credentials", f"{INTEGRATIONS}/credentials"):
        assert "canary" not in scene.api.get(path).content.decode()
    assert "canary" not in StoredCredential.objects.get().sealed
    assert "canary" not in answer.content.decode()


def test_an_expiry_is_seconds_since_1970(scene: Scene) -> None:
    assert stored(scene, NEW_KEY | {"expires_at": 1893456000}).json()["expires_at"].startswith("2030-01-01T00:00:00")


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"type": "api_key"}, "api_key"),
        ({"type": "api_key", "api_key": ""}, "api_key"),
        ({"type": "api_key", "api_key": "sk-canary\x00"}, "api_key"),
        ({"type": "api_key", "api_key": "sk-canary" * 4000}, "api_key"),
        ({"type": "user_password", "password": "pw-canary"}, "username"),
        ({"type": "user_password", "username": "ada", "password": "pw-canary\n"}, "password"),
        ({"type": "host_scoped", "headers": {"X": "h-canary"}}, "host"),
        ({"type": "host_scoped", "host": "example.org"}, "headers"),
        ({"type": "host_scoped", "host": "http://example.org/", "headers": {"X": "h-canary"}}, "hosts"),
        ({"type": "host_scoped", "host": "example.org", "headers": {"X: a": "h-canary"}}, "headers.X: a"),
        ({"type": "host_scoped", "host": "example.org", "headers": {"X": "h-canary\r\nY: 1"}}, "headers.X"),
        (
            {"type": "host_scoped", "host": "example.org", "headers": {f"X{n}": "h-canary" for n in range(21)}},
            "headers",
        ),
        (NEW_KEY | {"title": "t" * 101}, "title"),
        (NEW_KEY | {"expires_at": -1}, "expires_at"),
        (NEW_KEY | {"expires_at": 2**40}, "expires_at"),
        (NEW_KEY | {"hosts": ["a b"]}, "hosts"),
        (NEW_KEY | {"hosts": ["example.org"] * 51}, "hosts"),
        ({"type": "oauth2", "access_token": "at-canary"}, "type"),
        ({"type": "nothing"}, "type"),
    ],
)
def test_what_is_no_good_credential_is_refused_by_its_field(scene: Scene, wish: dict[str, Any], field: str) -> None:
    answer = stored(scene, wish)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]
    assert "canary" not in answer.content.decode()
    assert not StoredCredential.objects.exists()


@pytest.mark.parametrize("provider", ["Open AI", "-", "x" * 51, "öffi"])
def test_a_provider_has_a_plain_name(scene: Scene, provider: str) -> None:
    assert "provider" in stored(scene, provider=provider).json()["fields"]


def test_a_user_has_so_many_credentials_at_most(scene: Scene, settings: LazySettings) -> None:
    settings.CREDENTIALS_PER_USER_MAX = 1
    assert [stored(scene).status_code, stored(scene).status_code] == [201, 403]
    assert stored(scene).json()["code"] == "too_many_credentials"


def test_title_and_hosts_may_change_and_nothing_else(scene: Scene) -> None:
    made = stored(scene).json()
    path = f"{INTEGRATIONS}/openai/credentials/{made['id']}"
    changes = {"title": "Other", "hosts": ["*.example.org"], "type": "oauth2", "provider": "x", "api_key": "sk-2"}
    changed = scene.api.patch(path, changes, format="json").json()
    assert changed == made | {"title": "Other", "hosts": ["*.example.org"]}
    assert opened(StoredCredential.objects.get()).secret == Secret("sk-canary-1")
    assert scene.api.patch(path, {"hosts": ["no host"]}, format="json").status_code == 400


# --- whose they are


def test_a_strangers_credential_is_nowhere(scene: Scene) -> None:
    mine = stored(scene).json()["id"]
    answers = []
    for id_ in (mine, uuid4()):
        path = f"{INTEGRATIONS}/openai/credentials/{id_}"
        got = [scene.stranger.get(path), scene.stranger.patch(path, {}, format="json"), scene.stranger.delete(path)]
        answers.append([(answer.status_code, {**answer.json(), "request_id": ""}) for answer in got])
    assert answers[0] == answers[1]
    assert {status for status, _ in answers[0]} == {404}
    assert scene.stranger.get(f"{INTEGRATIONS}/credentials").json() == []
    assert scene.stranger.get(f"{INTEGRATIONS}/openai/credentials").json() == []
    assert StoredCredential.objects.count() == 1


def test_under_another_provider_it_is_not_found(scene: Scene) -> None:
    made = stored(scene).json()["id"]
    assert scene.api.get(f"{INTEGRATIONS}/google/credentials/{made}").status_code == 404


def test_the_installations_own_may_be_seen_but_not_changed(scene: Scene) -> None:
    contents = Contents(secret=Secret("sk-canary"))
    system = make_credential(None, provider="openai", type=CredentialType.API_KEY, contents=contents)
    path = f"{INTEGRATIONS}/openai/credentials/{system.id}"
    assert scene.api.get(path).json()["is_system"] is True
    assert scene.api.patch(path, {"title": "Mine now"}, format="json").status_code == 403
    assert scene.api.delete(path).status_code == 403
    assert scene.api.get(f"{INTEGRATIONS}/providers/system").json() == ["openai"]
    assert StoredCredential.objects.get().title == ""


@pytest.mark.django_db
def test_without_a_key_nothing_is_told() -> None:
    for path in ("credentials", "openai/credentials", "google/login", "providers", "providers/constants"):
        assert Client().get(f"{INTEGRATIONS}/{path}").status_code in (401, 403)


def test_providers_have_constants_for_generated_clients(scene: Scene) -> None:
    names = scene.api.get(f"{INTEGRATIONS}/providers/constants").json()["PROVIDER_NAMES"]
    assert (names["GITHUB"], names["GOOGLE_MAPS"]) == ("github", "google_maps")
    assert sorted(names.values()) == scene.api.get(f"{INTEGRATIONS}/providers/names").json()


def test_providers_are_those_that_blocks_name(scene: Scene) -> None:
    assert "vault" in scene.api.get(f"{INTEGRATIONS}/providers/names").json()
    found = {provider["name"]: provider for provider in scene.api.get(f"{INTEGRATIONS}/providers").json()}
    assert found["google"]["can_sign_in"] is True
    assert "oauth2" in found["google"]["supported_auth_types"]


# --- signing in


def test_signing_in_asks_with_a_challenge_and_keeps_what_comes_back(scene: Scene, google: World) -> None:
    start = begun(scene, scopes="a,b")
    query = {name: values[0] for name, values in parse_qs(urlsplit(start["login_url"]).query).items()}
    assert query["state"] == start["state_token"]
    assert (query["code_challenge_method"], query["client_id"]) == ("S256", "us")
    assert {"a", "b"} <= set(query["scope"].split())
    body = brought_back(scene.api, start["state_token"]).json()
    assert (body["type"], body["provider"]) == ("oauth2", "google")
    assert {"a", "b"} <= set(body["scopes"])
    (call,) = google.asked("POST", TOKENS)
    assert google.asked("GET", ACCOUNT)[0].headers["authorization"] == "Bearer at-canary"
    assert call.form["redirect_uri"] == query["redirect_uri"] == "http://testserver/auth/integrations/oauth_callback"
    assert challenge_of(call.form["code_verifier"]) == query["code_challenge"]
    assert call.form["client_secret"] == "client:secret"
    kept = opened(StoredCredential.objects.get())
    assert (kept.secret, kept.refresh) == (Secret("at-canary"), Secret("rt-canary"))


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def test_a_state_is_good_once_for_its_user_its_provider_and_ten_minutes(scene: Scene, google: World) -> None:
    token = begun(scene)["state_token"]
    assert brought_back(scene.stranger, token).json()["code"] == "state_invalid"
    assert brought_back(scene.api, token, provider="github").status_code == 400
    assert brought_back(scene.api, "another").status_code == 400
    assert google.calls == []
    assert brought_back(scene.api, token).status_code == 200
    assert brought_back(scene.api, token).status_code == 400
    late = begun(scene)["state_token"]
    OAuthState.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert brought_back(scene.api, late).status_code == 400
    assert len(google.asked("POST", TOKENS)) == 1


def test_nothing_of_a_sign_in_is_stored_in_the_open(scene: Scene, google: World) -> None:
    token = begun(scene)["state_token"]
    row = json.dumps(OAuthState.objects.values().get(), default=str)
    assert token not in row
    brought_back(scene.api, token)
    (call,) = google.asked("POST", TOKENS)
    assert call.form["code_verifier"] not in row


@pytest.mark.parametrize(
    "answer", [(400, {"error": "invalid_grant", "error_description": "No."}), (200, {"error": "bad"}), (200, "no JSON")]
)
def test_an_exchange_that_is_refused_says_so(scene: Scene, google: World, answer: Any) -> None:
    google.says(f"POST {TOKENS}", answer)
    refused = brought_back(scene.api, begun(scene)["state_token"])
    assert (refused.status_code, refused.json()["code"]) == (400, "provider_refused")
    assert "client:secret" not in refused.content.decode()
    assert not StoredCredential.objects.exists()


def test_a_provider_that_is_not_set_up_or_unknown_is_told_apart(scene: Scene, settings: LazySettings) -> None:
    settings.OAUTH_CLIENTS = {}
    assert scene.api.get(f"{INTEGRATIONS}/google/login").status_code == 501
    assert scene.api.get(f"{INTEGRATIONS}/nobody/login").status_code == 404
    assert not OAuthState.objects.exists()


def test_the_page_finishes_a_sign_in_of_the_same_user_only(scene: Scene, google: World) -> None:
    token = begun(scene)["state_token"]
    page = "/auth/integrations/oauth_callback"
    browser = Client()
    assert "/sign-in" in browser.get(page, {"code": "c1", "state": token}).headers["Location"]
    browser.force_login(scene.ada)
    assert browser.get(page, {"code": "c1", "state": token}).status_code == 302
    assert StoredCredential.objects.get().user == scene.ada


def test_a_new_sign_in_clears_away_old_ones(scene: Scene, google: World) -> None:
    begun(scene)
    OAuthState.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    begin(scene.ada, provider_of("google"), scopes=(), callback_url="https://example.org/")
    assert OAuthState.objects.count() == 1


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ({"email": "ada@example.org", "name": "Ada"}, "ada@example.org"),
        ({"name": "Ada"}, "Ada"),
        ({"name": " A\nda\x00 "}, "A da"),
        ({"email": "a" * 150}, "a" * 100),
        ({"email": ["ada"]}, "google"),
        ([], "google"),
        ("no JSON", "google"),
        ((403, {"email": "ada@example.org"}), "google"),
        ((500, ""), "google"),
    ],
)
def test_the_account_at_the_provider_is_the_title_where_it_is_told(
    scene: Scene, google: World, answer: Any, title: str
) -> None:
    google.says(f"GET {ACCOUNT}", answer)
    body = brought_back(scene.api, begun(scene)["state_token"]).json()
    assert body["title"] == title
    assert (body["username"] is None) == (title == "google")


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({}, {"a", "b", "openid", "https://www.googleapis.com/auth/userinfo.email"}),
        ({"scope": "a openid"}, {"a", "openid"}),
        ({"scope": "a,b"}, {"a", "b"}),
        ({"scope": ""}, set()),
    ],
)
def test_the_scopes_that_were_granted_are_kept(
    scene: Scene, google: World, told: dict[str, str], kept: set[str]
) -> None:
    google.says(f"POST {TOKENS}", {"access_token": "at-canary", **told})
    body = brought_back(scene.api, begun(scene, scopes="a,b")["state_token"]).json()
    assert set(body["scopes"]) == kept


def test_an_app_of_github_has_permissions_in_the_place_of_scopes(scene: Scene, settings: LazySettings) -> None:
    tokens, account = "https://github.com/login/oauth/access_token", "https://api.github.com/user"
    settings.OAUTH_CLIENTS = {"github": "us:secret"}
    with world() as made:
        made.says(f"GET {account}", {"login": "ada"})
        made.says(f"POST {tokens}", {"access_token": "ghu_1", "scope": ""})
        settings.SERVICE_ADDRESSES = made.service_addresses
        door.cache_clear()
        bodies = []
        for access in ("ghu_1", "gho_1"):
            made.says(f"POST {tokens}", {"access_token": access, "scope": ""})
            start = scene.api.get(f"{INTEGRATIONS}/github/login", {"scopes": "repo"}).json()
            bodies.append(brought_back(scene.api, start["state_token"], provider="github").json())
    door.cache_clear()
    assert [body["scopes"] for body in bodies] == [["repo"], []]
    assert [body["title"] for body in bodies] == ["ada", "ada"]


def test_a_list_tells_which_scopes_are_lacking(scene: Scene) -> None:
    contents = Contents(secret=Secret("at-canary"))
    for scopes in ([], ["repo"]):
        make_credential(
            scene.ada,
            provider="github",
            type=CredentialType.OAUTH2,
            contents=contents,
            title=str(scopes),
            scopes=scopes,
        )
    stored(scene, provider="github")
    shown = {body["title"]: body for body in scene.api.get(f"{INTEGRATIONS}/credentials").json()}
    assert shown["[]"]["missing_scopes"] == ["repo"]
    assert shown["['repo']"]["missing_scopes"] == []
    assert (shown["Mine"]["scopes"], shown["Mine"]["missing_scopes"]) == (None, None)


# --- removing


@pytest.mark.parametrize(("answer", "revoked"), [({}, True), ((400, "no"), False)])
def test_deleting_takes_the_token_back_at_the_provider(scene: Scene, google: World, answer: Any, revoked: bool) -> None:
    google.says(f"POST {REVOCATION}", answer)
    path = f"{INTEGRATIONS}/google/credentials/{signed_in(scene).id}"
    assert scene.api.delete(path).json() == {"deleted": True, "revoked": revoked}
    assert not StoredCredential.objects.exists()
    (call,) = google.asked("POST", REVOCATION)
    assert call.form["token"] == "rt-canary"


def test_deleting_what_has_nothing_to_take_back(scene: Scene) -> None:
    path = f"{INTEGRATIONS}/openai/credentials/{stored(scene).json()['id']}"
    assert scene.api.delete(path).json() == {"deleted": True, "revoked": None}
    assert scene.api.delete(path).status_code == 404


# --- graphs


def test_a_graph_is_started_with_credentials_by_the_names_of_its_schema(scene: Scene) -> None:
    document = build({"t": ("Tattler", {})})
    version = write_version(Graph.objects.create(id=document.id, owner=scene.ada, name="T"), document)
    address = f"/api/v1/graphs/{version.graph_id}"
    asked = scene.api.get(address).json()["credentials_input_schema"]
    (key,) = asked["required"]
    mine = stored(scene, provider="vault").json()
    refused = scene.api.post(f"{address}/execute", {}, format="json")
    assert (refused.status_code, "credentials" in json.dumps(refused.json()["node_errors"])) == (400, True)
    given = {key: {name: mine[name] for name in ("id", "provider", "type", "title")}}
    assert scene.api.post(f"{address}/execute", {"credentials_inputs": given}, format="json").status_code == 202
    wrong = {key: {"id": str(uuid4()), "provider": "vault", "type": "api_key"}}
    assert scene.api.post(f"{address}/execute", {"credentials_inputs": wrong}, format="json").status_code == 400
