"""A worker is killed between hold, start, effect, settlement and release: the books are right after the recovery."""

from pathlib import Path

import pytest
from django.db import connection

from accounts.models import User
from credits.audit import audit
from executor.models import GraphExecution
from executor.statuses import TERMINAL, Status
from tests.chaos.failpoints import FOLDER, arm, unused
from tests.executor.books import assert_books
from tests.executor.building import build
from tests.executor.failpoints import POINTS, RELEASES
from tests.executor.processes import process
from tests.executor.running import started
from tests.factories import make_user
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS = 7


@pytest.fixture
def ada() -> User:
    return make_user(credits=10_000)


def launch_all(user: User, folder: Path, times: int) -> list[GraphExecution]:
    """For each moment so many executions, each of which dies there once."""
    found = []
    for point in (*POINTS, *RELEASES):
        for _ in range(times):
            if point in RELEASES:  # only what was cut off is released
                execution = started(user, build({"m": ("OnceMeter", {"items": ITEMS})}))
                arm(folder, execution.id, "after the start", point)
            else:
                execution = started(user, build({"m": ("Meter", {"items": ITEMS})}))
                arm(folder, execution.id, point)
            found.append(execution)
    return found


def recover(executions: list[GraphExecution], folder: Path) -> None:
    """A worker, whose children die, and a clock work until everything has ended."""
    ids = [execution.id for execution in executions]
    variables = {"BLOCK_MODULES": "tests.executor.blocks,tests.executor.failpoints", FOLDER: str(folder)}
    with process("clock"), process("rqworker", "--worker-class", "rq.Worker", **variables):
        unfinished = GraphExecution.objects.filter(id__in=ids).exclude(status__in=TERMINAL)
        wait_until(lambda: not unfinished.exists(), seconds=30 + 4 * len(ids))
    connection.close()


def assert_recovered(executions: list[GraphExecution]) -> None:
    """Each is paid for once if it was done, and not at all if it was cut off."""
    assert audit(strict=True) == []
    for execution in GraphExecution.objects.filter(id__in=[execution.id for execution in executions]):
        assert_books(execution)
        is_done = execution.node_executions.get().status == Status.COMPLETED
        assert execution.cost - execution.fees == (ITEMS if is_done else 0)


def assert_recovers(user: User, folder: Path, *, times: int) -> None:
    executions = launch_all(user, folder, times)
    recover(executions, folder)
    assert unused(folder) == []
    assert_recovered(executions)


def test_the_books_are_right_after_a_kill_at_each_moment(ada: User, redis_url: str, tmp_path: Path) -> None:
    assert_recovers(ada, tmp_path, times=1)


@pytest.mark.slow
def test_the_books_are_right_after_twenty_kills_at_each_moment(ada: User, redis_url: str, tmp_path: Path) -> None:
    assert_recovers(ada, tmp_path, times=20)
