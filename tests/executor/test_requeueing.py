"""Requeueing from the admin: what waits or was left behind is rung for, and nothing is taken from a live owner."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from redis import Redis

from accounts.models import User
from executor.admin import acting
from executor.dispatch.bell import queue
from executor.dispatch.claim import Claim, claim, renew
from executor.dispatch.dispatching import dispatch
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from graphs.models import Graph, GraphVersion
from tests.executor.building import build
from tests.executor.reviews.cast import asking, parked
from tests.executor.running import fresh, run, started
from tests.executor.waiting import echo_graph, in_queue, queued
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]

PAGE = "/admin/executor/graphexecution/"
WHY = "Nobody takes it."


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


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def change(execution: GraphExecution, **fields: Any) -> None:
    GraphExecution.objects.filter(id=execution.id).update(**fields)


def requeued(client: Client, *executions: GraphExecution, reason: str = WHY) -> str:
    """What the page says then."""
    body = {"action": "requeue", "_selected_action": [str(one.pk) for one in executions], "reason": reason}
    return client.post(PAGE, body, follow=True).content.decode()


def taken(execution: GraphExecution, *, is_over: bool) -> Claim:
    """Under an owner, whose lease is over or not."""
    mine = claim(execution.id, owner="first")
    assert mine is not None
    if is_over:
        change(execution, lease_until=ago(1))
    return mine


def test_what_was_rung_and_lost_is_rung_again(admin: Client, version: GraphVersion, redis_url: str) -> None:
    [execution] = queued(version, 1)
    assert dispatch() == 1
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    assert "1 rung for." in requeued(admin, execution)
    assert in_queue() == [execution.id]
    assert LogEntry.objects.get().get_change_message() == f"Requeued. Reason: {WHY}"


def test_an_orphan_is_offered_to_others_and_goes_on_under_a_new_fence(admin: Client, ada: User) -> None:
    execution = started(ada, build({"a": ("Echo", {"value": 1})}), ring=False)
    first = taken(execution, is_over=True)
    assert "1 rung for." in requeued(admin, execution)
    left = fresh(execution)
    assert (left.status, left.owner, left.fence) == (Status.RUNNING, "first", first.fence), "it stays its owner's"
    assert in_queue() == [execution.id]
    ended = run(execution)
    assert (ended.status, ended.fence) == (Status.COMPLETED, first.fence + 1)
    assert not renew(first)


def test_nothing_is_taken_from_an_owner_whose_lease_has_not_ended(admin: Client, version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    mine = taken(execution, is_over=False)
    before = GraphExecution.objects.values().get()
    page = requeued(admin, execution)
    assert f"Not done for 1, for a worker has it, and its lease has not ended: {execution.id}." in page
    assert GraphExecution.objects.values().get() == before
    assert (in_queue(), LogEntry.objects.count()) == ([], 0)
    assert renew(mine)


def test_an_owner_that_was_only_slow_keeps_what_nobody_has_claimed(admin: Client, version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    mine = taken(execution, is_over=True)
    requeued(admin, execution)
    assert renew(mine)
    assert claim(execution.id, owner="second") is None


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "ended": ({"status": Status.COMPLETED}, "it has ended"),
    "to be stopped": ({"cancel_requested_at": ago(1)}, "it is to be stopped"),
    "left by three workers": (
        {"status": Status.RUNNING, "lease_until": ago(5), "claims": 3},
        "3 workers in a row have left it, so the sweeper ends it",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_left_is_named_with_its_cause(admin: Client, version: GraphVersion, case: str) -> None:
    fields, cause = REFUSED[case]
    [execution] = queued(version, 1, **fields)
    assert f"Not done for 1, for {cause}: {execution.id}." in requeued(admin, execution)
    assert in_queue() == []


def test_a_job_that_waits_in_the_queue_is_not_doubled(admin: Client, version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    assert dispatch() == 1
    assert "its job waits in the queue" in requeued(admin, execution)
    assert len(queue().get_job_ids()) == 1


def test_what_runs_inside_another_is_not_rung_for(admin: Client, version: GraphVersion) -> None:
    [root] = queued(version, 1)
    node = NodeExecution.objects.create(
        execution=root, node=version.nodes.get(), number=1, status="RUNNING", added_at=ago(1)
    )
    [inner] = queued(version, 1, root=root, parent=root, parent_node_execution=node)
    assert f"it runs inside {root.id}" in requeued(admin, inner)


def test_what_waits_for_a_person_goes_on_waiting(admin: Client, ada: User) -> None:
    execution = parked(ada, asking({"secret": "of Ada"}))
    assert "it waits for a person" in requeued(admin, execution)
    assert fresh(execution).status == Status.REVIEW


def test_what_was_never_queued_is_queued(admin: Client, version: GraphVersion) -> None:
    [execution] = queued(version, 1, status=Status.INCOMPLETE)
    change(execution, created_at=ago(3600))
    assert "1 rung for." in requeued(admin, execution)
    assert (fresh(execution).status, in_queue()) == (Status.QUEUED, [execution.id])


def test_what_is_paused_waits_for_its_turn(admin: Client, version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    Graph.objects.update(is_paused=True)
    assert "1 wait for their turn." in requeued(admin, execution)
    assert in_queue() == []


def test_while_redis_is_away_nothing_is_done_and_that_is_said(
    admin: Client, version: GraphVersion, settings: LazySettings
) -> None:
    [waiting, orphan] = queued(version, 2, dispatched_at=ago(60))
    taken(orphan, is_over=True)
    before = list(GraphExecution.objects.order_by("id").values())
    settings.RQ_QUEUES = {settings.EXECUTION_QUEUE: {"URL": "unix:///nowhere/redis.sock?db=0"}}
    page = requeued(admin, waiting, orphan)
    assert "Not done for 2, for Redis does not answer" in page
    assert list(GraphExecution.objects.order_by("id").values()) == before


def test_many_are_done_at_once_and_too_many_are_refused(
    admin: Client, version: GraphVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "MOST_ROWS", 3)
    executions = queued(version, 4)
    assert "At most 3 executions at a time." in requeued(admin, *executions)
    assert in_queue() == []
    page = requeued(admin, *executions[:3])
    assert "2 rung for." in page, "without workers the queue holds two"
    assert "1 wait for their turn." in page


def test_all_that_a_condition_finds_can_be_chosen(admin: Client, version: GraphVersion) -> None:
    orphans = queued(version, 2)
    for orphan in orphans:
        taken(orphan, is_over=True)
    queued(version, 1, status=Status.FAILED)
    body = {"action": "requeue", "_selected_action": [str(orphans[0].pk)], "select_across": "1", "reason": WHY}
    page = admin.post(f"{PAGE}?condition=orphaned", {**body, "index": "0"}, follow=True).content.decode()
    assert "2 rung for." in page
    assert "Not done" not in page
    assert set(in_queue()) == {orphan.id for orphan in orphans}


def test_without_a_reason_or_the_permission_nothing_is_done(admin: Client, version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    assert "Please give a reason" in requeued(admin, execution, reason=" ")
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_graphexecution"))
    client = Client()
    client.force_login(clerk)
    assert client.get(PAGE).status_code == 200
    requeued(client, execution)
    assert in_queue() == []


def test_long_lists_of_what_was_left_are_cut() -> None:
    ids = [UUID(int=number) for number in range(12)]
    [text] = acting.described(dict.fromkeys(ids, "it has ended"))
    assert text.startswith("Not done for 12, for it has ended: 00000000-")
    assert text.endswith("009 and 2 more.")
