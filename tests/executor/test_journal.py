"""The journal: what may write, what a refused charge leaves behind, and what a broken database does to it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from credits.models import Transaction
from executor.dispatch.claim import claim
from executor.errors import LeaseLost
from executor.hosting.loading import load
from executor.hosting.threads import DatabaseThread
from executor.jobs import run_loaded
from executor.journal import journal as journals
from executor.journal.journal import Journal
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.statuses import Status
from tests.executor.awaiting import until
from tests.executor.blocks import GATES, LOG
from tests.executor.building import build, result
from tests.executor.crashing import FlakyWriter, run_with
from tests.executor.running import fresh, node_executions, outputs, ran, run, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


async def _lose_the_lease(execution: GraphExecution) -> None:
    """One owner waits in its block while another takes the execution over and ends it; then the first one goes on."""
    async with DatabaseThread() as database, Journal(database) as journal:
        first = await database.run(claim, execution.id, owner="first")
        assert first is not None
        loaded = await database.run(load, execution.id)
        task = asyncio.create_task(run_loaded(first, loaded, journal))
        await until(lambda: LOG["stale"], task)
        past = datetime.now(UTC) - timedelta(seconds=1)
        await database.run(GraphExecution.objects.filter(id=execution.id).update, lease_until=past)
        second = await database.run(claim, execution.id, owner="second")
        assert second is not None
        assert second.fence == first.fence + 1
        GATES["stale-1"].set()
        with pytest.raises(LeaseLost):
            await task


def test_a_stale_owner_writes_nothing(ada: User) -> None:
    LOG["stale"].clear()
    document = build(
        {"gate": ("Gate", {"value": 1, "gate": "stale-", "log": "stale"}), "out": result("out")},
        ["gate.value -> out.value"],
    )
    execution = started(ada, document)
    asyncio.run(_lose_the_lease(execution))
    assert [row.status for row in node_executions(execution, "gate")] == [Status.RUNNING]
    assert NodeOutput.objects.filter(node_execution__execution=execution).count() == 0
    assert fresh(execution).status == Status.RUNNING


def test_a_node_without_credits_fails_and_ends_the_execution(ada: User) -> None:
    grace = make_user("grace@example.org", credits=2)
    document = build(
        {
            "many": ("Count", {"count": 5}),
            "pause": ("Pause", {"seconds": 0}),
            "out": result("out"),
            "error": result("error"),
        },
        ["many.number -> pause.value", "pause.value -> out.value", "pause.error -> error.value"],
    )
    execution = ran(grace, document)
    assert (execution.status, execution.error_code) == (Status.FAILED, "insufficient_balance")
    assert "1 needed, 0 can be spent" in execution.error
    assert execution.cost == 2
    grace.credit_account.refresh_from_db()
    assert grace.credit_account.balance == 0
    rows = node_executions(execution, "pause")
    assert sorted(row.status for row in rows).count(Status.COMPLETED) == 2
    assert not NodeExecution.objects.filter(execution=execution, status__in=[Status.QUEUED, Status.RUNNING]).exists()
    refused = [row for row in rows if row.status == Status.FAILED]
    assert all(row.cost == 0 and row.attempt == 0 for row in refused)


def test_a_ceiling_stops_before_it_is_passed(ada: User) -> None:
    document = build(
        {"many": ("Count", {"count": 5}), "pause": ("Pause", {"seconds": 0})}, ["many.number -> pause.value"]
    )
    execution = ran(ada, document, max_cost=3)
    assert (execution.status, execution.error_code, execution.cost) == (Status.FAILED, "cost_limit", 3)
    assert "(max_cost) of 3" in execution.error


def test_a_charge_is_committed_with_the_start_of_its_node(ada: User) -> None:
    execution = ran(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))
    (row,) = node_executions(execution, "pause")
    charge = Transaction.objects.get(key=f"node-execution:{row.id}")
    assert (charge.amount, row.cost, execution.cost) == (-1, 1, 1)
    assert charge.reference["execution"] == str(execution.id)


def test_a_batch_whose_commit_is_unknown_is_written_again_without_a_second_effect(ada: User) -> None:
    document = build(
        {"many": ("Count", {"count": 3}), "pause": ("Pause", {"seconds": 0}), "out": result("out")},
        ["many.number -> pause.value", "pause.value -> out.value"],
    )
    execution = started(ada, document)
    writer = FlakyWriter()
    asyncio.run(run_with(writer, execution))
    ended = fresh(execution)
    assert writer.commits > 2
    assert (ended.status, outputs(ended), ended.cost) == (Status.COMPLETED, {"out": [1, 2, 3]}, 3)
    assert Transaction.objects.filter(reference__execution=str(execution.id)).count() == 3


def test_outputs_that_a_database_refuses_are_made_storable(ada: User) -> None:
    document = build(
        {"sum": ("Calculator", {"operation": "Divide", "a": 1, "b": 0}), "nul": ("Nul", {}), "out": result("out")},
        ["sum.result -> out.value", "nul.value -> out.value"],
    )
    assert outputs(ran(ada, document)) == {"out": [None, {"text": "ab", "number": 2**70}]}


def test_each_change_takes_the_next_number(ada: User) -> None:
    execution = ran(ada, build({"many": ("Count", {"count": 3}), "out": result("out")}, ["many.number -> out.value"]))
    rows = NodeExecution.objects.filter(execution=execution)
    numbers = [*rows.values_list("seq", flat=True)]
    numbers += NodeOutput.objects.filter(node_execution__in=rows).values_list("seq", flat=True)
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) == execution.seq - 1


def test_running_it_again_after_its_end_does_nothing(ada: User) -> None:
    execution = ran(ada, build({"pause": ("Pause", {"value": 1, "seconds": 0})}))
    before = fresh(execution)
    again = run(execution)
    assert (again.seq, again.fence, again.cost) == (before.seq, before.fence, before.cost)


def test_news_that_cannot_be_told_hold_nothing_up(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def unspeakable(changes: object) -> None:
        raise RecursionError

    monkeypatch.setattr(journals, "payloads", unspeakable)
    document = build({"a": ("Gate", {"value": 1}), "out": result("out")}, ["a.value -> out.value"])
    execution = ran(ada, document)
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"out": [1]})
