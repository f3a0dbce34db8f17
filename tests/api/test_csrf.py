"""Calls from other sites: a cookie does nothing without its token, and a key only from origins that are named."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import ApiKey
from api.schema_pages import document
from config.cross_origin import parse_origins
from reliability.nesting import levels
from tests.api.belongings import INPUTS, Belongings
from tests.api.cast import Scene
from tests.house.processes import manage

EVIL = "https://evil.example"
APP = "https://app.example.org"
KEYS = "/api/v1/api-keys"
BODY = {"name": "stolen", "permissions": ["IDENTITY"]}
#: What every script may read (Fetch standard, CORS-safelisted response-header names).
ALWAYS_READ = {"Cache-Control", "Content-Length", "Content-Type"}
#: What tells a browser how to treat the answer.
FOR_BROWSERS = {
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Referrer-Policy",
    "Vary",
    "X-Content-Type-Options",
    "X-Frame-Options",
}


@pytest.fixture
def browser(scene: Scene) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(scene.ada)
    return client


@pytest.mark.parametrize("origin", [EVIL, "null", "", APP])
@pytest.mark.parametrize("type", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_a_cookie_from_another_site_changes_nothing(
    browser: Client, scene: Scene, settings: Any, origin: str, type: str
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    body = '{"name": "stolen", "permissions": ["IDENTITY"]}'
    answer = browser.post(KEYS, body, content_type=type, HTTP_ORIGIN=origin)
    assert answer.status_code == 403
    assert ApiKey.objects.filter(user=scene.ada).count() == 1


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_no_other_method_does_either(browser: Client, scene: Scene, method: str) -> None:
    key = ApiKey.objects.get(user=scene.ada)
    answer = getattr(browser, method)(f"{KEYS}/{key.id}", HTTP_ORIGIN=EVIL)
    assert answer.status_code == 403
    assert ApiKey.objects.get(pk=key.pk).status == "ACTIVE"


def test_a_page_of_ours_sends_the_token(browser: Client, scene: Scene) -> None:
    browser.get("/keys")
    token = browser.cookies["csrftoken"].value
    sent = {"content_type": "application/json", "HTTP_X_CSRFTOKEN": token}
    assert browser.post(KEYS, BODY, **sent).status_code == 200  # type: ignore[arg-type]
    assert browser.post(KEYS, BODY, **sent, HTTP_ORIGIN=EVIL).status_code == 403  # type: ignore[arg-type]


@pytest.mark.parametrize("type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_json_under_another_name_is_not_read(scene: Scene, type: str) -> None:
    answer = scene.api.post(KEYS, '{"name": "a", "permissions": ["IDENTITY"]}', content_type=type)
    assert answer.status_code in (400, 415)
    assert ApiKey.objects.filter(user=scene.ada).count() == 1


@pytest.mark.parametrize(
    "page",
    ["/sign-in", "/sign-out", "/password", "/keys", "/account/password", "/account/email", "/notifications/settings"],
)
def test_no_form_is_taken_without_its_token(browser: Client, page: str) -> None:
    assert browser.post(page, {"name": "x"}).status_code == 403
    assert browser.post(page, {"name": "x"}, HTTP_ORIGIN=EVIL).status_code == 403


def test_without_named_origins_nobody_is_answered(scene: Scene) -> None:
    answer = scene.api.get(KEYS, HTTP_ORIGIN=APP)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_named_origin_calls_with_its_key(scene: Scene, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    asked = preflight(APP)
    assert asked.status_code == 204
    assert asked["Access-Control-Allow-Origin"] == APP
    assert {"POST", "PUT", "PATCH", "DELETE"} <= set(asked["Access-Control-Allow-Methods"].split(", "))
    assert {"Authorization", "X-API-Key", "Content-Type"} <= set(asked["Access-Control-Allow-Headers"].split(", "))
    answer = scene.api.post(KEYS, BODY, format="json", HTTP_ORIGIN=APP)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, APP)
    assert "Retry-After" in answer["Access-Control-Expose-Headers"]
    refused = APIClient().get(KEYS, HTTP_ORIGIN=APP)
    assert (refused.status_code, refused["Access-Control-Allow-Origin"]) == (401, APP)
    assert scene.api.get("/api/v1/nowhere", HTTP_ORIGIN=APP)["Access-Control-Allow-Origin"] == APP


@pytest.mark.parametrize(
    "origin",
    [
        *(EVIL, "null", "*", "", "\r\nX: y", f"{APP}.evil.example", f"{APP}:8443", f"{APP}/"),
        *("http://app.example.org", APP.upper()),
    ],
)
def test_no_other_origin_does_and_credentials_are_never_allowed(scene: Scene, settings: Any, origin: str) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    for answer in (preflight(origin), scene.api.get(KEYS, HTTP_ORIGIN=origin)):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer["Vary"]
    for answer in (preflight(APP), scene.api.get(KEYS, HTTP_ORIGIN=APP)):
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_named_origin_may_send_whatever_the_api_takes(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    taken = {one["name"] for one in objects_in(yaml.safe_load(document())) if one.get("in") == "header"}
    taken |= {"Authorization", "Content-Type", "If-None-Match", "Request-Id"}
    assert {"If-Match", "Idempotency-Key", "X-API-Key"} <= taken
    assert taken <= set(preflight(APP)["Access-Control-Allow-Headers"].split(", "))


def test_a_named_origin_may_read_whatever_the_api_tells(scene: Scene, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    upload, wish = Belongings(scene).upload, {"name": "x", "cron": "0 8 * * *", "inputs": INPUTS}
    answers = [
        scene.api.get(scene.graph, HTTP_ORIGIN=APP),
        scene.api.get(f"/api/v1/files/{upload.id}/download", HTTP_ORIGIN=APP),
        scene.api.delete("/api/v1/blocks", HTTP_ORIGIN=APP),
        APIClient().get("/api/v1/graphs", HTTP_ORIGIN=APP),
    ]
    for _ in range(2):
        sent = {"HTTP_ORIGIN": APP, "HTTP_IDEMPOTENCY_KEY": "k"}
        answers.append(scene.api.post(f"{scene.graph}/schedules", wish, format="json", **sent))  # type: ignore[arg-type]
    told = {name for answer in answers for name in answer.headers} - ALWAYS_READ - FOR_BROWSERS
    assert {"ETag", "Idempotent-Replayed", "Request-Id", "Content-Disposition", "WWW-Authenticate"} <= told
    assert told <= set(answers[0]["Access-Control-Expose-Headers"].split(", "))


def test_pages_are_for_no_other_origin(browser: Client, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    assert "Access-Control-Allow-Origin" not in browser.get("/keys", HTTP_ORIGIN=APP).headers


@pytest.mark.parametrize(
    "entry",
    ["*", "null", "app.example.org", f"{APP}/", f"{APP}/x", "https://*.example.org", "https://a@b.org", "ftp://a"],
)
def test_what_is_no_origin_stops_the_start(entry: str) -> None:
    with pytest.raises(ValueError, match="is no origin"):
        parse_origins([APP, entry])


def test_the_setting_says_which_one_it_is(tmp_path: Any) -> None:
    done = manage("check", home=tmp_path, CORS_ALLOWED_ORIGINS="*")
    assert (done.returncode, "CORS_ALLOWED_ORIGINS" in done.stderr) == (1, True)


def preflight(origin: str) -> Any:
    asked = {"HTTP_ORIGIN": origin, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}
    return APIClient().options(KEYS, **asked)


def objects_in(schema: Any) -> Iterator[dict[str, Any]]:
    """All objects in it."""
    yield from (item for level in levels(schema) for item in level if isinstance(item, dict))
