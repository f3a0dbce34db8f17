"""Every answer and every log line of a request has its id; no log line is anything but one line."""

import io
import logging
import re
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from rest_framework.test import APIClient

from api.request_ids import current_request_id
from config.logs import CONTINUED, PlainFormatter
from tests.api.cast import Scene

NEW = re.compile(r"[0-9a-f]{24}")


@pytest.fixture(autouse=True)
def own_views(settings: LazySettings) -> None:
    settings.ROOT_URLCONF = "tests.api.own_views"


@pytest.fixture
def console() -> Iterator[io.StringIO]:
    """What the console's handler writes, as the settings made it."""
    [handler] = [found for found in logging.getLogger().handlers if isinstance(found.formatter, PlainFormatter)]
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


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
    assert [" [mine] " in line for line in records] == [True, True]
    assert ["A request failed" in records[0], "Internal Server Error" in records[1]] == [True, True]


def test_nobody_can_forge_a_line(scene: Scene, console: io.StringIO) -> None:
    scene.api.post("/api/own/notes", {"wish": "broken"}, format="json")
    scene.api.get("/api/v1/a%0d%0a2026-01-01 INFO forged%1b[31m")
    text = console.getvalue()
    assert "forged" in text
    assert "\x1b" not in text
    assert "\r" not in text
    assert not any(line.startswith("2026-01-01 INFO") for line in text.splitlines())


def test_a_record_outside_of_requests_has_no_id(console: io.StringIO) -> None:
    logging.getLogger("tests").warning("two\nlines")
    assert re.fullmatch(r"\S+ \S+ WARNING tests two\\nlines\n", console.getvalue())


def test_lines_of_a_traceback_begin_with_blanks(console: io.StringIO) -> None:
    try:
        raise ValueError("a\n2026 forged")
    except ValueError:
        logging.getLogger("tests").exception("It broke")
    assert f"{CONTINUED}2026 forged" in console.getvalue()
