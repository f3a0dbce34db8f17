"""Which form an answer takes, by the header `Accept`."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.api.belongings import Belongings, addressed
from tests.api.cast import Scene

#: Who only takes problems.
PROBLEMS = "application/problem+json"
FILES = (
    "files/<uuid:upload_id>/download",
    "node-executions/<uuid:node_execution_id>/outputs/<int:index>",
    "public/shared/<str:token>/files/<str:file_id>/download",
)


def ask(api: APIClient, address: str, wish: str) -> Any:
    return api.get(address, HTTP_ACCEPT=wish)


@pytest.mark.parametrize("wish", [PROBLEMS, "Application/Problem+JSON; q=0.9", f"text/html, {PROBLEMS}", "*/*", ""])
def test_who_takes_problems_gets_them_and_json(scene: Scene, wish: str) -> None:
    found, missing = ask(scene.api, "/api/v1/graphs", wish), ask(scene.api, "/api/v1/executions/x", wish)
    refused = ask(APIClient(), "/api/v1/graphs", wish)
    assert (found.status_code, found["Content-Type"]) == (200, "application/json")
    assert [(answer.status_code, answer["Content-Type"]) for answer in (missing, refused)] == [
        (404, PROBLEMS),
        (401, PROBLEMS),
    ]


@pytest.mark.parametrize("wish", ["text/html", "application/problem+xml", "application/*+json", "x", ";", "/"])
def test_another_form_is_not_there(scene: Scene, wish: str) -> None:
    answer = ask(scene.api, "/api/v1/graphs", wish)
    assert (answer.status_code, answer["Content-Type"]) == (406, PROBLEMS)


@pytest.mark.parametrize("route", FILES)
@pytest.mark.parametrize(
    "wish", ["application/octet-stream", "application/pdf", "image/*;q=0.1", "text/html", PROBLEMS, "x", ""]
)
def test_file_comes_in_its_own_form_whatever_is_wished_for(scene: Scene, route: str, wish: str) -> None:
    answer = ask(scene.api, addressed(route, Belongings(scene)), wish)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) in (b"1", b"a")


@pytest.mark.parametrize("wish", ["application/pdf", PROBLEMS])
def test_file_that_is_not_there_is_a_problem(scene: Scene, wish: str) -> None:
    answer = ask(scene.api, "/api/v1/files/00000000-0000-0000-0000-000000000000/download", wish)
    assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEMS)
