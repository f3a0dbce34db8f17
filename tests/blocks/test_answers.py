from typing import Any

import pytest

from blocks.answers import entries, failure, find, part
from blocks.errors import BlockError
from blocks.paths import path_part
from blocks.service import Service
from tests.blocks.fakes import make_context
from tests.blocks.running import CANARY, make_credential

SERVICE = Service("Acme", "https://api.acme.example")


@pytest.mark.parametrize(
    ("said", "path", "found"),
    [
        ({"a": {"b": [1, 2]}}, ("a", "b", 1), 2),
        ({"a": 0}, ("a",), 0),
        ({"a": None}, ("a", "b"), None),
        ({"a": "text"}, ("a", "b"), None),
        ({"a": []}, ("a", 0), None),
        ([{"a": 1}], ("a",), None),
        (None, ("a",), None),
        (7, (0,), None),
    ],
)
def test_whatever_a_service_says_can_be_looked_into(said: Any, path: tuple[str | int, ...], found: Any) -> None:
    assert find(said, *path) == found


def test_a_part_that_must_be_there_is_named_when_it_is_not() -> None:
    assert part(SERVICE, {"a": [{"b": ""}]}, "a", 0, "b") == ""
    with pytest.raises(BlockError, match=r"Acme gave an answer without a\.0\.c\."):
        part(SERVICE, {"a": [{"b": ""}]}, "a", 0, "c")


@pytest.mark.parametrize(
    ("said", "found"), [({"a": [{"b": 1}, None, "x"]}, [{"b": 1}]), ({"a": {"b": 1}}, []), ({}, []), ([], [])]
)
def test_entries_are_objects(said: Any, found: list[dict[str, Any]]) -> None:
    assert entries(said, "a") == found


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("It is\n  cold.", "Acme did not go: It is cold."),
        (None, "Acme did not go."),
        ("", "Acme did not go."),
        ({"code": 7}, "Acme did not go: {'code': 7}"),
        (f"You sent {CANARY}", "Acme did not go: You sent ••••••••"),
    ],
)
def test_a_failure_says_what_the_service_says_but_no_secret(message: Any, sentence: str) -> None:
    context = make_context(credentials={"credentials": make_credential("acme")})
    assert str(failure(SERVICE, context, "did not go", message)) == sentence


def test_a_failure_is_not_long() -> None:
    context = make_context(credentials={"credentials": make_credential("acme")})
    assert len(str(failure(SERVICE, context, "did not go", "x" * 10_000))) < 600


@pytest.mark.parametrize(("text", "quoted"), [("a b", "a%20b"), ("a/../b?c#d", "a%2F..%2Fb%3Fc%23d"), ("é", "%C3%A9")])
def test_a_text_is_one_part_of_a_path(text: str, quoted: str) -> None:
    assert path_part(text) == quoted


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_what_cannot_be_a_part_of_a_path_is_refused(text: str) -> None:
    with pytest.raises(BlockError, match="cannot stand in an address"):
        path_part(text)
