"""Stopping from the admin: a page asks once more; then it is the same as when owners stop their executions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from executor.admin import acting
from executor.dispatch.claim import claim
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.models import GraphVersion
from tests.credits.admin_pages import inputs
from tests.executor.running import fresh
from tests.executor.waiting import echo_graph, queued
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]

PAGE = "/admin/executor/graphexecution/"


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def version(ada: User) -> GraphVersion:
    return echo_graph(ada)


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin@example.org"))
    return client


def chosen(client: Client, *executions: GraphExecution, action: str = "stop", query: str = "") -> Any:
    """The page that asks."""
    body = {"action": action, "_selected_action": [str(one.pk) for one in executions], "index": "0"}
    return client.post(PAGE + query, body, follow=True)


def confirmed(client: Client, asked: Any, reason: str = "It spends too much.") -> str:
    """Send what the page's form holds; what the next page says."""
    fields = inputs(asked).values | {"step": ["do"], "reason": [reason]}
    return client.post(PAGE, fields, follow=True).content.decode()


def statuses(*executions: GraphExecution) -> list[str]:
    return [fresh(one).status for one in executions]


def test_the_page_asks_and_then_stops_what_nobody_runs_at_once(admin: Client, version: GraphVersion) -> None:
    first, second, other = queued(version, 3)
    asked = chosen(admin, first, second)
    assert "Stop executions" in asked.content.decode()
    assert statuses(first, second) == [Status.QUEUED] * 2
    assert "2 asked to stop." in confirmed(admin, asked)
    assert statuses(first, second, other) == [Status.TERMINATED, Status.TERMINATED, Status.QUEUED]
    assert {entry.get_change_message() for entry in LogEntry.objects.all()} == {
        "Stop executions. Reason: It spends too much."
    }
    assert LogEntry.objects.count() == 2


def test_a_running_one_is_asked_and_its_owner_ends_it(admin: Client, version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    mine = claim(execution.id, owner="alive")
    assert mine is not None
    confirmed(admin, chosen(admin, execution))
    asked = fresh(execution)
    assert (asked.status, asked.fence, asked.owner) == (Status.RUNNING, mine.fence, "alive")
    assert asked.cancel_requested_at is not None


def test_what_is_left_is_named(admin: Client, version: GraphVersion) -> None:
    [waiting] = queued(version, 1)
    [ended] = queued(version, 1, status=Status.FAILED)
    asked = chosen(admin, waiting, ended)
    assert "left: it has ended" in asked.content.decode()
    page = confirmed(admin, asked)
    assert "1 asked to stop." in page
    assert f"Not done for 1, for it has ended: {ended.id}." in page


def test_where_nothing_can_be_stopped_there_is_no_button(admin: Client, version: GraphVersion) -> None:
    [ended] = queued(version, 1, status=Status.FAILED)
    assert inputs(chosen(admin, ended)).steps == []


def test_without_a_reason_the_page_asks_again(admin: Client, version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    assert "Please give a reason" in confirmed(admin, chosen(admin, execution), reason=" ")
    assert statuses(execution) == [Status.QUEUED]


def test_what_has_left_the_condition_meanwhile_is_stopped_all_the_same(admin: Client, version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    assert claim(execution.id, owner="gone") is not None
    GraphExecution.objects.update(lease_until=datetime.now(UTC) - timedelta(seconds=9))
    assert claim(execution.id, owner="next") is not None
    asked = chosen(admin, execution, query="?condition=orphaned")
    assert "1 asked to stop." in confirmed(admin, asked)


def test_all_of_a_graph_are_stopped(admin: Client, ada: User, version: GraphVersion) -> None:
    [ended] = queued(version, 1, status=Status.COMPLETED)
    [waiting] = queued(version, 1)
    [other] = queued(echo_graph(ada), 1)
    assert "1 asked to stop." in confirmed(admin, chosen(admin, ended, action="stop_graphs"))
    assert statuses(waiting, other) == [Status.TERMINATED, Status.QUEUED]


def test_too_many_at_once_are_refused(admin: Client, version: GraphVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "MOST_ROWS", 2)
    executions = queued(version, 3)
    assert "At most 2 executions at a time." in chosen(admin, *executions).content.decode()
    assert set(statuses(*executions)) == {Status.QUEUED}


def test_who_may_only_look_stops_nothing(version: GraphVersion) -> None:
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_graphexecution"))
    client = Client()
    client.force_login(clerk)
    [execution] = queued(version, 1)
    chosen(client, execution)
    body = {"action": "stop", "_selected_action": [str(execution.pk)], "reason": "x", "step": "do"}
    client.post(PAGE, body, follow=True)
    assert statuses(execution) == [Status.QUEUED]
