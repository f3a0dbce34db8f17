"""Every answer and every log line of a request has its id."""

import io
import re
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from rest_framework.test import APIClient

from api.request_ids import current_request_id
from config.logs.lines import TextLines
from tests.api.cast import Scene
from tests.config.written import written

NEW = re.compile(r"[0-9a-f]{24}")


@pytest.fixture(autouse=True)
def own_views(settings: LazySettings) -> None:
    settings.ROOT_URLCONF = "tests.api.own_views"


@pytest.fixture
def console() -> Iterator[io.StringIO]:
    """What is written for people to read."""
    with written(TextLines()) as text:
        yield text


def test_an_answer_has_a_new_id(scene: Scene) -> None:
    first, second = (scene.api.get("/api/own/reading")["Request-Id"] for _ in range(2))
    assert NEW.fullmatch(first)
    assert NEW.fullmatch(second)
    assert first != second


@pytest.mark.parametrize("address", ["/sign-in", "/nowhere", "/api/v1/nowhere", "/static/nowhere.css", "/admin/"])
def test_pages_and_errors_have_one_too(db: None, address: str) -> None:
    assert NEW.fullmatch(APIClient().get(address)["Request-Id"])


@pytest.mark.parametrize("asked", ["abc-DEF_123", "x" * 64])
def test_a_plain_id_of_the_caller_is_taken_over(db: None, asked: str) -> None:
    assert APIClient().get("/api/own/open", headers={"Request-Id": asked})["Request-Id"] == asked


@pytest.mark.parametrize("asked", ["", "x" * 65, "a b", "a\r\nX: y", "é", "١", "a;b", "\x1b[31m"])
def test_any_other_is_not(db: None, asked: str) -> None:
    assert NEW.fullmatch(APIClient().get("/api/own/open", headers={"Request-Id": asked})["Request-Id"])


def test_a_problem_names_it(scene: Scene) -> None:
    answer = scene.api.get("/api/v1/nowhere", headers={"Request-Id": "mine"})
    assert answer.json()["request_id"] == answer["Request-Id"] == "mine"


def test_it_is_gone_after_the_request(scene: Scene) -> None:
    scene.api.get("/api/own/reading")
    assert current_request_id() == ""


def test_what_is_logged_meanwhile_and_afterwards_carries_it(scene: Scene, console: io.StringIO) -> None:
    scene.api.post("/api/own/notes", {"wish": "broken"}, format="json", headers={"Request-Id": "mine"})
    records = [line for line in console.getvalue().splitlines() if not line.startswith(" ")]
    assert [" [mine] " in line for line in records] == [True] * 3
    told = ("A request failed", "A request was answered", "Internal Server Error")
    assert [sentence for sentence in told if not any(sentence in line for line in records)] == []


def test_nobody_can_forge_a_line(scene: Scene, console: io.StringIO) -> None:
    scene.api.post("/api/own/notes", {"wish": "broken"}, format="json")
    scene.api.get("/api/v1/a%0d%0a2026-01-01 INFO forged%1b[31m")
    text = console.getvalue()
    assert "forged" in text
    assert "\x1b" not in text
    assert "\r" not in text
    assert not any(line.startswith("2026-01-01 INFO") for line in text.splitlines())
