"""Only the moves of the table are made, and a final status is final, whoever writes."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, models, transaction

from accounts.models import User
from executor.dispatch.claim import Claim, claim
from executor.final_statuses import TABLES, is_protected, protect
from executor.models import GraphExecution, NodeExecution
from executor.reviews.requeueing import requeue_if_answered
from executor.statuses import ALLOWED_FROM, TERMINAL, Status
from executor.stopping.cancel import request_cancel, stop_without_owner
from executor.stopping.ending import end
from executor.stopping.failing import fail_claimed
from executor.sweeping.sweep import sweep
from tests.executor.building import build
from tests.executor.running import fresh, started, store
from tests.executor.waiting import echo_graph, queued
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PAIRS = list(itertools.product(Status, Status))
FROM_FINAL = [(before, after) for before, after in PAIRS if before in TERMINAL and after != before]


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def execution(ada: User) -> GraphExecution:
    return queued(echo_graph(ada), 1)[0]


def _at(execution: GraphExecution, status: Status) -> None:
    """Put it there, as it would be if its owner had died long ago."""
    past = datetime.now(UTC) - timedelta(hours=2)
    GraphExecution.objects.filter(id=execution.id).update(status=status, lease_until=past, dispatched_at=past)


def test_final_statuses_lead_nowhere() -> None:
    assert {after: before & TERMINAL for after, before in ALLOWED_FROM.items() if before & TERMINAL} == {}


@pytest.mark.parametrize(("before", "after"), [pair for pair in PAIRS if pair[1] in TERMINAL])
def test_an_execution_is_ended_only_from_where_the_table_allows(
    execution: GraphExecution, before: Status, after: Status
) -> None:
    _at(execution, before)
    ended = end(GraphExecution.objects.all(), execution_id=execution.id, status=after, code="c", message="m")
    assert ended == (before in ALLOWED_FROM[after])
    assert fresh(execution).status == (after if ended else before)
    assert fresh(execution).error_code == ("c" if ended else "")


@pytest.mark.parametrize("before", Status)
def test_an_execution_begins_to_run_only_when_it_is_queued(execution: GraphExecution, before: Status) -> None:
    """One that was RUNNING goes on with another owner: that is no move."""
    _at(execution, before)
    taken = claim(execution.id, owner="a") is not None
    assert taken == (before in (Status.QUEUED, Status.RUNNING))
    assert fresh(execution).status == (Status.RUNNING if taken else before)


@pytest.mark.parametrize("before", Status)
def test_an_execution_is_queued_again_only_after_a_review(execution: GraphExecution, before: Status) -> None:
    _at(execution, before)
    assert requeue_if_answered(execution.id) == (before == Status.REVIEW)
    assert fresh(execution).status == (Status.QUEUED if before == Status.REVIEW else before)


@pytest.mark.parametrize("before", [status for status in Status if status is not Status.RUNNING])
def test_an_owner_fails_only_what_is_running(execution: GraphExecution, before: Status) -> None:
    mine = claim(execution.id, owner="a")
    assert mine is not None
    _at(execution, before)
    assert not fail_claimed(mine, code="c", message="m")
    assert not fail_claimed(Claim(mine.execution_id, mine.fence - 1, 1, owner="stale"), code="c", message="m")
    assert fresh(execution).status == before


@pytest.mark.parametrize("before", sorted(TERMINAL))
def test_stopping_and_sweeping_leave_what_has_ended_as_it_is(
    execution: GraphExecution, before: Status, redis_url: str
) -> None:
    _at(execution, before)
    GraphExecution.objects.update(cancel_requested_at=datetime.now(UTC), claims=99)
    assert not stop_without_owner(execution.id)
    request_cancel(execution)
    sweep()
    assert (fresh(execution).status, fresh(execution).error_code) == (before, "")


# --- what the database itself refuses


@pytest.mark.parametrize(("before", "after"), FROM_FINAL)
def test_the_database_refuses_to_change_the_final_status_of_an_execution(
    execution: GraphExecution, before: Status, after: Status
) -> None:
    GraphExecution.objects.update(status=before)
    _assert_refused(GraphExecution, execution.id, after)
    assert fresh(execution).status == before


@pytest.mark.parametrize(("before", "after"), FROM_FINAL)
def test_the_database_refuses_to_change_the_final_status_of_a_node_execution(
    ada: User, before: Status, after: Status
) -> None:
    started(ada, build({"echo": ("Echo", {"value": 1})}))
    NodeExecution.objects.update(status=before)
    run = NodeExecution.objects.get()
    _assert_refused(NodeExecution, run.id, after)
    assert NodeExecution.objects.get().status == before


def _assert_refused(model: type[models.Model], id: UUID, after: Status) -> None:
    with pytest.raises(IntegrityError, match="a final status does not change"), transaction.atomic():
        model._default_manager.filter(id=id).update(status=after)


def test_everything_else_about_what_has_ended_may_be_written(execution: GraphExecution) -> None:
    GraphExecution.objects.update(status=Status.COMPLETED)
    assert GraphExecution.objects.update(status=Status.COMPLETED, stats={"summary": "All went well."}) == 1


@pytest.fixture
def unprotected() -> Iterator[None]:
    with connection.cursor() as cursor:
        for table in TABLES:
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {table}_final{on}")
    yield
    protect(connection)


@pytest.mark.usefixtures("unprotected")
def test_triggers_that_are_missing_are_made_again(execution: GraphExecution) -> None:
    assert not is_protected(connection)
    protect(connection)
    protect(connection)
    assert is_protected(connection)


def test_a_running_execution_cannot_be_without_a_lease(ada: User) -> None:
    version = store(ada, build({"echo": ("Echo", {"value": 1})}))
    with pytest.raises(IntegrityError), transaction.atomic():
        queued(version, 1, status=Status.RUNNING, lease_until=None)
