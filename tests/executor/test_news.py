"""When live clients are told: shortly after a commit, with what follows it at once; of an end without delay."""

import asyncio
from collections.abc import Iterator

import pytest

from accounts.models import User
from executor.events import CommittedBatch, changes_committed
from executor.jobs import run_execution
from executor.journal import news
from executor.models import GraphExecution
from graphs.document import GraphDocument
from tests.executor.building import build
from tests.executor.running import fresh, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

#: Longer than anything here takes.
LONG = 3600.0
SECONDS = 20


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def told() -> Iterator[list[CommittedBatch]]:
    found: list[CommittedBatch] = []

    async def listen(sender: object, *, batches: list[CommittedBatch], **kwargs: object) -> None:
        found.extend(batches)

    changes_committed.connect(listen)
    yield found
    changes_committed.disconnect(listen)


def _once_after_once(count: int) -> GraphDocument:
    """Each waits until its start is committed."""
    nodes = {f"n{i}": ("Once", {"value": i}) for i in range(count)}
    return build(nodes, [f"n{i}.value -> n{i + 1}.value" for i in range(count - 1)])


def _ran_in_time(execution: GraphExecution) -> GraphExecution:
    asyncio.run(asyncio.wait_for(run_execution(str(execution.id)), SECONDS))
    return fresh(execution)


def test_commits_that_follow_one_another_are_told_together(
    ada: User, told: list[CommittedBatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "PAUSE_SECONDS", 0.7)
    execution = _ran_in_time(started(ada, _once_after_once(8)))
    assert [event["seq"] for batch in told for event in batch.events] == list(range(1, execution.seq + 1))
    assert len(told) <= 2


def test_an_end_is_told_without_a_pause(ada: User, told: list[CommittedBatch], monkeypatch: pytest.MonkeyPatch) -> None:
    """The only commit of an execution whose nodes nobody must wait for."""
    monkeypatch.setattr(news, "PAUSE_SECONDS", LONG)
    execution = _ran_in_time(started(ada, build({"only": ("Echo", {"value": 1})})))
    assert told[-1].events[-1]["seq"] == execution.seq
