"""What is asked of an execution in a status that does not allow it: refused with the reason, and nothing moves."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from executor.models import GraphExecution
from executor.reviews.models import Review
from executor.statuses import TERMINAL, UNFINISHED, Status
from tests.executor.reviews.cast import asking, client_of, decision, parked, post, reviews
from tests.executor.running import fresh, ran
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def execution(ada: User) -> GraphExecution:
    """It waits for a review, and has a lease, as one that runs."""
    return parked(ada, asking())


def put(execution: GraphExecution, status: Status) -> None:
    GraphExecution.objects.filter(id=execution.id).update(status=status, lease_until=execution.created_at)


def posted(api: APIClient, execution: GraphExecution, verb: str) -> Any:
    return api.post(f"/api/v1/graphs/{execution.graph_id}/executions/{execution.id}/{verb}", {}, format="json")


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, *sorted(TERMINAL)])
def test_nobody_decides_unless_it_waits_for_that(ada: User, execution: GraphExecution, status: Status) -> None:
    put(execution, status)
    answer = post(ada, decision(reviews(execution)[0]))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_review")
    assert (fresh(execution).status, Review.objects.get().status) == (status, "WAITING")


@pytest.mark.parametrize("status", UNFINISHED)
@pytest.mark.parametrize("verb", ["again", "retry"])
def test_nothing_runs_again_before_it_has_ended(
    ada: User, execution: GraphExecution, status: Status, verb: str
) -> None:
    put(execution, status)
    answer = posted(client_of(ada), execution, verb)
    assert (answer.status_code, answer.json()["code"]) == (409, "still_running")
    assert (fresh(execution).status, GraphExecution.objects.count()) == (status, 1)


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_stopping_what_has_ended_changes_nothing(ada: User, execution: GraphExecution, status: Status) -> None:
    put(execution, status)
    answer = posted(client_of(ada), execution, "stop")
    assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert fresh(execution).status == status


def test_what_has_finished_well_has_nothing_to_retry(ada: User) -> None:
    execution = ran(ada, asking(), {}, is_dry_run=True)
    answer = posted(client_of(ada), execution, "retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_run")
