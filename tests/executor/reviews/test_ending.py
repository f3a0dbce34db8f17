"""Reviews that nobody decides: the execution is stopped, the time is over, or something was forgotten."""

import asyncio
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db.models import F

from accounts.models import User
from executor.jobs import run_execution
from executor.models import GraphExecution, NodeExecution
from executor.reviews.expiring import MESSAGE, expire_reviews
from executor.reviews.models import Review
from executor.reviews.requeueing import requeue_forgotten
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from tests.executor.awaiting import until
from tests.executor.blocks import GATES
from tests.executor.books import assert_books
from tests.executor.building import build, result
from tests.executor.reviews.cast import ask, asking, decision, parked, post, reviews, status_of
from tests.executor.reviews.test_parking import nested
from tests.executor.running import fresh, outputs, run, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


# --- stopped


def test_stopping_a_parked_execution_rejects_its_reviews(ada: User) -> None:
    execution = parked(ada, asking())
    stopped = request_cancel(execution)
    assert (stopped.status, status_of(execution, "ask")) == (Status.TERMINATED, ["TERMINATED"])
    (review,) = reviews(execution)
    assert (review.status, review.message, review.reviewer) == ("REJECTED", "Stopped on request.", None)
    answer = post(ada, decision(review))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_review")
    assert run(execution).status == Status.TERMINATED
    assert_books(stopped)


def test_stopping_it_rejects_the_reviews_of_its_sub_graphs(ada: User) -> None:
    execution = parked(ada, nested(ada))
    request_cancel(execution)
    assert [review.status for review in reviews(execution)] == ["REJECTED", "REJECTED"]
    inside = [execution, *execution.descendants.all()]
    assert not NodeExecution.objects.filter(execution__in=inside, status=Status.REVIEW).exists()
    assert set(execution.descendants.values_list("status", flat=True)) == {"TERMINATED"}


def test_nobody_decides_once_a_stop_is_asked_for(ada: User) -> None:
    execution = parked(ada, asking())
    GraphExecution.objects.filter(id=execution.id).update(cancel_requested_at=F("created_at"))
    answer = post(ada, decision(reviews(execution)[0]))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_review")
    assert reviews(execution)[0].status == "WAITING"


async def _stop_beside(execution: GraphExecution) -> None:
    task = asyncio.create_task(run_execution(str(execution.id)))
    waiting = NodeExecution.objects.filter(execution=execution, status=Status.REVIEW)
    await until(waiting.exists, task)
    await asyncio.to_thread(request_cancel, execution)
    await asyncio.wait_for(task, 20)


def test_stopping_a_running_execution_rejects_what_waits_in_it(ada: User) -> None:
    GATES.pop("never-1", None)
    document = build({"ask": ask(data=7), "gate": ("Gate", {"value": 1, "gate": "never-"})})
    execution = started(ada, document)
    asyncio.run(_stop_beside(execution))
    assert (fresh(execution).status, status_of(execution, "ask")) == (Status.TERMINATED, ["TERMINATED"])
    assert [(review.status, review.message) for review in reviews(execution)] == [("REJECTED", "Stopped on request.")]
    assert reviews(execution)[0].resumed_at == reviews(execution)[0].reviewed_at, "it did not wait for this one"


# --- too late


def overdue(execution: GraphExecution) -> None:
    Review.objects.filter(root=execution).update(expires_at=F("expires_at") - timedelta(hours=2))


def test_unless_it_is_set_nothing_expires(ada: User) -> None:
    execution = parked(ada, asking())
    assert (expire_reviews(), fresh(execution).status) == (0, Status.REVIEW)


def test_a_review_that_nobody_decides_in_time_is_rejected(ada: User, settings: LazySettings) -> None:
    settings.REVIEW_EXPIRES_SECONDS = 3600
    execution = parked(ada, asking(7))
    assert expire_reviews() == 0
    overdue(execution)
    assert (expire_reviews(), expire_reviews()) == (1, 0)
    (review,) = reviews(execution)
    assert (review.status, review.message, review.is_expired, review.reviewer) == ("REJECTED", MESSAGE, True, None)
    ended = run(execution)
    assert (ended.status, outputs(ended)) == (Status.COMPLETED, {"rejected": [7], "message": [MESSAGE]})


def test_it_may_count_as_approved_but_never_for_a_sensitive_effect(ada: User, settings: LazySettings) -> None:
    settings.REVIEW_EXPIRES_SECONDS, settings.REVIEW_EXPIRED_APPROVES = 3600, True
    document = build(
        {
            "ask": ask(data=7),
            "send": ("Send", {"text": "Hi"}),
            "approved": result("approved"),
            "error": result("error"),
        },
        ["ask.approved_data -> approved.value", "send.error -> error.value"],
    )
    execution = started(ada, document)
    GraphExecution.objects.filter(id=execution.id).update(sensitive_review=True)
    assert run(execution).status == Status.REVIEW
    overdue(execution)
    assert expire_reviews() == 2
    message = f"Rejected by the reviewer. {MESSAGE}"
    assert outputs(run(execution)) == {"approved": [7], "error": [message]}


def test_one_expired_review_does_not_decide_another(ada: User, settings: LazySettings) -> None:
    settings.REVIEW_EXPIRES_SECONDS = 3600
    execution = parked(ada, build({"one": ask(data=1), "two": ask(data=2)}))
    first = reviews(execution)[0]
    Review.objects.filter(node_execution=first.node_execution).update(expires_at=F("created_at"))
    assert (expire_reviews(), fresh(execution).status) == (1, Status.REVIEW)
    assert [review.status for review in reviews(execution)] == ["REJECTED", "WAITING"]


def test_a_decision_that_comes_in_time_stays(ada: User, settings: LazySettings) -> None:
    settings.REVIEW_EXPIRES_SECONDS = 3600
    execution = parked(ada, asking(7))
    assert post(ada, decision(reviews(execution)[0])).status_code == 200
    overdue(execution)
    assert expire_reviews() == 0
    assert outputs(run(execution)) == {"approved": [7]}


# --- forgotten


def test_an_execution_in_review_without_a_waiting_review_goes_on(ada: User) -> None:
    execution = parked(ada, asking(7))
    assert requeue_forgotten() == 0
    review = reviews(execution)[0]
    Review.objects.filter(node_execution=review.node_execution).update(status="APPROVED", reviewed_at=F("created_at"))
    assert (requeue_forgotten(), requeue_forgotten(), fresh(execution).status) == (1, 0, Status.QUEUED)
    assert outputs(run(execution)) == {"approved": [7]}


def test_a_node_whose_review_is_gone_asks_again(ada: User) -> None:
    execution = parked(ada, asking(7))
    Review.objects.filter(root=execution).delete()
    assert requeue_forgotten() == 1
    assert run(execution).status == Status.REVIEW
    assert [review.status for review in reviews(execution)] == ["WAITING"]
