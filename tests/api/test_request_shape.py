"""What a request must look like: lengths, kinds of bodies, texts and numbers that can be stored. Never a 500."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from api.errors import LengthRequired
from api.parsers import DEPTH_MAX, NAMES_MAX
from api.request_shape import ADDRESS_MAX_LENGTH, HEADERS_MAX_LENGTH, require_length
from tests.api.cast import Scene

NOTES = "/api/own/notes"


@pytest.fixture(autouse=True)
def own_views(settings: LazySettings) -> None:
    settings.ROOT_URLCONF = "tests.api.own_views"


def told(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def post(scene: Scene, body: str | bytes, content_type: str = "application/json") -> Any:
    return scene.api.post(NOTES, data=body, content_type=content_type)


# --- Bodies


def test_a_body_is_as_large_as_the_limit_and_no_larger(scene: Scene, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    body = json.dumps({"a": "x" * 90})
    assert len(body) == 99
    assert post(scene, body + " ").status_code == 201
    answer = post(scene, body + "  ")
    assert (told(answer), answer.json()["maximum"]) == ((413, "too_large"), 100)


def test_the_limit_holds_for_whoever_does_not_say_who_it_is_too(scene: Scene, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert told(scene.api.post("/api/own/called", "x" * 101, content_type="text/plain")) == (413, "too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "nonsense", "text/json"])
def test_what_is_not_said_to_be_json_is_refused(scene: Scene, kind: str) -> None:
    answer = scene.api.post("/api/v1/credits/redeem", '{"code": "x"}', content_type=kind)
    assert told(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        "{",
        b"\xff\xfe",
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1e999}',
        '{"a": -1e999}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a": "\\ud800"}',
        '{"\\ud800": 1}',
        "[" * 100_000,
        "[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1),
        json.dumps({str(number): 0 for number in range(NAMES_MAX + 1)}),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_json_that_cannot_be_read_again_is_refused(scene: Scene, body: str | bytes) -> None:
    assert told(post(scene, body)) == (400, "parse_error")


def test_json_as_deep_as_may_be_is_read(scene: Scene) -> None:
    assert post(scene, '{"a": ' + "[" * (DEPTH_MAX - 1) + "]" * (DEPTH_MAX - 1) + "}").status_code == 201


@pytest.mark.parametrize("charset", ["utf-7", "rot13", "nonsense", "utf-16"])
def test_odd_charsets_are_refused(scene: Scene, charset: str) -> None:
    answer = post(scene, '{"a": "+2AA-"}', f"application/json; charset={charset}")
    assert told(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize("body", ["[]", "1", '"x"', "null", "[1]"])
@pytest.mark.parametrize("address", ["/api/v1/graphs", "/api/v1/credits/redeem", "/api/v1/review/action"])
def test_json_that_is_no_object_is_refused(scene: Scene, body: str, address: str) -> None:
    assert scene.api.post(address, body, content_type="application/json").status_code == 400


def test_a_body_that_came_in_pieces_has_the_length_that_it_has() -> None:
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"transfer-encoding", b"chunked")]}
    request = ASGIRequest(scope, BytesIO(b'{"a": 1}'))
    require_length(request)
    assert (request.META["CONTENT_LENGTH"], request.body) == ("8", b'{"a": 1}')


def test_a_body_in_pieces_that_nobody_has_put_together_is_refused() -> None:
    environ = RequestFactory()._base_environ(REQUEST_METHOD="POST", HTTP_TRANSFER_ENCODING="chunked")
    with pytest.raises(LengthRequired):
        require_length(WSGIRequest(environ))


@pytest.mark.parametrize("length", ["x", "-1", "1.5", "١", "9" * 5000])
def test_a_length_that_is_no_number_of_bytes_is_refused(scene: Scene, length: str) -> None:
    assert told(scene.api.get("/api/own/open", CONTENT_LENGTH=length)) == (400, "invalid_input")


# --- Addresses and headers


def test_an_address_has_an_end(scene: Scene) -> None:
    room = ADDRESS_MAX_LENGTH - len("/api/own/reading") - len("a=")
    assert scene.api.get(f"/api/own/reading?a={'x' * room}").status_code == 200
    assert told(scene.api.get(f"/api/own/reading?a={'x' * (room + 1)}")) == (414, "address_too_long")


def test_headers_have_an_end(scene: Scene) -> None:
    answer = scene.api.get("/api/own/reading", headers={"X-Long": "x" * HEADERS_MAX_LENGTH})
    assert told(answer) == (431, "headers_too_large")


@pytest.mark.parametrize("query", ["a=%00", "%00=a", "a=1&a=%00"])
def test_a_parameter_that_cannot_be_stored_is_named(scene: Scene, query: str) -> None:
    answer = scene.api.get(f"/api/own/reading?{query}")
    assert told(answer) == (400, "invalid_input")
    assert list(answer.json()["fields"]) in (["a"], ["�"])


@pytest.mark.parametrize("query", ["a=%ff", "a=%ed%a0%80", "%", "a=%zz", "&&=", "a[]=1"])
def test_odd_parameters_are_no_fault_of_ours(scene: Scene, query: str) -> None:
    assert scene.api.get(f"/api/own/reading?{query}").status_code == 200


def test_more_parameters_than_anybody_needs_are_refused(scene: Scene) -> None:
    assert told(scene.api.get(f"/api/own/reading?{'a=1&' * 1500}")) == (400, "invalid_input")


@pytest.mark.parametrize("name", ["%00", "a%00b"])
def test_a_name_in_the_address_that_cannot_be_stored_is_not_found(scene: Scene, name: str) -> None:
    assert told(scene.api.get(f"/api/own/reading/{name}")) == (404, "not_found")


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/%ff",
        "/api/v1/integrations/%00/credentials",
        "/api/v1/credits/%00/refund",
        "/api/v1/graphs/%ff",
        f"/api/v1/node-executions/00000000-0000-0000-0000-000000000000/outputs/{2**70}",
        f"/api/v1/executions?page={10**30}",
        "/api/v1/executions?page=1e3",
        "/api/v1/credits/transactions?transaction_time=0000-00-00",
        "/api/v1/credits/transactions?cursor=%ff",
        "/api/v1/credits/usage?since=9999-12-31T23:59:59%2B00:00&until=0001-01-01",
        "/api/v1/credits/holds?status=';--",
        "/api/v1/library/presets?graph_id=1",
    ],
)
def test_no_address_breaks_us(scene: Scene, address: str) -> None:
    assert scene.api.get(address).status_code in (200, 400, 404, 405)


def test_what_only_the_database_refuses_is_refused(scene: Scene) -> None:
    assert told(scene.api.get("/api/own/out-of-range")) == (400, "invalid_input")


def test_a_request_for_another_host_is_refused_in_the_same_shape(scene: Scene) -> None:
    assert told(scene.api.get("/api/own/open", HTTP_HOST="evil.example")) == (400, "invalid_input")


def test_another_form_than_json_is_not_there(scene: Scene) -> None:
    assert told(scene.api.get("/api/own/reading", HTTP_ACCEPT="text/html")) == (406, "not_acceptable")
