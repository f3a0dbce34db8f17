"""Many who decide at once: one of them is heard, and the execution goes on once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import User
from executor.reviews.deciding import decide
from executor.reviews.decisions import Decision
from executor.reviews.models import Review
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from executor.telling.changes import changes_since
from reliability.errors import Conflict
from tests.executor.building import build, result
from tests.executor.reviews.cast import ask, asking, parked, reviews
from tests.executor.running import fresh, outputs, run
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


@pytest.fixture
def ada() -> User:
    return make_user()


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each of them answers; of a refusal its code."""
    together = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            together.wait(timeout=30)
            return work()
        except Conflict as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def deciding(review: Review, *, approved: bool = True) -> Callable[[], str]:
    def work() -> str:
        said = Decision(node_execution_id=review.node_execution_id, approved=approved)
        return decide(review.user, [said], now=timezone.now())[0].status

    return work


def test_of_two_that_decide_the_same_review_one_is_heard(ada: User) -> None:
    for _ in range(ROUNDS):
        execution = parked(ada, asking(7))
        (review,) = reviews(execution)
        answers = at_once(deciding(review), deciding(review, approved=False))
        assert sum(answer in ("APPROVED", "REJECTED") for answer in answers) == 1, answers
        (status,) = set(answers) - {"not_in_review", "already_decided"}
        assert reviews(execution)[0].status == status
        assert list(outputs(run(execution))) == [status.lower()]


def test_of_two_that_decide_the_last_two_reviews_one_lets_it_go_on(ada: User) -> None:
    for _ in range(ROUNDS):
        document = build(
            {"one": ask(data=1), "two": ask(data=2), "out": result("out")}, ["one.approved_data -> out.value"]
        )
        execution = parked(ada, document)
        assert at_once(*map(deciding, reviews(execution))) == ["APPROVED", "APPROVED"]
        queued = fresh(execution)
        assert (queued.status, queued.seq) == (Status.QUEUED, execution.seq + 1)
        told = [event["status"] for event in changes_since(execution.id, execution.seq)]
        assert told == ["QUEUED"]


def test_a_decision_and_a_stop_have_one_answer(ada: User) -> None:
    seen: Counter[str] = Counter()
    for _ in range(ROUNDS):
        execution = parked(ada, asking(7))
        (review,) = reviews(execution)
        decided, _ = at_once(deciding(review), partial(request_cancel, execution))
        assert fresh(execution).status == Status.TERMINATED
        assert reviews(execution)[0].status == ("APPROVED" if decided == "APPROVED" else "REJECTED")
        assert run(execution).status == Status.TERMINATED
        assert outputs(fresh(execution)) == {}
        seen[decided] += 1
    assert set(seen) <= {"APPROVED", "not_in_review"}
