"""Dying around a review costs time and nothing else; who has lost the execution can ask nothing."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from executor.dispatch.claim import claim
from executor.errors import LeaseLost
from executor.hosting.loading import load
from executor.hosting.threads import DatabaseThread
from executor.jobs import run_loaded
from executor.journal.journal import Journal
from executor.models import GraphExecution, NodeExecution
from executor.reviews.models import Review
from executor.statuses import Status
from graphs.document import GraphDocument
from tests.executor.awaiting import until
from tests.executor.blocks import GATES, LOG
from tests.executor.books import assert_books
from tests.executor.building import build, given, result
from tests.executor.crashing import FlakyWriter, run_and_die, run_with
from tests.executor.reviews.cast import ask, asking, decided, finished, reviews, status_of
from tests.executor.running import fresh, outputs, run, started, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _small_commits(settings: Any) -> None:
    settings.NODES_IN_FLIGHT = 1
    settings.JOURNAL_LINGER_MILLISECONDS = 0


@pytest.fixture
def ada() -> User:
    return make_user(credits=100_000)


def fan_out(user: User) -> GraphDocument:
    """Paid nodes before and after reviews, beside a paid branch; the order shows in the output."""
    return build(
        {
            "many": ("Count", {"count": 3}),
            "before": ("Pause", {"seconds": 0}),
            "ask": ask(),
            "after": ("Pause", {"seconds": 0}),
            "kept": given("kept", "k"),
            "pair": ("CreateDictionary", {"values": {}}),
            "out": result("out"),
        },
        [
            "many.number -> before.value",
            "before.value -> ask.data",
            "ask.approved_data -> after.value",
            "after.value -> pair.values_#_n",
            "kept.result -> pair.values_#_k",
            "pair.dictionary -> out.value",
        ],
    )


def nested(user: User) -> GraphDocument:
    child = build(
        {
            "item": given("item"),
            "ask": ask(),
            "pause": ("Pause", {"seconds": 0}),
            "one": result("one"),
            "two": result("two"),
        },
        [
            "item.result -> one.value",
            "item.result -> ask.data",
            "ask.approved_data -> pause.value",
            "pause.value -> two.value",
        ],
    )
    store(user, child)
    agent = ("AgentExecutor", {"graph_id": child.id, "graph_version": 1, "inputs": {}})
    return build(
        {"many": ("Count", {"count": 2}), "agent": agent, "one": result("one"), "two": result("two")},
        ["many.number -> agent.item", "agent.one -> one.value", "agent.two -> two.value"],
    )


def sensitive(user: User) -> GraphDocument:
    return build(
        {"many": ("Count", {"count": 2}), "send": ("Send", {"log": "crashes"}), "out": result("out")},
        ["many.number -> send.text", "send.sent -> out.value"],
    )


def _facts(execution: GraphExecution) -> dict[str, Any]:
    rows = NodeExecution.objects.filter(execution__in=[execution, *execution.descendants.all()])
    return {
        "status": execution.status,
        "outputs": outputs(execution),
        "cost": execution.cost - execution.fees,
        "nodes": Counter((row.node.metadata["customized_name"], row.status) for row in rows.select_related("node")),
        "asked": Counter((str(review.payload), review.status) for review in reviews(execution)),
    }


def _through(execution: GraphExecution, *, commits: int) -> tuple[GraphExecution, int]:
    """Run to the end, dying after so many commits before the review and after it. How often it died."""
    deaths = 0
    while (now := fresh(execution)).status != Status.COMPLETED:
        if now.status == Status.REVIEW:
            decided(now)
        before = deaths
        deaths += run_and_die(execution, commits=commits)
        if deaths > before:
            now = run(execution)
        assert now.status in (Status.REVIEW, Status.QUEUED, Status.COMPLETED, Status.RUNNING), now.error
    return fresh(execution), deaths


@pytest.mark.parametrize("make", [fan_out, nested])
def test_a_crash_around_a_review_changes_nothing_but_time(ada: User, make: Callable[[User], GraphDocument]) -> None:
    document = make(ada)

    def start() -> GraphExecution:
        return started(ada, make(ada))

    plain = finished(run(started(ada, document)))
    expected = _facts(plain)
    assert expected["status"] == Status.COMPLETED
    commits, deaths = 0, 1
    while deaths:
        ended, deaths = _through(start(), commits=commits)
        assert _facts(ended) == expected, f"after {commits} commits"
        assert_books(ended)
        commits += 1
    assert commits >= 3


def test_a_sensitive_node_that_dies_before_its_start_is_neither_asked_nor_charged_twice(ada: User) -> None:
    LOG["crashes"].clear()
    execution = started(ada, sensitive(ada))
    GraphExecution.objects.filter(id=execution.id).update(sensitive_review=True)
    assert run_and_die(execution, commits=1)
    assert run(execution).status == Status.REVIEW
    decided(execution)
    assert run_and_die(execution, commits=0)
    ended = run(execution)
    assert (outputs(ended), len(reviews(ended)), ended.cost) == ({"out": ["0", "1"]}, 2, 2)
    assert sorted(LOG["crashes"]) == ["0 1 ", "1 1 "]
    assert_books(ended)


def test_what_waits_stays_parked_when_the_worker_of_the_other_branch_dies(ada: User) -> None:
    LOG["dead-beside"].clear()
    document = build(
        {
            "ask": ask(data=7),
            "gate": ("Gate", {"value": 1, "gate": "dead-", "log": "dead-beside"}),
            "out": result("out"),
        },
        ["ask.approved_data -> out.value"],
    )
    execution = started(ada, document)
    for commits in range(1, 12):
        assert run_and_die(execution, commits=commits)
        if status_of(execution, "ask") == ["REVIEW"]:
            break
    (before,) = NodeExecution.objects.filter(execution=execution, status=Status.REVIEW)
    GATES["dead-1"].set()
    assert run(execution).status == Status.REVIEW
    (after,) = NodeExecution.objects.filter(execution=execution, status=Status.REVIEW)
    assert (after.attempt, after.seq, len(reviews(execution))) == (before.attempt, before.seq, 1)
    assert outputs(finished(execution)) == {"out": [7]}


def test_a_commit_that_is_written_again_asks_once(ada: User) -> None:
    execution = started(ada, asking())
    asyncio.run(run_with(FlakyWriter(), execution))
    assert (fresh(execution).status, len(reviews(execution))) == (Status.REVIEW, 1)
    decided(execution)
    asyncio.run(run_with(FlakyWriter(), execution))
    ended = fresh(execution)
    assert (ended.status, outputs(ended), ended.cost) == (Status.COMPLETED, {"approved": [7]}, 1)


async def _ask_too_late(execution: GraphExecution) -> None:
    """One owner waits in a block while another takes the execution over; then the first one's graph asks."""
    async with DatabaseThread() as database, Journal(database) as journal:
        first = await database.run(claim, execution.id, owner="first")
        assert first is not None
        task = asyncio.create_task(run_loaded(first, await database.run(load, execution.id), journal))
        await until(lambda: LOG["late"], task)
        past = datetime.now(UTC) - timedelta(seconds=1)
        await database.run(GraphExecution.objects.filter(id=execution.id).update, lease_until=past)
        assert await database.run(claim, execution.id, owner="second") is not None
        GATES["late-1"].set()
        with pytest.raises(LeaseLost):
            await task


def test_a_stale_owner_asks_nothing(ada: User) -> None:
    LOG["late"].clear()
    GATES.pop("late-1", None)
    document = build(
        {"gate": ("Gate", {"value": 1, "gate": "late-", "log": "late"}), "ask": ask()}, ["gate.value -> ask.data"]
    )
    execution = started(ada, document)
    asyncio.run(_ask_too_late(execution))
    assert not Review.objects.exists()
    assert fresh(execution).status == Status.RUNNING
