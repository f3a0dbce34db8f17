"""API keys over the API: made once, within the caller's own scopes, suspended, resumed, revoked."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.errors import KeyRevoked
from accounts.events import access_ended
from accounts.key_status import revoke, suspend
from accounts.keys import find, issue
from accounts.models import ApiKey, User
from api.models import KeyedAnswer
from api.scopes import Scope
from tests.api.cast import Scene

KEYS = "/api/v1/api-keys"
#: Half of a character.
ODD_NAME = r'{"name": "\ud800", "permissions": ["IDENTITY"]}'


def make(client: Any, **changes: Any) -> Any:
    return client.post(KEYS, {"name": "laptop", "permissions": ["READ_GRAPH"]} | changes, format="json")


def client_with(plain: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_X_API_KEY=plain)
    return client


def client_for(user: User, *scopes: Scope, **options: Any) -> tuple[ApiKey, APIClient]:
    key, plain = issue(user, name="limited", scopes=scopes, **options)
    return key, client_with(plain)


def test_a_key_is_made_and_shown_once(scene: Scene) -> None:
    answer = make(scene.api, description="Mine", daily_limit=50)
    made = answer.data["api_key"]
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert (made["status"], made["permissions"], made["daily_limit"]) == ("ACTIVE", ["READ_GRAPH"], 50)
    assert answer.data["plain_text_key"].startswith(f"{made['prefix']}_")
    assert answer.data["plain_text_key"].endswith(made["postfix"])
    assert scene.api.get(f"{KEYS}/{made['id']}").data == made
    assert answer.data["plain_text_key"] not in str(scene.api.get(KEYS).content)


def test_the_new_key_does_what_it_may_and_nothing_else(scene: Scene) -> None:
    client = client_with(make(scene.api).data["plain_text_key"])
    assert client.get("/api/v1/graphs").status_code == 200
    refused = client.get("/api/v1/credits")
    assert (refused.status_code, refused.data["code"]) == (403, "insufficient_scope")
    assert refused.data["missing"] == ["READ_CREDITS"]


def test_names_of_the_autogpt_platform_are_understood(scene: Scene) -> None:
    answer = make(scene.api, permissions=["RUN_AGENT", "USE_TOOLS", "READ_STORE", "IDENTITY"])
    assert answer.data["api_key"]["permissions"] == ["EXECUTE_GRAPH", "IDENTITY"]


def test_the_same_request_makes_one_key_and_its_text_is_kept_nowhere(scene: Scene) -> None:
    body = {"name": "a", "permissions": ["READ_RUN"]}
    first, again = (scene.api.post(KEYS, body, format="json", HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))
    assert again.data["api_key"]["id"] == str(first.data["api_key"]["id"])
    assert (first.data["plain_text_key"] is None, again.data["plain_text_key"]) == (False, None)
    secret = first.data["plain_text_key"].split("_", 2)[2]
    assert secret not in KeyedAnswer.objects.get().body
    assert ApiKey.objects.filter(name="a").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 81}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": None}, "name"),
        ({"name": []}, "name"),
        ({"permissions": []}, "permissions"),
        ({"permissions": ["FLY"]}, "permissions"),
        ({"permissions": "READ_GRAPH"}, "permissions"),
        ({"permissions": [["READ_GRAPH"]]}, "permissions.0"),
        ({"permissions": ["READ_GRAPH"] * 101}, "permissions"),
        ({"description": "d" * 301}, "description"),
        ({"daily_limit": -1}, "daily_limit"),
        ({"daily_limit": 2**53 + 1}, "daily_limit"),
        ({"daily_limit": 10**400}, "daily_limit"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-23:00"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(scene: Scene, changes: dict[str, Any], field: str) -> None:
    answer = make(scene.api, **changes)
    assert answer.status_code == 400
    assert field in answer.data["fields"]
    assert ApiKey.objects.filter(user=scene.ada).count() == 1


@pytest.mark.parametrize("body", ["[]", "null", '"x"', "1", "{", '{"name": NaN}', ODD_NAME])
def test_a_body_that_is_no_object_is_refused(scene: Scene, body: str) -> None:
    assert scene.api.post(KEYS, body, content_type="application/json").status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("delete", ""), ("post", "/suspend"), ("post", "/resume"), ("put", "/permissions")],
)
def test_a_strangers_key_is_not_found(scene: Scene, method: str, path: str) -> None:
    key = ApiKey.objects.get(user=scene.ada)
    answer = getattr(scene.stranger, method)(f"{KEYS}/{key.id}{path}", {"permissions": ["IDENTITY"]}, format="json")
    assert answer.status_code == 404
    assert ApiKey.objects.get(pk=key.pk).status == "ACTIVE"


def test_a_list_shows_ones_own_keys_only(scene: Scene) -> None:
    make(scene.api)
    assert [key["name"] for key in scene.api.get(KEYS).data] == ["laptop", "tests"]
    assert [key["name"] for key in scene.api.get(KEYS, {"page": 2, "page_size": 1}).data] == ["tests"]
    assert scene.api.get(KEYS, {"page": 0}).status_code == 400


def test_a_suspended_key_rests_and_works_again_when_it_is_resumed(scene: Scene) -> None:
    made = make(scene.api).data
    client = client_with(made["plain_text_key"])
    address = f"{KEYS}/{made['api_key']['id']}"
    assert scene.api.post(f"{address}/suspend").data["status"] == "SUSPENDED"
    assert client.get("/api/v1/graphs").status_code == 401
    assert scene.api.post(f"{address}/resume").data["status"] == "ACTIVE"
    assert client.get("/api/v1/graphs").status_code == 200


def test_a_revoked_key_stays_revoked(scene: Scene) -> None:
    made = make(scene.api).data
    address = f"{KEYS}/{made['api_key']['id']}"
    assert scene.api.delete(address).data["status"] == "REVOKED"
    assert client_with(made["plain_text_key"]).get("/api/v1/graphs").status_code == 401
    assert scene.api.delete(address).status_code == 200
    for refused in (
        scene.api.post(f"{address}/resume"),
        scene.api.put(f"{address}/permissions", {"permissions": ["IDENTITY"]}, format="json"),
    ):
        assert (refused.status_code, refused.data["code"]) == (409, "key_revoked")
    assert scene.api.post(f"{address}/suspend").data["status"] == "REVOKED"


def test_what_an_operator_has_suspended_its_owner_cannot_resume(scene: Scene) -> None:
    key = issue(scene.ada, name="odd")[0]
    suspend(key)
    suspend(key, operator_reason="It sends spam.")
    answer = scene.api.post(f"{KEYS}/{key.id}/resume")
    assert (answer.status_code, answer.data["code"]) == (403, "key_locked")


def test_a_key_hands_on_no_more_than_it_has(scene: Scene) -> None:
    _, client = client_for(scene.ada, Scope.WRITE_KEYS, Scope.READ_GRAPH)
    assert make(client, permissions=["READ_GRAPH"]).status_code == 200
    refused = make(client, permissions=["READ_GRAPH", "WRITE_CREDITS"])
    assert (refused.status_code, refused.data["missing"]) == (403, ["WRITE_CREDITS"])
    refused = make(client, permissions=["RUN_AGENT"])
    assert (refused.status_code, refused.data["missing"]) == (403, ["EXECUTE_GRAPH"])


@pytest.mark.parametrize(
    ("method", "path"), [("delete", ""), ("post", "/suspend"), ("post", "/resume"), ("put", "/permissions")]
)
def test_a_key_cannot_touch_one_that_may_do_more(scene: Scene, method: str, path: str) -> None:
    _, client = client_for(scene.ada, Scope.WRITE_KEYS)
    strong = ApiKey.objects.get(user=scene.ada, name="tests")
    answer = getattr(client, method)(f"{KEYS}/{strong.id}{path}", {"permissions": ["WRITE_KEYS"]}, format="json")
    assert (answer.status_code, answer.data["code"]) == (403, "insufficient_scope")
    strong.refresh_from_db()
    assert (strong.status, len(strong.scopes)) == ("ACTIVE", len(Scope))


def test_a_key_cannot_widen_itself_and_may_end_itself(scene: Scene) -> None:
    key, client = client_for(scene.ada, Scope.WRITE_KEYS)
    wider = client.put(f"{KEYS}/{key.id}/permissions", {"permissions": ["WRITE_KEYS", "IDENTITY"]}, format="json")
    assert wider.status_code == 403
    assert client.delete(f"{KEYS}/{key.id}").data["status"] == "REVOKED"
    assert client.get(KEYS).status_code == 401


def test_a_key_with_a_daily_limit_makes_no_keys(scene: Scene) -> None:
    _, client = client_for(scene.ada, Scope.WRITE_KEYS, daily_limit=10)
    assert make(client, permissions=["WRITE_KEYS"]).data["code"] == "key_may_not_make_keys"


def test_a_made_key_ends_no_later_than_its_maker(scene: Scene) -> None:
    end = timezone.now() + timedelta(days=1)
    maker, client = client_for(scene.ada, Scope.WRITE_KEYS, expires_at=end)
    longer = make(client, permissions=["WRITE_KEYS"], expires_at=(end + timedelta(seconds=1)).isoformat())
    assert (longer.status_code, longer.data["code"]) == (400, "expiry_invalid")
    made = make(client, permissions=["WRITE_KEYS"]).data["api_key"]
    assert ApiKey.objects.get(id=made["id"]).expires_at == maker.expires_at


def test_ending_a_key_ends_what_it_has_made(scene: Scene) -> None:
    maker, client = client_for(scene.ada, Scope.WRITE_KEYS, Scope.READ_GRAPH)
    child = make(client, permissions=["WRITE_KEYS", "READ_GRAPH"]).data["plain_text_key"]
    grandchild = make(client_with(child)).data["plain_text_key"]
    scene.api.post(f"{KEYS}/{maker.id}/suspend")
    assert (find(child), find(grandchild)) == (None, None)
    scene.api.post(f"{KEYS}/{maker.id}/resume")
    assert find(child) is not None
    assert find(grandchild) is not None
    scene.api.put(f"{KEYS}/{maker.id}/permissions", {"permissions": ["WRITE_KEYS"]}, format="json")
    assert find(grandchild).scopes == []  # type: ignore[union-attr]
    scene.api.delete(f"{KEYS}/{maker.id}")
    assert (find(child), find(grandchild)) == (None, None)


def test_a_key_that_has_just_been_revoked_makes_none(scene: Scene) -> None:
    """Its request was let in before the revocation, and asks after it."""
    maker, _ = client_for(scene.ada, Scope.WRITE_KEYS)
    revoke(maker)
    with pytest.raises(KeyRevoked):
        issue(scene.ada, name="late", scopes=[Scope.WRITE_KEYS], made_by=maker)


def test_there_is_an_end_to_how_many_keys_a_user_has(scene: Scene, settings: Any) -> None:
    settings.API_KEYS_PER_USER_MAX = 2
    made = make(scene.api)
    refused = make(scene.api)
    assert (refused.status_code, refused.data["code"]) == (403, "too_many_keys")
    scene.api.delete(f"{KEYS}/{made.data['api_key']['id']}")
    assert make(scene.api).status_code == 200


def test_keys_of_a_closed_account_do_not_work(scene: Scene) -> None:
    User.objects.filter(pk=scene.ada.pk).update(is_active=False)
    assert scene.api.get(KEYS).status_code == 401


def test_whoever_came_in_by_an_ended_key_is_told_of(scene: Scene, django_capture_on_commit_callbacks: Any) -> None:
    told: list[Any] = []

    def hear(event: Any, **kwargs: Any) -> None:
        told.append((event.user_id, event.api_key_id))

    access_ended.connect(hear)
    key = issue(scene.ada, name="odd")[0]
    with django_capture_on_commit_callbacks(execute=True):
        scene.api.post(f"{KEYS}/{key.id}/suspend")
        scene.api.post(f"{KEYS}/{key.id}/suspend")
        scene.api.delete(f"{KEYS}/{key.id}")
    access_ended.disconnect(hear)
    assert told == [(str(scene.ada.id), str(key.id))] * 2


def test_a_page_makes_keys_with_its_session_and_csrf_token(scene: Scene) -> None:
    browser = Client()
    browser.force_login(scene.ada)
    answer = browser.post(KEYS, {"name": "page", "permissions": ["WRITE_CREDITS"]}, content_type="application/json")
    assert answer.status_code == 200
