"""How long an execution may run, when it has asked in between."""

from datetime import UTC, datetime, timedelta

import pytest

from executor.dispatch.claim import claim
from executor.models import GraphExecution
from executor.reviews.models import Review
from executor.statuses import Status
from tests.executor.reviews.cast import asking, decided, parked, reviews
from tests.executor.running import run
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


@pytest.fixture
def waiting() -> GraphExecution:
    """It may run for a minute, asked five hours ago, was answered four hours ago, and has been QUEUED since."""
    execution = decided(parked(make_user(), asking(), max_seconds=60))
    assert execution.status == Status.QUEUED
    now = datetime.now(UTC)
    GraphExecution.objects.update(started_at=now - 5 * HOUR)
    Review.objects.update(created_at=now - 5 * HOUR, reviewed_at=now - 4 * HOUR)
    return execution


def test_waiting_for_a_worker_after_an_answer_is_not_running_time(waiting: GraphExecution) -> None:
    ended = run(waiting)
    assert (ended.status, ended.error) == (Status.COMPLETED, "")


def test_time_after_it_went_on_is_running_time(waiting: GraphExecution) -> None:
    """Whichever of its owners had it then."""
    assert claim(waiting.id, owner="a") is not None
    now = datetime.now(UTC)
    assert Review.objects.filter(resumed_at__gt=now - timedelta(minutes=1)).count() == 1
    Review.objects.update(resumed_at=now - HOUR)
    GraphExecution.objects.update(lease_until=now - HOUR)
    ended = run(waiting)
    assert (ended.status, ended.error_code) == (Status.FAILED, "duration_limit")


def test_what_was_not_answered_or_belongs_to_another_execution_is_not_noted(waiting: GraphExecution) -> None:
    other = parked(waiting.user, asking())
    GraphExecution.objects.filter(id=other.id).update(status=Status.QUEUED)
    assert claim(other.id, owner="a") is not None
    assert [review.resumed_at for review in reviews(other) + reviews(waiting)] == [None, None]
