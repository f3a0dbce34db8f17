"""A node that asks a person parks its execution; decided, the execution goes on where it was."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db.models import F

from accounts.models import User
from credits.models import Hold, HoldStatus, Transaction
from executor.events import execution_events
from executor.jobs import run_execution
from executor.models import GraphExecution, NodeExecution
from executor.reviews.models import Review
from executor.statuses import Status
from tests.executor.awaiting import until
from tests.executor.blocks import GATES, LOG
from tests.executor.books import assert_books
from tests.executor.building import build, given, result
from tests.executor.reviews.cast import ask, asking, decided, decision, finished, parked, post, reviews, status_of
from tests.executor.running import fresh, outputs, run, started, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


def test_an_execution_that_asks_is_parked_without_a_worker(ada: User) -> None:
    execution = parked(ada, asking({"to": "grace"}))
    assert (execution.lease_until, execution.ended_at, execution.cost) == (None, None, 1)
    assert (status_of(execution, "ask"), status_of(execution, "first")) == (["REVIEW"], ["COMPLETED"])
    (review,) = reviews(execution)
    assert (review.status, review.payload, review.instructions, review.editable, review.expires_at) == (
        "WAITING",
        {"to": "grace"},
        "Data",
        True,
        None,
    )
    assert (review.user, review.root, review.execution) == (ada, execution, execution)
    assert not Hold.objects.filter(status=HoldStatus.OPEN).exists()


def test_nobody_takes_up_what_waits_for_a_person(ada: User) -> None:
    execution = parked(ada, asking())
    again = run(execution)
    assert (again.status, again.fence, again.seq) == (Status.REVIEW, execution.fence, execution.seq)


def test_a_parked_execution_has_not_finished(ada: User) -> None:
    heard: list[Any] = []

    def hear(event: Any, **kwargs: Any) -> None:
        heard.append(event.status)

    execution_events.connect(hear)
    try:
        execution = parked(ada, asking())
        assert heard == []
        finished(execution)
    finally:
        execution_events.disconnect(hear)
    assert heard == ["COMPLETED"]


def test_approved_it_goes_on_and_nothing_finished_runs_or_is_paid_again(ada: User) -> None:
    execution = parked(ada, asking(7))
    assert decided(execution).status == Status.QUEUED
    ended = run(execution)
    assert (ended.status, outputs(ended), ended.cost) == (Status.COMPLETED, {"approved": [7]}, 1)
    first = NodeExecution.objects.get(execution=execution, node__metadata__customized_name="first")
    assert first.attempt == 1
    assert Transaction.objects.filter(key=f"node-execution:{first.id}").count() == 1
    assert_books(ended)


def test_rejected_it_goes_the_other_way(ada: User) -> None:
    ended = finished(parked(ada, asking(7)), approved=False, message="No.")
    assert (ended.status, outputs(ended)) == (Status.COMPLETED, {"rejected": [7], "message": ["No."]})


def test_the_reviewer_may_change_the_value(ada: User) -> None:
    ended = finished(parked(ada, asking({"to": "grace"})), reviewed_data={"to": "ada"}, message="Me first.")
    assert outputs(ended) == {"approved": [{"to": "ada"}], "message": ["Me first."]}
    (review,) = reviews(ended)
    assert (review.was_edited, review.payload, review.edited_data) == (True, {"to": "grace"}, {"to": "ada"})
    assert (review.reviewer, review.message) == (ada, "Me first.")


@pytest.mark.parametrize("value", [None, 0, 1.0, 2**70, "ä", [], {"b": 1.5, "a": [1e16, {"z": None, "y": -0.0}]}])
def test_any_value_comes_out_as_it_was_asked_about(ada: User, value: Any) -> None:
    assert outputs(finished(parked(ada, asking(value)))) == {"approved": [value]}


def test_without_reviews_the_value_passes_with_a_message(ada: User) -> None:
    execution = started(ada, asking(7))
    GraphExecution.objects.filter(id=execution.id).update(human_review=False)
    ended = run(execution)
    assert (ended.status, outputs(ended)["approved"]) == (Status.COMPLETED, [7])
    assert outputs(ended)["message"] == ["Approved without a review: this execution asks nobody."]
    assert not Review.objects.exists()


# --- beside others


async def _park_beside_a_running_branch(execution: GraphExecution) -> None:
    task = asyncio.create_task(run_execution(str(execution.id)))
    waiting = NodeExecution.objects.filter(execution=execution, status=Status.REVIEW)
    await until(waiting.exists, task)
    assert (await asyncio.to_thread(fresh, execution)).status == Status.RUNNING
    answer = await asyncio.to_thread(lambda: post(execution.user, decision(reviews(execution)[0])))
    GATES["beside-1"].set()
    await asyncio.wait_for(task, 20)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_review")


def test_a_branch_beside_it_runs_on_and_nobody_decides_meanwhile(ada: User) -> None:
    LOG["beside"].clear()
    GATES.pop("beside-1", None)
    document = build(
        {
            "ask": ask(data=7),
            "gate": ("Gate", {"value": 1, "gate": "beside-", "log": "beside"}),
            "after": ("Pause", {"seconds": 0}),
            "other": result("other"),
            "approved": result("approved"),
        },
        ["gate.value -> after.value", "after.value -> other.value", "ask.approved_data -> approved.value"],
    )
    execution = started(ada, document)
    asyncio.run(_park_beside_a_running_branch(execution))
    parked_now = fresh(execution)
    assert (parked_now.status, outputs(parked_now)) == (Status.REVIEW, {"other": [2]})
    ended = finished(execution)
    assert outputs(ended) == {"other": [2], "approved": [7]}
    assert len([entry for entry in LOG["beside"] if str(entry).startswith("start")]) == 1


def test_two_reviews_are_both_needed_and_need_not_come_together(ada: User) -> None:
    document = build(
        {"one": ask(data=1), "two": ask(data=2), "sum": ("Calculator", {"operation": "Add"}), "out": result("out")},
        ["one.approved_data -> sum.a", "two.approved_data -> sum.b", "sum.result -> out.value"],
    )
    execution = parked(ada, document)
    one, two = reviews(execution)
    assert post(ada, decision(two)).status_code == 200
    assert fresh(execution).status == Status.REVIEW
    assert post(ada, decision(one)).status_code == 200
    ended = run(execution)
    assert (ended.status, outputs(ended)) == (Status.COMPLETED, {"out": [3]})


def test_outputs_keep_the_order_in_which_their_nodes_were_queued(ada: User) -> None:
    document = build(
        {"many": ("Count", {"count": 4}), "ask": ask(), "out": result("out")},
        ["many.number -> ask.data", "ask.approved_data -> out.value"],
    )
    execution = parked(ada, document)
    assert status_of(execution, "ask") == ["REVIEW"] * 4
    for review in reversed(reviews(execution)):
        assert post(ada, decision(review)).status_code == 200
    assert outputs(run(execution)) == {"out": [0, 1, 2, 3]}


def test_static_values_stay_for_what_comes_after_the_review(ada: User) -> None:
    document = build(
        {
            "many": ("Count", {"count": 3}),
            "kept": given("kept", "k"),
            "ask": ask(),
            "pair": ("CreateDictionary", {"values": {}}),
            "out": result("out"),
        },
        [
            "many.number -> ask.data",
            "ask.approved_data -> pair.values_#_n",
            "kept.result -> pair.values_#_k",
            "pair.dictionary -> out.value",
        ],
    )
    ended = finished(parked(ada, document, {"kept": "k"}))
    assert outputs(ended) == {"out": [{"n": number, "k": "k"} for number in range(3)]}


# --- loops and sub-graphs


def lap() -> Any:
    """Reviewed three times, one after another."""
    return build(
        {
            "start": ("Echo", {"value": 0}),
            "ask": ask(),
            "next": ("Pause", {"seconds": 0}),
            "more": ("Condition", {"operator": "<", "value2": 3}),
            "done": result("done"),
            "lap": result("lap"),
        },
        [
            "start.value -> ask.data",
            "ask.approved_data -> next.value",
            "ask.approved_data -> lap.value",
            "next.value -> more.value1",
            "more.yes_output -> ask.data",
            "more.no_output -> done.value",
        ],
    )


def test_a_loop_asks_in_every_lap(ada: User) -> None:
    execution = parked(ada, lap())
    for number in range(2):
        assert finished(execution).status == Status.REVIEW, number
    ended = finished(execution)
    assert (ended.status, outputs(ended)["lap"], ended.cost) == (Status.COMPLETED, [0, 1, 2], 3)
    assert len(reviews(ended)) == 3


def test_an_approval_may_hold_for_the_laps_to_come_with_their_own_values(ada: User) -> None:
    ended = finished(parked(ada, lap()), auto_approve_future=True)
    assert (ended.status, outputs(ended)["lap"]) == (Status.COMPLETED, [0, 1, 2])
    assert len(reviews(ended)) == 1


def test_a_rejection_holds_for_nothing_else(ada: User) -> None:
    execution = parked(ada, lap())
    finished(execution, approved=False, auto_approve_future=True)
    assert not Review.objects.filter(approves_future=True).exists()


def nested(user: User, levels: int = 1) -> Any:
    """A graph that asks, so many graphs deep."""
    document = build(
        {"item": given("item"), "ask": ask(), "out": result("out")},
        ["item.result -> ask.data", "ask.approved_data -> out.value"],
    )
    for level in range(levels):
        store(user, document)
        runs = ("AgentExecutor", {"graph_id": document.id, "graph_version": 1, "inputs": {}})
        head = ("Count", {"count": 2}) if level == levels - 1 else given("item")
        document = build(
            {"item": head, "agent": runs, "beside": ("Pause", {"value": 1, "seconds": 0}), "out": result("out")},
            [f"item.{'number' if level == levels - 1 else 'result'} -> agent.item", "agent.out -> out.value"],
        )
    return document


@pytest.mark.parametrize("levels", [1, 2])
def test_a_review_in_a_sub_graph_parks_everything_around_it(ada: User, levels: int) -> None:
    execution = parked(ada, nested(ada, levels))
    assert set(status_of(execution, "agent")) == {"REVIEW"}
    assert set(execution.descendants.values_list("status", flat=True)) == {"REVIEW"}
    assert [review.root for review in reviews(execution)] == [execution, execution]
    ended = finished(execution)
    assert (ended.status, outputs(ended)) == (Status.COMPLETED, {"out": [0, 1]})
    assert set(ended.descendants.values_list("status", flat=True)) == {"COMPLETED"}
    assert_books(ended)


def test_a_sub_graph_asks_nobody_where_its_root_does_not(ada: User) -> None:
    execution = started(ada, nested(ada))
    GraphExecution.objects.filter(id=execution.id).update(human_review=False)
    assert outputs(run(execution)) == {"out": [0, 1]}


# --- limits


def test_the_time_that_a_person_takes_does_not_count(ada: User, settings: LazySettings) -> None:
    settings.EXECUTION_MAX_SECONDS = 600
    execution = parked(ada, asking())
    _move_back(execution, hours=5)
    ended = finished(execution)
    assert (ended.status, ended.error_code) == (Status.COMPLETED, "")


def test_the_time_beside_that_counts(ada: User, settings: LazySettings) -> None:
    settings.EXECUTION_MAX_SECONDS = 600
    execution = parked(ada, asking())
    _move_back(execution, hours=5)
    Review.objects.filter(root=execution).update(created_at=F("created_at") + timedelta(hours=4))
    ended = finished(execution)
    assert (ended.status, ended.error_code) == (Status.FAILED, "time_limit")


def _move_back(execution: GraphExecution, *, hours: int) -> None:
    GraphExecution.objects.filter(id=execution.id).update(started_at=F("started_at") - timedelta(hours=hours))
    Review.objects.filter(root=execution).update(created_at=F("created_at") - timedelta(hours=hours))


def test_parking_often_is_no_poison(ada: User, settings: LazySettings) -> None:
    settings.MAX_CLAIMS = 1
    execution = parked(ada, lap())
    GraphExecution.objects.filter(id=execution.id).update(claims=1)
    assert decided(execution).claims == 0
    assert run(execution).status == Status.REVIEW
