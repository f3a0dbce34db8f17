"""An execution is stopped in whatever state it is; what was stopped starts nothing more and stays stopped."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from accounts.models import User
from credits.models import Hold, HoldStatus
from executor.dispatch.claim import claim, renew
from executor.jobs import run_execution
from executor.models import GraphExecution
from executor.reviews.models import Review
from executor.reviews.statuses import ReviewStatus
from executor.statuses import Status
from executor.stopping.cancel import AT_ONCE, request_cancel, request_cancel_all, stop_without_owner
from executor.sweeping.sweep import sweep
from executor.telling.changes import changes_since
from tests.executor.awaiting import until
from tests.executor.blocks import LOG
from tests.executor.books import assert_books
from tests.executor.building import build, meter, result
from tests.executor.crashing import started_and_dead
from tests.executor.reviews.cast import asking, parked
from tests.executor.running import fresh, node_executions, ran, run, started, statuses
from tests.executor.waiting import at_once, echo_graph, queued
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

RACES = 300


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def waiting(ada: User) -> GraphExecution:
    return started(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}), ring=False)


def _expire(execution: GraphExecution) -> None:
    GraphExecution.objects.filter(id=execution.id).update(lease_until=datetime.now(UTC) - timedelta(seconds=60))


# --- in every state


def test_a_waiting_execution_is_stopped_at_once(waiting: GraphExecution) -> None:
    stopped = request_cancel(waiting)
    assert (stopped.status, stopped.error_code) == (Status.TERMINATED, "stopped")
    assert statuses(node_executions(waiting, "pause")) == [Status.TERMINATED]
    assert run(waiting).status == Status.TERMINATED
    assert [event["status"] for event in changes_since(waiting.id, 0)] == ["TERMINATED", "TERMINATED"]


@pytest.mark.parametrize("status", [Status.INCOMPLETE, Status.QUEUED, Status.REVIEW])
def test_whatever_nobody_runs_is_stopped_at_once(ada: User, status: Status) -> None:
    [execution] = queued(echo_graph(ada), 1, status=status)
    assert request_cancel(execution).status == Status.TERMINATED


def test_an_execution_that_waits_for_a_person_is_stopped_with_its_reviews(ada: User) -> None:
    execution = parked(ada, asking())
    assert request_cancel(execution).status == Status.TERMINATED
    assert statuses(node_executions(execution, "ask")) == [Status.TERMINATED]
    assert list(Review.objects.values_list("status", flat=True)) == [ReviewStatus.REJECTED]
    assert_books(fresh(execution))


def test_a_claimed_execution_is_left_to_its_owner_and_stopped_once_that_is_gone(waiting: GraphExecution) -> None:
    mine = claim(waiting.id, owner="at work")
    assert mine is not None
    assert request_cancel(waiting).status == Status.RUNNING
    assert renew(mine)
    _expire(waiting)
    assert request_cancel(waiting).status == Status.TERMINATED
    assert not renew(mine)


def test_a_cancel_that_its_owner_never_saw_is_carried_out_by_the_sweeper(waiting: GraphExecution) -> None:
    assert claim(waiting.id, owner="dead") is not None
    request_cancel(waiting)
    _expire(waiting)
    assert claim(waiting.id, owner="another") is None
    assert sweep()["cancelled"] == 1
    assert fresh(waiting).status == Status.TERMINATED


async def _run_then_stop(execution: GraphExecution, log: str) -> float:
    """Run it, stop it once something is in the log; how many seconds it took to end after that."""
    task = asyncio.create_task(run_execution(str(execution.id)))
    await until(lambda: LOG[log], task)
    await asyncio.to_thread(request_cancel, execution)
    asked = asyncio.get_running_loop().time()
    await asyncio.wait_for(task, 10)
    return asyncio.get_running_loop().time() - asked


def test_a_running_execution_stops_within_seconds_and_starts_nothing_more(ada: User) -> None:
    LOG["stopping"].clear()
    document = build(
        {
            "gate": ("Gate", {"value": 1, "gate": "never-opened-", "log": "stopping"}),
            "after": ("Pause", {"seconds": 0}),
            "out": result("out"),
        },
        ["gate.value -> after.value", "after.value -> out.value"],
    )
    execution = started(ada, document)
    assert asyncio.run(_run_then_stop(execution, "stopping")) < 2
    ended = fresh(execution)
    assert (ended.status, ended.error_code, ended.cost) == (Status.TERMINATED, "stopped", 1)
    assert statuses(node_executions(execution, "gate")) == [Status.TERMINATED]
    assert node_executions(execution, "after") == []


def test_an_abandoned_execution_is_stopped_with_its_holds_released(ada: User) -> None:
    execution = started_and_dead(ada, build({"m": meter(items=1, gate="never-stopped", log="stopped")}))
    assert Hold.objects.filter(status=HoldStatus.OPEN).exists()
    assert request_cancel(execution).status == Status.TERMINATED
    assert_books(fresh(execution))


def test_what_runs_inside_is_stopped_with_its_root_and_stopping_it_stops_the_root(ada: User) -> None:
    version = echo_graph(ada)
    [root] = queued(version, 1)
    assert claim(root.id, owner="dead") is not None
    children = queued(version, 5, status=Status.RUNNING, parent=root, root=root, depth=1)
    _expire(root)
    assert request_cancel(children[2]).status == Status.TERMINATED
    assert {fresh(one).status for one in (root, *children)} == {Status.TERMINATED}


# --- stopping what has ended


def test_stopping_what_has_ended_changes_nothing(ada: User) -> None:
    execution = ran(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))
    before = GraphExecution.objects.values().get(id=execution.id)
    request_cancel(execution)
    assert GraphExecution.objects.values().get(id=execution.id) == before


def test_stopping_twice_keeps_the_first_time(waiting: GraphExecution) -> None:
    assert claim(waiting.id, owner="at work") is not None
    first = request_cancel(waiting).cancel_requested_at
    assert first is not None
    assert request_cancel(waiting).cancel_requested_at == first


# --- all of a user or a graph


def test_all_executions_of_a_graph_are_stopped_at_once_and_those_of_others_are_not(ada: User) -> None:
    version, other = echo_graph(ada), echo_graph(ada)
    hers, kept = queued(version, 5), queued(other, 2)
    at_work = claim(hers[0].id, owner="at work")
    assert at_work is not None
    assert request_cancel_all(GraphExecution.objects.filter(graph=version.graph)) == 5
    assert [fresh(one).status for one in hers] == [Status.RUNNING, *[Status.TERMINATED] * 4]
    assert fresh(hers[0]).cancel_requested_at is not None
    assert {fresh(one).status for one in kept} == {Status.QUEUED}


def test_of_very_many_the_rest_is_not_begun_and_is_ended_by_the_sweeper(ada: User, redis_url: str) -> None:
    executions = queued(echo_graph(ada), AT_ONCE + 3)
    assert request_cancel_all(GraphExecution.objects.for_user(ada)) == AT_ONCE + 3
    left = [one.id for one in executions if fresh(one).status == Status.QUEUED]
    assert len(left) == 3
    assert [claim(id_, owner="a") for id_ in left] == [None] * 3
    assert sweep()["cancelled"] == 3


# --- races


def test_a_race_with_completion_has_one_answer(ada: User) -> None:
    """The end that an owner writes, and a request to stop one whose lease is over: whoever is first, stays."""
    executions = queued(echo_graph(ada), RACES)
    past = datetime.now(UTC) - timedelta(seconds=60)
    GraphExecution.objects.update(status=Status.RUNNING, fence=1, lease_until=past)
    start = threading.Barrier(2)
    completed, stopped = at_once(
        [partial(_each, start, executions, _complete), partial(_each, start, executions, stop_without_owner)]
    )
    after = dict(GraphExecution.objects.values_list("id", "status"))
    assert completed.isdisjoint(stopped)
    assert after == dict.fromkeys(completed, Status.COMPLETED) | dict.fromkeys(stopped, Status.TERMINATED)
    assert len(after) == RACES
    assert completed, "nobody has ever completed: that was no race"
    assert stopped, "nobody was ever stopped: that was no race"


def _each(start: threading.Barrier, executions: list[GraphExecution], do: Callable[[UUID], bool]) -> set[UUID]:
    """Those for which it was done; the other thread tries the same one at the same moment."""
    done = set()
    for one in executions:
        start.wait(20)
        if do(one.id):
            done.add(one.id)
    return done


def _complete(execution_id: UUID) -> bool:
    """As the journal writes an end: only under its fence, and only what is RUNNING."""
    mine = GraphExecution.objects.filter(id=execution_id, fence=1, status=Status.RUNNING)
    return bool(mine.update(status=Status.COMPLETED, lease_until=None))


def test_many_requests_at_once_stop_it_once(waiting: GraphExecution) -> None:
    at_once([partial(request_cancel, waiting)] * 8)
    assert fresh(waiting).seq == 2
    assert [event["status"] for event in changes_since(waiting.id, 0)] == ["TERMINATED", "TERMINATED"]
