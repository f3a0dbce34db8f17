"""What the API says when it cannot do what it was asked."""

import logging

import pytest
from django.conf import LazySettings
from django.test import RequestFactory
from rest_framework.test import APIClient

from api.problems import handle
from credits.models import Account
from reliability.errors import Unavailable
from tests.api.cast import Scene


def test_credits_are_told(scene: Scene) -> None:
    assert scene.api.get("/api/v1/credits").json()["credits"] == 100


def test_json_that_is_nested_too_deep_is_refused(scene: Scene) -> None:
    body = "[" * 100_000
    answer = scene.api.post("/api/v1/credits/redeem", data=body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_without_a_key_the_answer_says_what_to_send(db: None) -> None:
    answer = APIClient().get("/api/v1/credits")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert answer.json()["code"] == "not_authenticated"


def test_a_wrong_key_is_refused(db: None) -> None:
    answer = APIClient().get("/api/v1/credits", HTTP_X_API_KEY="slk_wrong")
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")


def test_every_problem_has_the_same_members_and_type(scene: Scene) -> None:
    answer = scene.stranger.get(scene.graph)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such thing.",
        "code": "not_found",
        "message": "There is no such thing.",
        "hint": "Check the address. What belongs to somebody else is not shown either.",
        "request_id": answer["Request-Id"],
    }


def test_unknown_address_is_a_problem_too(scene: Scene) -> None:
    answer = scene.api.get("/api/v1/nothing")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_body_that_is_no_json_is_refused(scene: Scene) -> None:
    answer = scene.api.post("/api/v1/graphs", "{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_missing_field_is_named(scene: Scene) -> None:
    answer = scene.api.post("/api/v1/graphs", {}, format="json")
    assert answer.json()["detail"] == "graph: This field is required."


def test_what_may_work_later_says_so() -> None:
    answer = handle(Unavailable("Redis does not answer.", service="redis"), {})
    assert (answer.status_code, answer.data["service"], answer.data["hint"]) == (503, "redis", "Try again in a moment.")


def test_unforeseen_error_is_logged_and_tells_nothing(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    answer = handle(Account.DoesNotExist("a secret"), {"request": RequestFactory().get("/")})
    assert answer.status_code == 500
    assert "secret" not in str(answer.data)
    assert "a secret" in caplog.text


def test_a_body_that_is_too_large_is_refused_with_the_limit(scene: Scene, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = scene.api.post("/api/v1/graphs", {"graph": {"name": "x" * 200}}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "100 bytes" in answer.json()["detail"]
