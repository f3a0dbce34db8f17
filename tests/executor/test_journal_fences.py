"""A commit for which the ledger need not be asked goes out in one piece; a lost lease stops all of it all the same."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from accounts.models import User
from credits.batch import Charge
from credits.models import Transaction
from executor.dispatch.claim import Claim, claim
from executor.engine.bills import charge_key_of
from executor.errors import JournalFailed, LeaseLost
from executor.hosting.loading import load
from executor.hosting.threads import DatabaseThread
from executor.journal.journal import Journal
from executor.models import GraphExecution
from executor.statuses import Status
from tests.executor.building import build
from tests.executor.running import fresh, node_executions, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


def _pausing(user: User) -> GraphExecution:
    return started(user, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))


async def _write(
    *executions: GraphExecution,
    stale: GraphExecution | None = None,
    poisoned: GraphExecution | None = None,
    amount: int = 0,
) -> list[BaseException | None]:
    """Note something on each of them, in one commit.

    stale: for this one as an owner whose lease is lost.  poisoned: for this one a row that is there is new.
    amount: credits that each is charged in the same commit.
    """
    async with DatabaseThread() as database, Journal(database) as journal:
        commits = []
        for execution in executions:
            mine = await database.run(claim, execution.id, owner="me")
            assert isinstance(mine, Claim)
            root = (await database.run(load, execution.id)).root
            session = journal.open(replace(mine, fence=mine.fence - (execution == stale)), root)
            root.runs[0].error = "noted"
            root.runs[0].stored = execution != poisoned
            commits.append((session, root))
        for session, root in commits:
            run = root.runs[0]
            session.run_changed(run, datetime.now(UTC))
            if amount:
                session.pending.bills[run.id] = (run, Charge(amount, charge_key_of(run.id), "It ran"))
        return await asyncio.gather(*(session.commit() for session, _ in commits), return_exceptions=True)


def test_a_stale_owner_writes_nothing_and_the_others_of_its_commit_do(ada: User) -> None:
    first, lost, last = (_pausing(ada) for _ in range(3))
    answers = asyncio.run(_write(first, lost, last, stale=lost))
    assert [type(answer) for answer in answers] == [type(None), LeaseLost, type(None)]
    assert [fresh(execution).seq for execution in (first, lost, last)] == [1, 0, 1]
    errors = [node_executions(execution, "pause")[0].error for execution in (first, lost, last)]
    assert errors == ["noted", "", "noted"]


def test_one_whose_rows_are_refused_ends_alone(ada: User) -> None:
    first, refused, last = (_pausing(ada) for _ in range(3))
    answers = asyncio.run(_write(first, refused, last, poisoned=refused))
    assert [type(answer) for answer in answers] == [type(None), JournalFailed, type(None)]
    assert [fresh(execution).seq for execution in (first, refused, last)] == [1, 0, 1]


def test_a_stale_owner_is_not_charged_and_the_others_of_its_commit_are(ada: User) -> None:
    first, lost, last = (_pausing(ada) for _ in range(3))
    answers = asyncio.run(_write(first, lost, last, stale=lost, amount=2))
    assert [type(answer) for answer in answers] == [type(None), LeaseLost, type(None)]
    keys = [charge_key_of(node_executions(execution, "pause")[0].id) for execution in (first, lost, last)]
    assert [Transaction.objects.filter(key=key).count() for key in keys] == [1, 0, 1]


def test_a_charge_that_is_not_committed_with_its_node_is_not_made(ada: User) -> None:
    execution = _pausing(ada)
    (answer,) = asyncio.run(_write(execution, poisoned=execution, amount=2))
    assert isinstance(answer, JournalFailed)
    assert fresh(execution).seq == 0
    assert not Transaction.objects.filter(key__startswith="node-execution").exists()


async def _write_as(execution: GraphExecution, status: Status) -> BaseException | None:
    """Note something on an execution that has come to this status since it was claimed."""
    async with DatabaseThread() as database, Journal(database) as journal:
        mine = await database.run(claim, execution.id, owner="me")
        assert isinstance(mine, Claim)
        root = (await database.run(load, execution.id)).root
        session = journal.open(mine, root)
        await database.run(GraphExecution.objects.filter(id=execution.id).update, status=status)
        root.runs[0].error = "noted"
        session.run_changed(root.runs[0], datetime.now(UTC))
        (answer,) = await asyncio.gather(session.commit(), return_exceptions=True)
        return answer


@pytest.mark.parametrize("status", Status)
def test_an_owner_writes_only_while_its_execution_is_running(ada: User, status: Status) -> None:
    execution = _pausing(ada)
    answer = asyncio.run(_write_as(execution, status))
    is_running = status is Status.RUNNING
    assert type(answer) is (type(None) if is_running else LeaseLost)
    assert (fresh(execution).status, fresh(execution).seq) == (status, int(is_running))
    assert node_executions(execution, "pause")[0].error == ("noted" if is_running else "")
