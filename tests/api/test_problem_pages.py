"""Each code that the API may answer with has a page, which anybody can read without any other site."""

import importlib
import pkgutil
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from rest_framework import exceptions
from rest_framework.test import APIClient

from api import problem_pages
from api.problem_pages import as_html, sections
from api.problems import problem
from blocks.errors import BlockError
from reliability.errors import SluiceError
from reliability.sandbox.errors import SandboxError
from reliability.templates.errors import TemplateError

#: Rooms whose errors requests may meet.
ROOMS = ("accounts", "api", "blocks", "credits", "executor", "graphs", "notifications", "realtime", "reliability")
#: Errors of nodes, of workers and of starting programs, which no request meets.
ELSEWHERE: tuple[type[SluiceError], ...] = (BlockError, SandboxError, TemplateError)
CODES_ELSEWHERE = {"error", "block_definition", "job_refused", "one_queue"}
OF_REST_FRAMEWORK = {
    "authentication_failed",
    "method_not_allowed",
    "not_acceptable",
    "not_authenticated",
    "not_found",
    "parse_error",
    "permission_denied",
    "unsupported_media_type",
}


def known_errors() -> Iterator[type[SluiceError]]:
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if module.name.endswith(".errors"):
                importlib.import_module(module.name)
    waiting = [SluiceError]
    while waiting:
        error = waiting.pop()
        yield error
        waiting += error.__subclasses__()


def codes() -> set[str]:
    ours = {
        error.code
        for error in known_errors()
        if not issubclass(error, ELSEWHERE) and error.__module__.partition(".")[0] in ROOMS
    }
    return ours - CODES_ELSEWHERE | OF_REST_FRAMEWORK | {"internal_error"}


def test_every_code_has_an_entry() -> None:
    assert codes() - set(sections()) == set()


def test_every_entry_begins_with_a_status_that_its_error_has() -> None:
    statuses = {error.code: set[int]() for error in known_errors()}
    for error in known_errors():
        statuses[error.code].add(error.http_status)
    for code, text in sections().items():
        number = text.partition(".")[0]
        assert HTTPStatus(int(number)), code
        assert int(number) in statuses.get(code, {int(number)}), code


def test_the_codes_of_the_rest_framework_are_these() -> None:
    """`invalid` becomes invalid_input, and its throttles are not used."""
    classes = (found for found in vars(exceptions).values() if isinstance(found, type))
    codes = {found.default_code for found in classes if hasattr(found, "default_code")}
    assert codes - {"error", "invalid", "throttled"} == OF_REST_FRAMEWORK


@pytest.mark.parametrize("code", ["not_found", "in_flight", "internal_error"])
def test_the_type_of_a_problem_leads_to_its_page(code: str, db: None) -> None:
    answer = APIClient().get(problem(400, code, "")["type"])
    page = answer.content.decode()
    assert (answer.status_code, f"<h1>{code}</h1>" in page, "http" in page) == (200, True, False)


def test_the_list_leads_to_all_of_them(db: None) -> None:
    page = APIClient().get("/problems/").content.decode()
    assert all(f'href="/problems/{code}"' in page for code in sections())


@pytest.mark.parametrize("code", ["nothing", "NOT_FOUND", "%00", "..%2f..%2fsettings"])
def test_there_is_no_other_page(code: str, db: None) -> None:
    assert APIClient().get(f"/problems/{code}").status_code == 404


def test_a_page_shows_code_and_the_words_of_links_and_nothing_else_as_markup() -> None:
    shown = as_html("See [docs](x.md) and `<b>`.\n\nTwo")
    assert shown == "<p>See docs and <code>&lt;b&gt;</code>.</p>\n<p>Two</p>"


def test_without_the_document_there_are_no_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    sections.cache_clear()
    monkeypatch.setattr(problem_pages, "DOCUMENT", problem_pages.DOCUMENT / "nothing")
    assert sections() == {}
    sections.cache_clear()
