"""The promise about turns with a real worker: a thousand executions of one user do not make another wait."""

from datetime import timedelta

import pytest
from django.conf import LazySettings

from accounts.models import User
from executor.launching.launch import launch
from executor.models import GraphExecution
from executor.statuses import TERMINAL, Status
from graphs.models import GraphVersion
from tests.executor.building import build
from tests.executor.processes import process
from tests.executor.running import fresh, store
from tests.factories import make_user
from tests.house.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.usefixtures("redis_url")]

BACKLOG = 1000
TRIES = 5
LIMIT = timedelta(seconds=5)


def _graph(user: User, seconds: float) -> GraphVersion:
    return store(user, build({"pause": ("Pause", {"value": 1, "seconds": seconds})}))


def _launched(version: GraphVersion) -> GraphExecution:
    return launch(version.graph.owner, version, inputs={})


@pytest.mark.parametrize("places", [1, 8])
def test_a_thousand_of_one_user_delay_one_of_another_by_less_than_five_seconds(
    settings: LazySettings, places: int
) -> None:
    settings.QUEUED_PER_USER_MAX = 0
    crowd = _graph(make_user("ada@example.org", credits=10_000), seconds=0.2)
    single = _graph(make_user("grace@example.org"), seconds=0)
    for _ in range(BACKLOG):
        _launched(crowd)
    waited = []
    with process("rqworker", WORKER_CONCURRENCY=str(places)), process("clock"):
        wait_until(lambda: GraphExecution.objects.filter(status=Status.COMPLETED).exists())
        for _ in range(TRIES):
            execution = _launched(single)
            wait_until(lambda execution=execution: fresh(execution).status in TERMINAL)  # type: ignore[misc]
            begun = fresh(execution).started_at
            assert begun is not None
            waited.append(begun - execution.created_at)
    assert max(waited) < LIMIT
    assert GraphExecution.objects.filter(graph=crowd.graph, status=Status.QUEUED).count() > BACKLOG / 2
