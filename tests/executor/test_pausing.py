"""What operators do about waiting executions, in the admin: pause, resume, limit, stop; always with a reason."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from executor.dispatch.claim import claim
from executor.dispatch.models import RepairCount, Share
from executor.dispatch.pausing import pause, resume
from executor.models import GraphExecution
from executor.statuses import Status
from executor.sweeping.counting import count
from graphs.models import GraphVersion
from tests.executor.running import fresh
from tests.executor.waiting import echo_graph, in_queue, queued
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]

SHARES = "/admin/dispatch/share/"
GRAPHS = "/admin/graphs/graph/"
EXECUTIONS = "/admin/executor/graphexecution/"


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def version(ada: User) -> GraphVersion:
    return echo_graph(ada)


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(make_user("admin@example.org", is_staff=True, is_superuser=True))
    return client


def _act(client: Client, page: str, action: str, row: Any, reason: str = "Too much at once.", **more: str) -> str:
    """Choose the action for the row; what the page then says. more: what else is sent."""
    body = {"action": action, "_selected_action": [row.pk], "reason": reason, **more}
    return client.post(page, body, follow=True).content.decode()


def _reasons() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("id")]


def test_a_paused_user_waits_and_is_rung_when_resumed(ada: User, version: GraphVersion) -> None:
    assert pause(ada)
    assert not pause(ada)
    [execution] = queued(version, 1)
    assert claim(execution.id, owner="a") is None
    assert resume(ada)
    assert not resume(ada)
    assert in_queue() == [execution.id]


def test_an_operator_pauses_and_resumes_a_user(admin: Client, ada: User) -> None:
    share = Share.objects.create(user=ada)
    assert "1 paused." in _act(admin, SHARES, "pause", share)
    assert Share.objects.get().is_paused
    assert "1 resumed." in _act(admin, SHARES, "resume", share)
    assert not Share.objects.get().is_paused
    assert _reasons() == ["Paused. Reason: Too much at once.", "Resumed. Reason: Too much at once."]


def test_an_operator_pauses_and_resumes_a_graph(admin: Client, version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    assert "1 paused." in _act(admin, GRAPHS, "pause", version.graph)
    assert claim(execution.id, owner="a") is None
    assert "1 resumed." in _act(admin, GRAPHS, "resume", version.graph)
    assert claim(execution.id, owner="a") is not None
    assert _reasons() == ["Paused. Reason: Too much at once.", "Resumed. Reason: Too much at once."]


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_done(admin: Client, version: GraphVersion, reason: str) -> None:
    assert "Please give a reason" in _act(admin, GRAPHS, "pause", version.graph, reason)
    version.graph.refresh_from_db()
    assert not version.graph.is_paused
    assert _reasons() == []


def test_an_operator_limits_a_user_and_says_why(admin: Client, ada: User) -> None:
    body = {"user": str(ada.pk), "running_max": "2", "reason": "Shares a small machine."}
    assert admin.post(f"{SHARES}add/", body).status_code == 302
    share = Share.objects.get()
    assert (share.running_max, share.queued_max) == (2, None)
    refused = admin.post(f"{SHARES}{ada.pk}/change/", {"running_max": "9"})
    assert "This field is required" in refused.content.decode()
    assert Share.objects.get().running_max == 2
    assert "Reason: Shares a small machine." in _reasons()[0]


def test_an_operator_stops_everything_of_a_user(admin: Client, ada: User, version: GraphVersion) -> None:
    executions = queued(version, 3)
    _act(admin, SHARES, "stop_all", Share.objects.create(user=ada))
    assert {fresh(one).status for one in executions} == {Status.TERMINATED}


def test_an_operator_stops_one_execution_or_all_of_its_graph(admin: Client, ada: User, version: GraphVersion) -> None:
    first, second, third = queued(version, 3)
    [other] = queued(echo_graph(ada), 1)
    _act(admin, EXECUTIONS, "stop", first, step="do")
    assert [fresh(one).status for one in (first, second)] == [Status.TERMINATED, Status.QUEUED]
    _act(admin, EXECUTIONS, "stop_graphs", second, step="do")
    assert [fresh(one).status for one in (second, third, other)] == [
        Status.TERMINATED,
        Status.TERMINATED,
        Status.QUEUED,
    ]


def test_who_may_only_look_can_neither_pause_nor_stop(version: GraphVersion) -> None:
    viewer = make_user("viewer@example.org", is_staff=True)
    viewer.user_permissions.set(
        Permission.objects.filter(codename__in=["view_graph", "view_graphexecution", "view_share"])
    )
    client = Client()
    client.force_login(viewer)
    [execution] = queued(version, 1)
    _act(client, GRAPHS, "pause", version.graph)
    _act(client, EXECUTIONS, "stop", execution, step="do")
    version.graph.refresh_from_db()
    assert (version.graph.is_paused, fresh(execution).status) == (False, Status.QUEUED)


def test_metrics_tell_what_waits_and_what_was_repaired(admin: Client, version: GraphVersion) -> None:
    count("taken_over", 2)
    count("taken_over", 1)
    waiting = queued(version, 3)
    assert claim(waiting[0].id, owner="a") is not None
    text = admin.get("/metrics").content.decode()
    for line in (
        'sluice_repairs_total{kind="taken_over"} 3.0',
        "sluice_running_executions 1.0",
        "sluice_queued_executions 2.0",
        "sluice_rung_executions 0.0",
    ):
        assert line in text
    assert RepairCount.objects.get().total == 3
    assert GraphExecution.objects.count() == 3
