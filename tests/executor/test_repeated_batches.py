"""A commit that went through and was not heard of is repeated: money and limits do not notice, nobody misses news."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection

from accounts.models import User
from credits.events import FundsExhausted, credit_events
from credits.models import Account
from executor.journal.batch import COUNT_AT_LEAST, Batch, Written
from executor.journal.writer import Writer
from executor.launching.launch import launch
from executor.models import GraphExecution, NodeOutput
from executor.statuses import Status
from graphs.document import GraphDocument
from tests.executor.blocks import GATES, LOG
from tests.executor.books import assert_books
from tests.executor.building import build, many_pauses, meter, result
from tests.executor.crashing import run_with
from tests.executor.running import fresh, outputs, ran, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    events: list[Any] = []

    def hear(event: Any, **kwargs: Any) -> None:
        events.append(event)

    credit_events.connect(hear, weak=False)
    yield events
    credit_events.disconnect(hear)


class Twice(Writer):
    """Every batch is committed, the answer is lost in COMMIT itself, and it is written again."""

    def __init__(self) -> None:
        super().__init__()
        #: Whether the ledger took part, of batches that were written for the first time, and of repeated ones.
        self.written: dict[bool, list[bool]] = {False: [], True: []}

    def _apply_at_once(self, batches: Sequence[Batch]) -> list[Written]:
        super()._apply_at_once(batches)
        raise OperationalError("the connection broke in COMMIT")

    def _apply(self, batches: Sequence[Batch], *, again: bool = False) -> list[Written]:
        commit = connection._commit  # type: ignore[attr-defined]

        def lost() -> None:
            commit()
            raise OperationalError("the connection broke in COMMIT")

        self.written[again].append(any(batch.asks_the_ledger for batch in batches))
        if not again:
            connection._commit = lost  # type: ignore[attr-defined]
        try:
            return super()._apply(batches, again=again)
        finally:
            connection._commit = commit  # type: ignore[attr-defined]


def _counted(user: User) -> int:
    """Node executions that the ledger has counted for the execution fee."""
    return Account.objects.get(user=user).node_executions


def _names(execution: GraphExecution) -> list[str]:
    """Of all its outputs, in the order in which they were emitted."""
    found = NodeOutput.objects.filter(node_execution__execution=execution).order_by("seq")
    return list(found.values_list("name", flat=True))


class AtRaises(Writer):
    """Does something while a batch is written that raises a hold."""

    def __init__(self, then: Any) -> None:
        super().__init__()
        self.then = then
        #: What counted against the ceiling, batch by batch; the one with the raise is marked.
        self.spent: list[tuple[int, bool]] = []

    def write(self, batches: Sequence[Batch]) -> list[Written]:
        bills = [bill for batch in batches for bill in batch.bills.values()]
        raises = any(getattr(bill, "raised_from", 0) for bill in bills)
        self.spent += [(batch.ceiling.spent, raises) for batch in batches]
        if raises:
            self.then()
        return super().write(batches)


def _free_chain(length: int) -> GraphDocument:
    """Its first and its last node wait for the commit of their starts; before the last, many are to be counted."""
    nodes = {f"n{i}": ("Calculator", {"operation": "Add", "a": 0, "b": 1}) for i in range(length)}
    ends = {"first": ("Stream", {"count": 1}), "last": ("Stream", {"count": 1}), "out": result("out")}
    wires = [f"n{i}.result -> n{i + 1}.a" for i in range(length - 1)]
    wires += ["first.number -> n0.a", f"n{length - 1}.result -> last.before", "last.number -> out.value"]
    return build({**nodes, **ends}, wires)


def test_a_free_chain_is_the_same_although_every_commit_is_repeated(ada: User, settings: LazySettings) -> None:
    settings.JOURNAL_LINGER_MILLISECONDS = 0
    nodes = COUNT_AT_LEAST + 20
    undisturbed = ran(ada, _free_chain(nodes - 3))
    counted = _counted(ada)
    execution, writer = launch(ada, undisturbed.version, inputs={}), Twice()
    asyncio.run(run_with(writer, execution))
    ended = fresh(execution)
    assert (ended.status, ended.counted, outputs(ended)) == (Status.COMPLETED, nodes, {"out": [0]})
    assert _names(ended) == _names(undisturbed)
    assert (counted, _counted(ada)) == (nodes, 2 * nodes)
    assert writer.written[True] == writer.written[False]
    assert set(writer.written[True]) == {False, True}
    assert_books(ended)


@pytest.mark.parametrize("max_cost", [1, 3, 5])
def test_a_ceiling_holds_although_every_commit_is_repeated(ada: User, max_cost: int) -> None:
    execution = started(ada, many_pauses(6), max_cost=max_cost)
    asyncio.run(run_with(Twice(), execution))
    ended = fresh(execution)
    assert (ended.status, ended.error_code, ended.cost) == (Status.FAILED, "cost_limit", max_cost)
    assert_books(ended)


def test_a_shortage_is_told_although_the_commit_is_not_heard_of(heard: list[Any]) -> None:
    execution = started(make_user(credits=2), many_pauses(5))
    asyncio.run(run_with(Twice(), execution))
    assert fresh(execution).error_code == "insufficient_balance"
    assert any(isinstance(event, FundsExhausted) for event in heard)


def test_a_raised_hold_counts_in_the_very_next_batch(ada: User) -> None:
    document = build(
        {
            "m": meter(items=5, steps=2),
            "many": ("Stream", {"count": 12, "gate": "raised"}),
            "p": ("Pause", {"seconds": 0}),
        },
        ["many.number -> p.value"],
    )
    execution = started(ada, document, max_cost=16)

    async def scenario() -> list[tuple[int, bool]]:
        loop, opened = asyncio.get_running_loop(), Event()
        GATES["raised"] = asyncio.Event()

        def open_the_gate() -> None:
            loop.call_soon_threadsafe(GATES["raised"].set)
            loop.call_soon_threadsafe(loop.call_later, 0.1, opened.set)  # the next bills are on their way by then
            opened.wait(5)

        writer = AtRaises(open_the_gate)
        await asyncio.wait_for(run_with(writer, execution), 20)
        return writer.spent

    spent = asyncio.run(scenario())
    raised = next(number for number, (_, raises) in enumerate(spent) if raises)
    assert spent[raised + 1][0] >= 10
    assert fresh(execution).cost <= 16
    assert_books(fresh(execution))


def test_a_cancel_that_comes_while_a_hold_is_raised_is_no_less_a_cancel(ada: User) -> None:
    LOG["raising"].clear()
    execution = started(ada, build({"m": meter(items=5, steps=2, gate="never-raising", log="raising")}))
    asked = Event()

    def cancel() -> None:
        GraphExecution.objects.filter(id=execution.id).update(cancel_requested_at=datetime.now(UTC))
        asked.wait(2.5)  # the journal looks for requests every second

    asyncio.run(asyncio.wait_for(run_with(AtRaises(cancel), execution), 20))
    assert (fresh(execution).status, LOG["raising"]) == (Status.TERMINATED, ["used 5"])
    assert_books(fresh(execution))
