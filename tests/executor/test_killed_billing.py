"""A worker is killed between hold, start, effect, settlement and release: the books are right after the recovery."""

from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Sum

from accounts.models import User
from credits.audit import audit
from credits.models import Account, Hold, HoldStatus, Transaction
from executor.models import GraphExecution
from executor.statuses import TERMINAL, Status
from tests.executor.building import build
from tests.executor.failpoints import FOLDER, POINTS, RELEASES, arm, unused
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
    """A worker and a clock work until everything has ended."""
    ids = [execution.id for execution in executions]
    variables = {"BLOCK_MODULES": "tests.executor.blocks,tests.executor.failpoints", FOLDER: str(folder)}
    with process("clock"), process("rqworker", **variables):
        unfinished = GraphExecution.objects.filter(id__in=ids).exclude(status__in=TERMINAL)
        wait_until(lambda: not unfinished.exists(), seconds=30 + 4 * len(ids))
    connection.close()


def assert_books(user: User, executions: list[GraphExecution]) -> None:
    assert audit() == []
    assert not Hold.objects.filter(status=HoldStatus.OPEN).exists()
    account = Account.objects.get(user=user)
    assert (account.held, account.balance) == (0, account.transactions.aggregate(total=Sum("amount"))["total"])
    for execution in GraphExecution.objects.filter(id__in=[execution.id for execution in executions]):
        taken = list(
            Transaction.objects.filter(execution=str(execution.id), type="USAGE").values_list("amount", flat=True)
        )
        node = execution.node_executions.get()
        expected = [-ITEMS] if node.status == Status.COMPLETED else []
        assert [amount for amount in taken if amount != -1] == expected, execution.id


def assert_recovers(user: User, folder: Path, *, times: int) -> None:
    executions = launch_all(user, folder, times)
    recover(executions, folder)
    assert unused(folder) == []
    assert_books(user, executions)


def test_the_books_are_right_after_a_kill_at_each_moment(ada: User, redis_url: str, tmp_path: Path) -> None:
    assert_recovers(ada, tmp_path, times=1)


@pytest.mark.slow
def test_the_books_are_right_after_twenty_kills_at_each_moment(ada: User, redis_url: str, tmp_path: Path) -> None:
    assert_recovers(ada, tmp_path, times=20)
