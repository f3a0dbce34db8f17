"""What a server works off only after its connection was given up, and later batches were written, writes nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from accounts.models import User
from executor.dispatch.claim import Claim, claim
from executor.engine.state import GraphRun
from executor.errors import LeaseLost
from executor.hosting.loading import load
from executor.journal.at_once import fence_values, node_texts
from executor.journal.batch import Batch, Written, make_batch
from executor.journal.renaming import renamed
from executor.journal.session import Session
from executor.journal.writer import Writer
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from reliability.sql import adapters
from tests.executor.building import build
from tests.executor.crashing import FlakyWriter, run_with
from tests.executor.running import fresh, node_executions, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


@dataclass
class Owner:
    """Writes one execution, batch by batch."""

    mine: Claim
    root: GraphRun
    session: Session

    @classmethod
    def of(cls, execution: GraphExecution) -> "Owner":
        mine = claim(execution.id, owner="me")
        assert mine is not None
        root = load(execution.id).root
        return cls(mine, root, Session(mine, root, wake=lambda session: None))

    def received(self, **values: Any) -> Batch:
        """Its first node execution has got values; that takes no seq."""
        self.root.runs[0].received = values
        self.session.received(self.root.runs[0])
        return self._batch()

    def changed(self, status: Status) -> Batch:
        self.root.runs[0].status = status
        self.session.run_changed(self.root.runs[0], datetime.now(UTC))
        return self._batch()

    def wrote(self, batch: Batch) -> None:
        """As the journal does after each batch."""
        self.session.claim = batch.claim

    def _batch(self) -> Batch:
        pending, _ = self.session.take()
        vendor = adapters(connection.vendor)
        return make_batch(self.session.claim, self.root, pending, progressed=False, adapt=vendor)


class Breaking(Writer):
    """The line breaks before the server has worked off the first batch. What was sent is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: tuple[str, tuple[Any, ...]] | None = None

    def _apply_at_once(self, batches: Sequence[Batch]) -> list[Written]:
        if self.sent is not None:
            return super()._apply_at_once(batches)
        (batch,) = batches
        new = [row for run_id, row in batch.runs.items() if run_id in batch.new]
        changed = [row for run_id, row in batch.runs.items() if run_id not in batch.new]
        texts = node_texts(self._statements, new, changed, batch.outputs)
        self.sent = (self._statements.whole, (*fence_values(batch, self._adapt), *texts))
        raise OperationalError("the line is broken")


def _work_off(sent: tuple[str, tuple[Any, ...]] | None) -> int:
    """As the server does with what it finds in its buffer. How many executions it has written."""
    assert sent is not None
    with connection.cursor():
        return len(psycopg.Cursor(connection.connection).execute(*sent).fetchall())


def _pausing(user: User) -> GraphExecution:
    return started(user, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))


@pytest.fixture
def postgres_only() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could be late.")


@pytest.mark.usefixtures("postgres_only")
def test_a_late_statement_does_not_undo_what_came_after_it(ada: User) -> None:
    execution, writer = _pausing(ada), Breaking()
    owner = Owner.of(execution)
    for status in (Status.RUNNING, Status.COMPLETED):
        batch = owner.changed(status)
        assert [written.error for written in writer.write([batch])] == [None]
        owner.wrote(batch)
    before = NodeExecution.objects.filter(execution=execution).values().get()
    assert _work_off(writer.sent) == 0
    assert NodeExecution.objects.filter(execution=execution).values().get() == before
    assert (before["status"], fresh(execution).seq) == (Status.COMPLETED, 2)


@pytest.mark.usefixtures("postgres_only")
def test_not_even_between_batches_that_have_the_same_seq(ada: User) -> None:
    execution, writer = _pausing(ada), Breaking()
    owner = Owner.of(execution)
    owner.root.runs[0].status = Status.INCOMPLETE
    for values in ({"first": 1}, {"first": 1, "second": 2}):
        batch = owner.received(**values)
        assert [written.error for written in writer.write([batch])] == [None]
        owner.wrote(batch)
    assert _work_off(writer.sent) == 0
    assert node_executions(execution, "pause")[0].inputs == {"first": 1, "second": 2}
    assert fresh(execution).seq == 0


@pytest.mark.usefixtures("postgres_only")
def test_a_statement_that_is_only_a_little_late_is_repeated_without_a_second_effect(ada: User) -> None:
    execution, writer = _pausing(ada), Breaking()
    owner, apply = Owner.of(execution), writer._apply

    def apply_after_it(batches: Sequence[Batch], *, again: bool = False) -> list[Written]:
        if again:
            assert _work_off(writer.sent) == 1
        return apply(batches, again=again)

    writer._apply = apply_after_it  # type: ignore[method-assign]
    assert [written.error for written in writer.write([owner.changed(Status.RUNNING)])] == [None]
    assert (node_executions(execution, "pause")[0].status, fresh(execution).seq) == (Status.RUNNING, 1)


def test_an_owner_goes_on_under_its_new_name(ada: User) -> None:
    execution = started(ada, build({f"p{n}": ("Pause", {"value": n, "seconds": 0}) for n in range(3)}))
    asyncio.run(run_with(FlakyWriter(), execution))
    ended = fresh(execution)
    assert ended.status == Status.COMPLETED
    name, _, number = ended.owner.partition("#")
    assert (name, int(number) > 1) == ("flaky", True)


def test_under_a_former_name_nothing_is_written(ada: User) -> None:
    execution = _pausing(ada)
    owner = Owner.of(execution)
    GraphExecution.objects.filter(id=execution.id).update(owner=renamed(owner.mine).owner)
    (written,) = Writer().write([owner.changed(Status.RUNNING)])
    assert isinstance(written.error, LeaseLost)
    assert (node_executions(execution, "pause")[0].status, fresh(execution).seq) == (Status.QUEUED, 0)


def test_names_are_numbered() -> None:
    names = [mine := Claim(make_user().id, fence=1, claims=1, owner="host:1:ab")]
    for _ in range(2):
        names.append(mine := renamed(mine))
    assert [each.owner for each in names] == ["host:1:ab", "host:1:ab#2", "host:1:ab#3"]
