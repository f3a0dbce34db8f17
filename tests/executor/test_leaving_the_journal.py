"""However the journal is left, nobody waits for it any more and its thread ends; what was lost goes on elsewhere."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import User
from executor.dispatch.claim import Claim, claim
from executor.engine.state import GraphRun
from executor.errors import LeaseLost
from executor.hosting.loading import load
from executor.hosting.threads import DatabaseThread
from executor.hosting.workplace import shared_workplace
from executor.jobs import run_execution
from executor.journal.batch import Batch, Written
from executor.journal.journal import Journal
from executor.journal.writer import Writer
from executor.models import GraphExecution
from executor.statuses import Status
from tests.executor.awaiting import until
from tests.executor.blocks import LOG
from tests.executor.building import build
from tests.executor.running import fresh, run, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

#: What must not wait for ever may take so long.
SECONDS = 15


@pytest.fixture
def ada() -> User:
    return make_user()


class HeldUp(Writer):
    """Its first batch is written only once the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.gate, self.closed = threading.Event(), threading.Event(), threading.Event()

    def write(self, batches: Sequence[Batch]) -> list[Written]:
        self.begun.set()
        self.gate.wait(SECONDS)
        return super().write(batches)

    def close(self) -> None:
        super().close()
        self.closed.set()


@pytest.fixture
def writer() -> Iterator[HeldUp]:
    found = HeldUp()
    yield found
    found.gate.set()


def _journal_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "journal"]


def assert_no_thread_is_left() -> None:
    for thread in _journal_threads():
        thread.join(SECONDS)
    assert _journal_threads() == []


def run_apart(work: Coroutine[Any, Any, Any]) -> BaseException | None:
    """Run it in a thread, so that a loop that never ends fails the test. What it has raised."""
    found: list[BaseException] = []

    def call() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=call, name="apart", daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive(), "The loop does not end."
    return found[0] if found else None


class Stumbled(Exception):
    pass


# --- leaving is interrupted


async def _claimed(execution: GraphExecution, database: DatabaseThread) -> tuple[Claim, GraphRun]:
    mine = await database.run(claim, execution.id, owner="me")
    assert mine is not None
    return mine, (await database.run(load, execution.id)).root


async def _write_and_leave(execution: GraphExecution, writer: Writer) -> None:
    async with DatabaseThread() as database:
        mine, root = await _claimed(execution, database)
        async with Journal(database, writer) as journal:
            journal.open(mine, root).run_changed(root.runs[0], datetime.now(UTC))


def test_a_leaving_that_is_interrupted_leaves_no_thread_behind(ada: User, writer: HeldUp) -> None:
    execution = started(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))

    async def interrupt() -> None:
        leaving = asyncio.create_task(_write_and_leave(execution, writer))
        await until(writer.begun.is_set, leaving)
        leaving.cancel()
        await asyncio.wait([leaving], timeout=SECONDS)
        assert leaving.cancelled()

    assert run_apart(interrupt()) is None
    assert not writer.closed.is_set()
    writer.gate.set()
    assert_no_thread_is_left()
    assert writer.closed.is_set()
    assert fresh(execution).seq == 1


def test_a_leaving_that_waits_for_news_that_nobody_tells_ends() -> None:
    async def leave() -> None:
        async with DatabaseThread() as database, Journal(database) as journal:
            telling = next(task for task in asyncio.all_tasks() if "tell" in task.get_name())
            telling.cancel()
            await asyncio.wait([telling])
            journal._news.put_nowait([])

    assert run_apart(leave()) is None
    assert_no_thread_is_left()


def test_who_waits_for_a_commit_hears_that_the_journal_was_left(ada: User, writer: HeldUp) -> None:
    execution = started(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))
    answers: list[Any] = []

    async def leave() -> None:
        async with DatabaseThread() as database:
            mine, root = await _claimed(execution, database)
            journal = Journal(database, writer)
            async with journal:
                session = journal.open(mine, root)
                session.run_changed(root.runs[0], datetime.now(UTC))
                waiting = asyncio.create_task(session.commit())
                await until(writer.begun.is_set, waiting)
                for task in asyncio.all_tasks():
                    if "commit_for_ever" in task.get_name():
                        task.cancel()
                await asyncio.wait([waiting], timeout=SECONDS)
                answers.append(waiting.exception())
                writer.gate.set()
            with pytest.raises(LeaseLost):
                journal.open(mine, root)

    assert run_apart(leave()) is None
    assert [type(answer) for answer in answers] == [LeaseLost]
    assert_no_thread_is_left()


# --- whoever runs executions stumbles


async def _stumble(execution: GraphExecution, happened: Callable[[], object]) -> None:
    running = asyncio.create_task(run_execution(str(execution.id)))
    await until(happened, running)
    raise Stumbled


def _waiting(ada: User, block: str, log: str) -> GraphExecution:
    LOG[log].clear()
    return started(ada, build({"n": (block, {"value": 1, "gate": f"never opened for {log}", "log": log})}))


@pytest.mark.parametrize("block", ["Gate", "Once"])
def test_an_error_of_the_caller_ends_the_loop_while_a_block_waits(ada: User, block: str) -> None:
    log = f"stumbles over {block}"
    execution = _waiting(ada, block, log)
    assert isinstance(run_apart(_stumble(execution, lambda: LOG[log])), Stumbled)
    assert_no_thread_is_left()
    assert fresh(execution).status == Status.RUNNING
    assert fresh(execution).lease_until <= datetime.now(UTC), "It was not handed back."


def test_an_error_of_the_caller_ends_the_loop_while_a_commit_is_on_its_way(
    ada: User, writer: HeldUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("executor.journal.journal.Writer", lambda: writer)
    execution = _waiting(ada, "Gate", "stumbles over a commit")
    assert isinstance(run_apart(_stumble(execution, writer.begun.is_set)), Stumbled)
    writer.gate.set()
    assert_no_thread_is_left()
    assert not LOG["stumbles over a commit"]


def test_an_error_of_a_worker_ends_the_loop_and_others_go_on_with_what_it_ran(ada: User) -> None:
    LOG["shared"].clear()
    document = build({"n": ("Pause", {"value": 1, "seconds": 0.2, "log": "shared"})})
    execution = started(ada, document)

    async def work() -> None:
        async with shared_workplace():
            await _stumble(execution, lambda: LOG["shared"])

    assert isinstance(run_apart(work()), Stumbled)
    assert_no_thread_is_left()
    assert fresh(execution).status == Status.RUNNING
    GraphExecution.objects.filter(id=execution.id).update(lease_until=datetime.now(UTC))
    assert run(execution).status == Status.COMPLETED
