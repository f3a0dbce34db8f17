"""An abandoned execution is offered to workers again when its job is lost, and not while the job still waits."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import LazySettings

from executor.dispatch.claim import claim
from executor.each_in_turn import WINDOW
from executor.models import GraphExecution
from executor.sweeping.sweep import sweep
from graphs.models import GraphVersion
from tests.executor.waiting import echo_graph, in_queue, queued, take_next
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]


@pytest.fixture
def version(settings: LazySettings) -> GraphVersion:
    """Sweeps ring again at once: each of them comes long after the one before."""
    settings.RING_AGAIN_SECONDS = 0
    settings.RUNNING_PER_USER_MAX = settings.RUNNING_PER_GRAPH_MAX = 0
    return echo_graph(make_user())


def abandoned(version: GraphVersion, number: int) -> list[UUID]:
    """Their workers have died; nobody was told of it."""
    ids = [execution.id for execution in queued(version, number)]
    for execution_id in ids:
        assert claim(execution_id, owner="dead") is not None
    GraphExecution.objects.update(lease_until=datetime.now(UTC) - timedelta(seconds=60))
    return ids


def test_while_its_job_waits_for_a_slow_worker_it_is_not_offered_again(version: GraphVersion) -> None:
    ids = abandoned(version, 3)
    assert [sweep()["taken_over"] for _ in range(5)] == [3, 0, 0, 0, 0]
    assert sorted(in_queue()) == sorted(ids)


def test_when_the_worker_dies_that_had_taken_its_job_it_is_offered_again(version: GraphVersion) -> None:
    abandoned(version, 2)
    assert sweep()["taken_over"] == 2
    waiting = in_queue()
    assert take_next() == waiting[0]
    assert sweep()["taken_over"] == 1
    assert in_queue() == [waiting[1], waiting[0]]


def test_those_that_wait_in_the_queue_leave_room_for_the_others(version: GraphVersion) -> None:
    """However many there are: one sweep offers only so many."""
    ids = abandoned(version, WINDOW + 1)
    assert [sweep()["taken_over"] for _ in range(3)] == [WINDOW, 1, 0]
    assert sorted(in_queue()) == sorted(ids)


def test_while_redis_is_away_nobody_was_told(version: GraphVersion, settings: LazySettings) -> None:
    [execution_id] = abandoned(version, 1)
    settings.RQ_QUEUES = {settings.EXECUTION_QUEUE: {"URL": "unix:///nowhere/redis.sock?db=0"}}
    assert sweep()["taken_over"] == 0
    assert GraphExecution.objects.get(id=execution_id).dispatched_at is None
