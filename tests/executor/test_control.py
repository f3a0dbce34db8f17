"""Claiming, stopping and repairing executions."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from redis import Redis

from accounts.models import User
from executor.cancel import request_cancel
from executor.changes import changes_since
from executor.claim import claim, hand_back, renew
from executor.jobs import run_execution
from executor.models import GraphExecution, NodeExecution
from executor.ring import queue, ring
from executor.statuses import ALLOWED_FROM, Status
from executor.sweep import sweep
from tests.executor.blocks import LOG
from tests.executor.building import build, result
from tests.executor.running import fresh, node_executions, ran, run, started, statuses
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def waiting(ada: User) -> GraphExecution:
    return started(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))


def _expire(execution: GraphExecution) -> None:
    past = datetime.now(UTC) - timedelta(seconds=60)
    GraphExecution.objects.filter(id=execution.id).update(lease_until=past)


# --- claims


def test_a_queued_execution_is_claimed_once(waiting: GraphExecution) -> None:
    first = claim(waiting.id, owner="a")
    assert first is not None
    assert (first.fence, first.claims, fresh(waiting).status) == (1, 1, Status.RUNNING)
    assert claim(waiting.id, owner="b") is None


def test_an_expired_lease_is_taken_over_with_a_higher_fence(waiting: GraphExecution) -> None:
    first = claim(waiting.id, owner="a")
    _expire(waiting)
    second = claim(waiting.id, owner="b")
    assert first is not None
    assert second is not None
    assert (second.fence, second.claims) == (2, 2)
    assert not renew(first)
    assert renew(second)


def test_an_execution_that_is_handed_back_can_be_claimed_at_once(waiting: GraphExecution) -> None:
    first = claim(waiting.id, owner="a")
    assert first is not None
    hand_back(first)
    assert claim(waiting.id, owner="b") is not None


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.TERMINATED, Status.REVIEW])
def test_an_execution_that_has_ended_or_waits_for_a_person_is_not_claimed(
    waiting: GraphExecution, status: Status
) -> None:
    GraphExecution.objects.filter(id=waiting.id).update(status=status)
    assert claim(waiting.id, owner="a") is None


def test_after_too_many_claims_without_progress_an_execution_is_given_up(
    waiting: GraphExecution, settings: LazySettings
) -> None:
    for _ in range(settings.MAX_CLAIMS):
        assert claim(waiting.id, owner="dies") is not None
        _expire(waiting)
    ended = run(waiting)
    assert (ended.status, ended.error_code) == (Status.FAILED, "poison")
    assert "3 workers in a row" in ended.error
    assert statuses(NodeExecution.objects.filter(execution=waiting)) == [Status.FAILED]


def test_terminal_statuses_allow_no_move_but_the_listed_ones() -> None:
    assert ALLOWED_FROM[Status.COMPLETED] == {Status.RUNNING}
    assert all(Status.COMPLETED not in sources and Status.FAILED not in sources for sources in ALLOWED_FROM.values())


# --- stopping


def test_a_waiting_execution_is_stopped_at_once(waiting: GraphExecution) -> None:
    stopped = request_cancel(waiting)
    assert (stopped.status, stopped.error_code) == (Status.TERMINATED, "stopped")
    assert statuses(node_executions(waiting, "pause")) == [Status.TERMINATED]
    assert run(waiting).status == Status.TERMINATED
    assert [event["status"] for event in changes_since(waiting.id, 0)] == ["TERMINATED", "TERMINATED"]


async def _run_then_stop(execution: GraphExecution) -> None:
    task = asyncio.create_task(run_execution(str(execution.id)))
    while not LOG["stopping"] and not task.done():
        await asyncio.sleep(0.01)
    await asyncio.to_thread(request_cancel, execution)
    await asyncio.wait_for(task, 10)


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
    asyncio.run(_run_then_stop(execution))
    ended = fresh(execution)
    assert (ended.status, ended.error_code, ended.cost) == (Status.TERMINATED, "stopped", 1)
    assert statuses(node_executions(execution, "gate")) == [Status.TERMINATED]
    assert node_executions(execution, "after") == []


def test_stopping_what_has_ended_changes_nothing(ada: User) -> None:
    execution = ran(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))
    before = fresh(execution)
    after = request_cancel(execution)
    assert (after.status, after.seq, after.cancel_requested_at) == (Status.COMPLETED, before.seq, None)


def test_an_abandoned_execution_is_stopped_and_its_owner_loses_it(waiting: GraphExecution) -> None:
    mine = claim(waiting.id, owner="gone")
    assert mine is not None
    _expire(waiting)
    assert request_cancel(waiting).status == Status.TERMINATED
    assert not renew(mine)


# --- the sweeper


@pytest.fixture
def ring_bell(redis_url: str) -> Redis:
    return Redis.from_url(redis_url)


def _age(execution: GraphExecution, **times: datetime | None) -> None:
    GraphExecution.objects.filter(id=execution.id).update(**times)


def test_an_execution_whose_ring_was_lost_is_rung_again(waiting: GraphExecution, ring_bell: Redis) -> None:
    ring_bell.flushall()
    _age(waiting, dispatched_at=datetime.now(UTC) - timedelta(minutes=5))
    assert sweep()["rung"] == 1
    assert len(queue()) == 1
    assert sweep()["rung"] == 0


def test_a_fresh_execution_is_left_to_its_own_ring(ring_bell: Redis, ada: User) -> None:
    execution = started(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))
    assert fresh(execution).dispatched_at is not None
    assert sweep() == {"cancelled": 0, "rung": 0, "taken_over": 0, "released": 0}


def test_an_old_ring_that_still_waits_in_the_queue_is_not_lost(waiting: GraphExecution, ring_bell: Redis) -> None:
    ring_bell.flushall()
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    from executor.ring import job_id

    queue().enqueue("executor.jobs.run_execution", str(waiting.id), job_id=job_id(waiting.id, long_ago))
    _age(waiting, dispatched_at=long_ago)
    assert sweep()["rung"] == 0


def test_an_execution_that_was_never_rung_is_rung(waiting: GraphExecution, ring_bell: Redis) -> None:
    ring_bell.flushall()
    _age(waiting, dispatched_at=None, created_at=datetime.now(UTC) - timedelta(minutes=1))
    assert sweep()["rung"] == 1


def test_an_abandoned_execution_is_offered_to_other_workers_once(waiting: GraphExecution, ring_bell: Redis) -> None:
    ring_bell.flushall()
    assert claim(waiting.id, owner="dead") is not None
    _expire(waiting)
    _age(waiting, dispatched_at=datetime.now(UTC) - timedelta(minutes=5))
    assert sweep()["taken_over"] == 1
    assert len(queue()) == 1
    assert sweep()["taken_over"] == 0
    assert run(waiting).status == Status.COMPLETED


def test_a_cancel_that_its_owner_never_saw_is_carried_out(waiting: GraphExecution) -> None:
    assert claim(waiting.id, owner="dead") is not None
    _expire(waiting)
    _age(waiting, cancel_requested_at=datetime.now(UTC))
    assert sweep()["cancelled"] == 1
    assert fresh(waiting).status == Status.TERMINATED


def test_without_redis_ringing_fails_softly(waiting: GraphExecution, settings: LazySettings) -> None:
    settings.RQ_QUEUES = {settings.EXECUTION_QUEUE: {"URL": "unix:///nowhere/redis.sock?db=0"}}
    assert ring(waiting.id) is False
    assert fresh(waiting).status == Status.QUEUED
