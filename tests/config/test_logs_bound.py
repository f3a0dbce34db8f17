"""Lines say of which request, of which execution and of which user they are; and nothing of what these work on."""

import asyncio
import logging
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory
from django.utils.functional import SimpleLazyObject
from structlog.contextvars import bound_contextvars, get_contextvars

from accounts.models import User
from api.asking import AskedBy
from executor.events import changes_committed
from executor.hosting.threads import DatabaseThread
from executor.hosting.workplace import shared_workplace
from executor.jobs import run_execution
from executor.models import GraphExecution
from tests.api.cast import client_of, make_scene
from tests.config import logging_block
from tests.config.written import Line, line_of, lines, written
from tests.executor.building import Nodes, build
from tests.executor.running import ran, started
from tests.factories import make_user

CANARY = "canary-4711"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def own_views(settings: LazySettings) -> None:
    settings.ROOT_URLCONF = "tests.api.own_views"


def logging_execution(user: User, *, breaks: bool = False) -> GraphExecution:
    return started(user, build({name: ("Logging", {"value": name, "breaks": breaks}) for name in "abc"}))


def bound(line: Line) -> tuple[str, str]:
    return line.get("execution_id", ""), line.get("user_id", "")


def test_a_request_by_key_is_logged_with_its_id_and_user(own_views: None) -> None:
    scene = make_scene()
    with written() as text:
        scene.api.get("/api/own/reading", headers={"Request-Id": "mine"})
    line = line_of(text, "request_answered")
    assert (line["request_id"], line["user_id"]) == ("mine", str(scene.ada.pk))
    assert (line["method"], line["status"], line["route"]) == ("GET", 200, "api/own/reading")


def test_a_request_by_session_is_logged_with_its_user(redis_url: str, client: Client, ada: User) -> None:
    client.force_login(ada)
    with written() as text:
        client.get("/graphs/", headers={"Request-Id": "mine"})
    assert line_of(text, "request_answered")["user_id"] == str(ada.pk)


def test_nobody_is_asked_for_the_sake_of_the_log() -> None:
    def read_the_database() -> User:
        raise AssertionError("It was asked who that is.")

    request = RequestFactory().get("/")
    request.user = SimpleLazyObject(read_the_database)  # type: ignore[assignment]  # as Django's middleware leaves it
    assert str(AskedBy(request)) == ""


def test_a_fault_in_a_request_is_logged_with_its_id_and_user(own_views: None) -> None:
    scene = make_scene()
    with written() as text:
        scene.api.post("/api/own/notes", {"wish": "broken"}, format="json", headers={"Request-Id": "mine"})
    found = [line for line in lines(text) if line["level"] == "error"]
    assert [line["message"].partition(":")[0] for line in found] == ["A request failed", "Internal Server Error"]
    assert {(line["request_id"], line["user_id"]) for line in found} == {("mine", str(scene.ada.pk))}
    assert get_contextvars() == {}


def test_what_a_request_holds_is_not_logged(client: Client, ada: User) -> None:
    with written() as text:
        client_of(ada).get(f"/api/v1/graphs?note={CANARY}", headers={"X-Note": CANARY})
        client.post("/sign-in", {"login": ada.email, "password": CANARY})
    assert len(lines(text)) >= 2
    assert CANARY not in text.getvalue()
    assert ada.email not in text.getvalue()


@pytest.mark.parametrize("block", ["Logging", "LoggingThread"])
def test_an_execution_is_logged_with_its_id_and_user(redis_url: str, ada: User, block: str) -> None:
    with written() as text:
        execution = ran(ada, build({"a": (block, {"value": 1})}))
    of_it = (str(execution.id), str(ada.pk))
    for action in ("begins", "works", "execution_finished"):
        assert bound(line_of(text, action)) == of_it
    assert get_contextvars() == {}


def test_executions_at_the_same_time_are_never_mixed_up(redis_url: str, ada: User) -> None:
    grace = make_user("grace@example.org")
    owners = {str(logging_execution(user, breaks=True).id): str(user.pk) for user in (ada, grace) * 3}

    async def together() -> None:
        async with shared_workplace(), asyncio.timeout(60):
            await asyncio.gather(*map(run_execution, owners))

    with written() as text:
        asyncio.run(together())
    for action, number in (("begins", 3), ("works", 3), ("block_failed", 3), ("execution_finished", 1)):
        told = [bound(line) for line in lines(text) if line.get("action") == action]
        assert sorted(told) == sorted(list(owners.items()) * number), action


async def test_work_in_a_thread_for_the_database_names_the_execution_that_wants_it() -> None:
    async with DatabaseThread() as database:
        with bound_contextvars(execution_id="e-1"):
            assert await database.run(get_contextvars) == {"execution_id": "e-1"}
        assert await database.run(get_contextvars) == {}


def test_what_is_done_for_all_names_none(redis_url: str, ada: User) -> None:
    """The journal writes for all executions of a process, and its first one opened nothing for the others."""
    told: list[dict[str, Any]] = []

    def note(**news: Any) -> None:
        told.append(get_contextvars())

    async def alone() -> None:
        async with shared_workplace():
            await run_execution(str(execution.id))

    execution = logging_execution(ada)
    changes_committed.connect(note)
    try:
        asyncio.run(alone())
    finally:
        changes_committed.disconnect(note)
    assert told
    assert not any(told)


def test_what_an_execution_works_on_is_not_logged(redis_url: str, ada: User) -> None:
    nodes: Nodes = {
        "e": ("Echo", {"value": CANARY}),
        "x": ("Explode", {"value": ada.email, "message": f"It broke on {CANARY} of {ada.email}"}),
        "l": ("Logging", {"value": CANARY, "breaks": True}),
    }
    with written(level=logging.DEBUG) as text:
        ran(ada, build(nodes))
    assert line_of(text, "block_failed")["block"] == logging_block.LoggingBlock.name
    assert CANARY not in text.getvalue()
    assert ada.email not in text.getvalue()
