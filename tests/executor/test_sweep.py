"""The sweeper rings for what was lost, once, however many sweepers there are."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis import Redis

from accounts.models import User
from executor.dispatch.bell import job_id, queue
from executor.dispatch.claim import claim
from executor.dispatch.models import RepairCount
from executor.dispatch.ring import ring
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from executor.sweeping.sweep import sweep
from graphs.models import GraphVersion
from tests.executor.building import build
from tests.executor.running import fresh, run, started, statuses
from tests.executor.waiting import at_once, echo_graph, in_queue, queued
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def version(ada: User) -> GraphVersion:
    return echo_graph(ada)


def _ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def _lose_redis(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.flushall()


def test_all_is_well_with_an_execution_that_was_just_rung(ada: User) -> None:
    execution = started(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))
    assert fresh(execution).dispatched_at is not None
    assert not any(sweep().values())


def test_an_old_ring_that_still_waits_in_the_queue_is_not_lost(version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    long_ago = _ago(300)
    queue().enqueue("executor.jobs.run_execution", str(execution.id), job_id=job_id(execution.id, long_ago))
    GraphExecution.objects.update(dispatched_at=long_ago)
    assert not any(sweep().values())


def test_a_ring_that_was_lost_is_made_again_after_a_while(version: GraphVersion, redis_url: str) -> None:
    [execution] = queued(version, 1)
    assert sweep()["dispatched"] == 1
    _lose_redis(redis_url)
    assert not any(sweep().values())
    GraphExecution.objects.update(dispatched_at=_ago(60))
    assert sweep()["rung_again"] == 1
    assert in_queue() == [execution.id]


def test_while_redis_is_away_nothing_counts_as_lost(version: GraphVersion, settings: LazySettings) -> None:
    queued(version, 1, dispatched_at=_ago(60))
    settings.RQ_QUEUES = {settings.EXECUTION_QUEUE: {"URL": "unix:///nowhere/redis.sock?db=0"}}
    assert not any(sweep().values())
    assert GraphExecution.objects.get().dispatched_at is not None


def test_an_abandoned_execution_is_offered_to_other_workers_once(ada: User) -> None:
    execution = started(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}), ring=False)
    assert claim(execution.id, owner="dead") is not None
    GraphExecution.objects.update(lease_until=_ago(60), dispatched_at=_ago(300))
    assert sum(done["taken_over"] for done in at_once([sweep] * 4)) == 1
    assert in_queue() == [execution.id]
    assert run(execution).status == Status.COMPLETED


def test_if_nobody_takes_it_over_it_is_offered_again(version: GraphVersion) -> None:
    [execution] = queued(version, 1)
    assert claim(execution.id, owner="dead") is not None
    GraphExecution.objects.update(lease_until=_ago(300), dispatched_at=_ago(60))
    assert sweep()["taken_over"] == 1
    assert sweep()["taken_over"] == 0


def test_after_too_many_claims_without_progress_an_execution_is_given_up(ada: User, settings: LazySettings) -> None:
    execution = started(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}), ring=False)
    for _ in range(settings.MAX_CLAIMS):
        assert not any(sweep().values())
        assert claim(execution.id, owner="dies") is not None
        GraphExecution.objects.update(lease_until=_ago(1), dispatched_at=_ago(0))
    assert sweep()["poisoned"] == 1
    ended = fresh(execution)
    assert (ended.status, ended.error_code) == (Status.FAILED, "poison")
    assert "3 workers in a row" in ended.error
    assert statuses(NodeExecution.objects.filter(execution=execution)) == [Status.FAILED]


def test_a_worker_that_claims_it_once_more_gives_it_up_too(ada: User, settings: LazySettings) -> None:
    execution = started(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}), ring=False)
    for _ in range(settings.MAX_CLAIMS):
        assert claim(execution.id, owner="dies") is not None
        GraphExecution.objects.update(lease_until=_ago(1))
    ended = run(execution)
    assert (ended.status, ended.error_code) == (Status.FAILED, "poison")


def test_ringing_for_one_execution_fails_softly(version: GraphVersion, settings: LazySettings) -> None:
    [execution] = queued(version, 1)
    settings.RQ_QUEUES = {settings.EXECUTION_QUEUE: {"URL": "unix:///nowhere/redis.sock?db=0"}}
    begun = time.monotonic()
    assert ring(execution.id) is False
    assert time.monotonic() - begun < 1
    assert fresh(execution).status == Status.QUEUED


def test_repairs_are_counted_by_kind(version: GraphVersion) -> None:
    for _ in range(2):
        queued(version, 2, cancel_requested_at=_ago(5))
        assert sweep()["cancelled"] == 2
    assert list(RepairCount.objects.values_list("kind", "total")) == [("cancelled", 4)]


@pytest.mark.parametrize("number", [400, pytest.param(1_000, marks=pytest.mark.slow)])
def test_waiting_executions_are_rung_at_most_twice_each(
    version: GraphVersion, redis_url: str, settings: LazySettings, number: int
) -> None:
    """Three sweepers at once, and Redis is lost twice: what stands in the queue then is rung again, nothing else."""
    settings.DISPATCH_WINDOW = number // 5
    executions = queued(version, number)
    settings.RUNNING_PER_USER_MAX = settings.RUNNING_PER_GRAPH_MAX = 0
    rung: Counter[UUID] = Counter()
    for turn in range(1000):
        at_once([sweep] * 3)
        in_it = in_queue()
        rung.update(in_it)
        if turn in (1, 4):
            _lose_redis(redis_url)
            GraphExecution.objects.filter(status=Status.QUEUED, dispatched_at__isnull=False).update(
                dispatched_at=_ago(60)
            )
            continue
        if not in_it:
            break
        queue().empty()
        taken = [mine for execution_id in in_it if (mine := claim(execution_id, owner="quick")) is not None]
        assert len(taken) == len(in_it)
        GraphExecution.objects.filter(id__in=in_it).update(status=Status.COMPLETED, lease_until=None)
    assert len(rung) == len(executions)
    assert (max(rung.values()), sum(rung.values())) == (2, number * 7 // 5)


@pytest.mark.sqlite_only
def test_no_sweep_reads_through_what_has_ended(version: GraphVersion) -> None:
    queued(version, 500, status=Status.COMPLETED)
    with CaptureQueriesContext(connection) as captured:
        sweep()
    reads = [query["sql"] for query in captured if "executor_graphexecution" in query["sql"]]
    assert len(reads) >= 8
    for read in reads:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {read}")
            assert "SCAN executor_graphexecution" not in [step[3] for step in cursor.fetchall()], read


@pytest.mark.parametrize("number", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_sweep_takes_less_than_a_second_however_many_wait(version: GraphVersion, number: int) -> None:
    queued(version, number)
    begun = time.monotonic()
    sweep()
    assert time.monotonic() - begun < 1
