"""A commit for which the ledger need not be asked goes out in one piece; a lost lease stops all of it all the same."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from accounts.models import User
from executor.dispatch.claim import Claim, claim
from executor.errors import LeaseLost
from executor.hosting.loading import load
from executor.hosting.threads import DatabaseThread
from executor.journal.journal import Journal
from executor.models import GraphExecution
from tests.executor.building import build
from tests.executor.running import fresh, node_executions, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


def _pausing(user: User) -> GraphExecution:
    return started(user, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))


async def _write(*executions: GraphExecution, stale: GraphExecution) -> list[BaseException | None]:
    """Note something on each of them, in one commit; for one of them as an owner whose lease is lost."""
    async with DatabaseThread() as database, Journal(database) as journal:
        commits = []
        for execution in executions:
            mine = await database.run(claim, execution.id, owner="me")
            assert isinstance(mine, Claim)
            root = (await database.run(load, execution.id)).root
            session = journal.open(replace(mine, fence=mine.fence - (execution == stale)), root)
            root.runs[0].error = "noted"
            commits.append((session, root))
        for session, root in commits:
            session.run_changed(root.runs[0], datetime.now(UTC))
        return await asyncio.gather(*(session.commit() for session, _ in commits), return_exceptions=True)


def test_a_stale_owner_writes_nothing_and_the_others_of_its_commit_do(ada: User) -> None:
    first, lost, last = (_pausing(ada) for _ in range(3))
    answers = asyncio.run(_write(first, lost, last, stale=lost))
    assert [type(answer) for answer in answers] == [type(None), LeaseLost, type(None)]
    assert [fresh(execution).seq for execution in (first, lost, last)] == [1, 0, 1]
    errors = [node_executions(execution, "pause")[0].error for execution in (first, lost, last)]
    assert errors == ["noted", "", "noted"]
