"""Limits before work: a start beyond them is refused, stores nothing, and says which limit it was, and until when."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts.keys import issue
from accounts.models import User
from executor.dispatch.claim import claim
from executor.dispatch.models import Share
from executor.errors import QueueFull, TooManyExecutions
from executor.launching.admission import require_room
from executor.launching.launch import launch
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.models import GraphVersion
from tests.executor.waiting import at_once, echo_graph, queued
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def version(ada: User) -> GraphVersion:
    return echo_graph(ada)


@pytest.fixture(autouse=True)
def _low(settings: LazySettings) -> None:
    settings.STARTS_PER_MINUTE_MAX = 3
    settings.QUEUED_PER_USER_MAX = 5
    settings.QUEUED_MAX = 7


def _started(version: GraphVersion) -> GraphExecution:
    return launch(version.graph.owner, version, inputs={})


def _age(seconds: float) -> None:
    GraphExecution.objects.update(created_at=datetime.now(UTC) - timedelta(seconds=seconds))


def _refusal(version: GraphVersion) -> TooManyExecutions | QueueFull | None:
    before = GraphExecution.objects.count()
    try:
        _started(version)
    except (TooManyExecutions, QueueFull) as error:
        assert GraphExecution.objects.count() == before
        return error
    return None


# --- starts in a minute


def test_as_many_as_may_be_started_in_a_minute_are_stored(version: GraphVersion) -> None:
    assert [_refusal(version) for _ in range(3)] == [None] * 3


def test_one_more_within_a_minute_is_refused_until_the_oldest_is_a_minute_old(version: GraphVersion) -> None:
    for _ in range(3):
        _started(version)
    _age(20)
    error = _refusal(version)
    assert isinstance(error, TooManyExecutions)
    assert "3 executions within a minute" in error.message
    assert "STARTS_PER_MINUTE_MAX" in error.message
    assert (error.data["maximum"], error.data["retry_after"] in (39, 40)) == (3, True)
    _age(61)
    assert _refusal(version) is None


def test_parallel_starts_never_pass_the_limit(version: GraphVersion) -> None:
    found = at_once([partial(_refusal_alone, version)] * 10)
    assert sorted(found) == [False] * 7 + [True] * 3
    assert GraphExecution.objects.count() == 3


def _refusal_alone(version: GraphVersion) -> bool:
    """Whether it was started."""
    try:
        _started(version)
    except TooManyExecutions:
        return False
    return True


def test_sub_graphs_are_no_starts(version: GraphVersion) -> None:
    root = _started(version)
    queued(version, 5, parent=root, root=root, status=Status.RUNNING)
    assert _refusal(version) is None


def test_the_starts_of_one_user_do_not_count_for_another(version: GraphVersion) -> None:
    for _ in range(3):
        _started(version)
    assert _refusal(echo_graph(make_user("grace@example.org"))) is None


# --- waiting executions


def test_more_than_may_wait_are_refused(version: GraphVersion) -> None:
    queued(version, 4)
    _age(90)
    assert _refusal(version) is None
    error = _refusal(version)
    assert isinstance(error, TooManyExecutions)
    assert (error.data["limit"], error.data["maximum"]) == ("QUEUED_PER_USER_MAX", 5)


def test_a_hundred_times_more_are_refused_just_the_same(version: GraphVersion) -> None:
    queued(version, 500)
    _age(90)
    assert isinstance(_refusal(version), TooManyExecutions)


def test_what_was_rung_still_waits_and_what_runs_does_not(version: GraphVersion) -> None:
    rung, _ = queued(version, 4, dispatched_at=datetime.now(UTC)), queued(version, 1)
    _age(90)
    assert isinstance(_refusal(version), TooManyExecutions)
    assert claim(rung[0].id, owner="a") is not None
    assert _refusal(version) is None


def test_when_too_many_wait_in_all_everybody_is_refused(version: GraphVersion) -> None:
    for number in range(7):
        queued(echo_graph(make_user(f"user-{number}@example.org")), 1)
    error = _refusal(version)
    assert isinstance(error, QueueFull)
    assert (error.http_status, error.retryable, error.data["limit"]) == (503, True, "QUEUED_MAX")


# --- what an operator has set


def test_an_operator_may_give_a_user_other_limits(ada: User, version: GraphVersion) -> None:
    Share.objects.create(user=ada, starts_per_minute_max=1, queued_max=20)
    assert _refusal(version) is None
    assert isinstance(_refusal(version), TooManyExecutions)
    Share.objects.update(starts_per_minute_max=100)
    assert [_refusal(version) for _ in range(6)] == [None] * 6


def test_a_user_who_may_start_nothing_is_told_to_come_back(ada: User, version: GraphVersion) -> None:
    Share.objects.create(user=ada, starts_per_minute_max=0)
    error = _refusal(version)
    assert error is not None
    assert error.data["retry_after"] == 60


def test_zero_in_the_settings_means_no_limit(version: GraphVersion, settings: LazySettings) -> None:
    settings.STARTS_PER_MINUTE_MAX = settings.QUEUED_PER_USER_MAX = settings.QUEUED_MAX = 0
    assert [_refusal(version) for _ in range(9)] == [None] * 9


# --- when limits cannot be checked


def test_a_limit_that_cannot_be_checked_lets_nothing_in(version: GraphVersion) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE dispatch_share RENAME TO away")
    try:
        with pytest.raises(DatabaseError):
            _started(version)
        with pytest.raises(DatabaseError):
            claim(queued(version, 1)[0].id, owner="a")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO dispatch_share")
    assert set(GraphExecution.objects.values_list("status", flat=True)) == {Status.QUEUED}


def test_limits_are_looked_at_only_where_they_hold(ada: User) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        require_room(ada.id)


# --- over HTTP


def test_the_api_answers_with_the_status_and_when_to_try_again(ada: User, version: GraphVersion) -> None:
    client = Client(headers={"authorization": f"Bearer {issue(ada, name='test')[1]}"})
    url = f"/api/v1/graphs/{version.graph_id}/execute/{version.number}"
    answers = [client.post(url, {"inputs": {}}, content_type="application/json") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    body = answers[3].json()
    assert (body["code"], body["limit"], body["maximum"]) == ("too_many_executions", "STARTS_PER_MINUTE_MAX", 3)
    assert 0 < int(answers[3]["Retry-After"]) <= 60
    GraphExecution.objects.all().delete()
    for number in range(7):
        queued(echo_graph(make_user(f"user-{number}@example.org")), 1)
    full = client.post(url, {"inputs": {}}, content_type="application/json")
    assert (full.status_code, full["Retry-After"], full.json()["code"]) == (503, "10", "queue_full")
