"""A worker without work does what a clock does: where no clock runs, nothing is lost either."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from rq import Queue

from executor.dispatch.claim import claim
from executor.models import GraphExecution
from executor.statuses import Status
from tests.executor.building import build
from tests.executor.running import fresh, started
from tests.executor.worker.cast import worker
from tests.factories import make_user
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_idle_worker_finds_what_was_lost_and_what_was_left_behind(redis: Redis, queue: Queue) -> None:
    ada = make_user()
    lost, left = (started(ada, build({"echo": ("Echo", {"value": 1})})) for _ in range(2))
    assert claim(left.id, owner="dead") is not None
    past = datetime.now(UTC) - timedelta(minutes=5)
    GraphExecution.objects.update(dispatched_at=past)
    GraphExecution.objects.filter(id=left.id).update(lease_until=past)
    redis.flushall()
    with worker(queue):
        wait_until(lambda: fresh(lost).status == fresh(left).status == Status.COMPLETED)
