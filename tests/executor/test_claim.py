"""Taking executions: once, by one owner, and never more of them than the limits allow."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.conf import LazySettings

from accounts.models import User
from executor.dispatch.claim import claim, hand_back, renew
from executor.dispatch.models import Share
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.models import Graph
from tests.executor.running import fresh
from tests.executor.waiting import at_once, echo_graph, finish, queued
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def waiting(ada: User) -> GraphExecution:
    return queued(echo_graph(ada), 1)[0]


def _expire(execution: GraphExecution) -> None:
    GraphExecution.objects.filter(id=execution.id).update(lease_until=datetime.now(UTC) - timedelta(seconds=60))


def _taken(executions: list[GraphExecution]) -> int:
    """How many of them can be claimed, one after another."""
    return sum(claim(execution.id, owner="a") is not None for execution in executions)


def test_a_queued_execution_is_claimed_once(waiting: GraphExecution) -> None:
    first = claim(waiting.id, owner="a")
    assert first is not None
    row = fresh(waiting)
    assert (first.fence, first.claims, row.status, row.owner) == (1, 1, Status.RUNNING, "a")
    assert row.started_at is not None
    assert claim(waiting.id, owner="b") is None


def test_of_many_that_claim_one_execution_at_once_one_gets_it(waiting: GraphExecution) -> None:
    found = at_once(partial(claim, waiting.id, owner=f"worker-{number}") for number in range(12))
    assert len([mine for mine in found if mine is not None]) == 1
    assert fresh(waiting).fence == 1


def test_an_expired_lease_is_taken_over_with_a_higher_fence(waiting: GraphExecution) -> None:
    first = claim(waiting.id, owner="a")
    begun = fresh(waiting).started_at
    _expire(waiting)
    second = claim(waiting.id, owner="b")
    assert first is not None
    assert second is not None
    assert (second.fence, second.claims, fresh(waiting).started_at) == (2, 2, begun)
    assert not renew(first)
    assert renew(second)


def test_an_execution_that_is_handed_back_in_order_can_be_claimed_again_and_again(waiting: GraphExecution) -> None:
    for fence in range(1, 6):
        mine = claim(waiting.id, owner="a")
        assert mine is not None
        assert (mine.fence, mine.claims) == (fence, 1)
        hand_back(mine, is_orderly=True)


def test_an_execution_that_is_handed_back_by_two_processes_still_counts_the_claims_before(
    waiting: GraphExecution,
) -> None:
    GraphExecution.objects.filter(id=waiting.id).update(claims=1)
    mine = claim(waiting.id, owner="a")
    assert mine is not None
    for _ in range(2):
        hand_back(mine, is_orderly=True)
    assert fresh(waiting).claims == 1


def test_a_claim_that_went_wrong_counts(waiting: GraphExecution) -> None:
    for claims in (1, 2, 3):
        mine = claim(waiting.id, owner="a")
        assert mine is not None
        assert mine.claims == claims
        hand_back(mine)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.TERMINATED, Status.REVIEW])
def test_an_execution_that_has_ended_or_waits_for_a_person_is_not_claimed(
    waiting: GraphExecution, status: Status
) -> None:
    GraphExecution.objects.filter(id=waiting.id).update(status=status)
    assert claim(waiting.id, owner="a") is None


def test_what_runs_inside_another_is_not_claimed_by_itself(ada: User) -> None:
    version = echo_graph(ada)
    [root] = queued(version, 1)
    [inside] = queued(version, 1, parent=root, root=root)
    assert claim(inside.id, owner="a") is None


def test_an_execution_that_was_asked_to_stop_is_not_taken_up(waiting: GraphExecution) -> None:
    GraphExecution.objects.filter(id=waiting.id).update(cancel_requested_at=datetime.now(UTC))
    assert claim(waiting.id, owner="a") is None


# --- limits


def test_one_user_runs_as_many_as_may_and_the_rest_waits(ada: User, settings: LazySettings) -> None:
    settings.RUNNING_PER_USER_MAX = 3
    waiting = queued(echo_graph(ada), 4)
    assert _taken(waiting) == 3
    assert fresh(waiting[3]).status == Status.QUEUED


def test_a_place_that_is_given_up_can_be_taken(ada: User, settings: LazySettings) -> None:
    settings.RUNNING_PER_USER_MAX = 1
    first, second = queued(echo_graph(ada), 2)
    mine = claim(first.id, owner="a")
    assert mine is not None
    assert claim(second.id, owner="a") is None
    finish(mine)
    assert claim(second.id, owner="a") is not None


def test_the_limits_of_one_user_do_not_hold_for_another(ada: User, settings: LazySettings) -> None:
    settings.RUNNING_PER_USER_MAX = 1
    assert _taken(queued(echo_graph(ada), 2)) == 1
    assert _taken(queued(echo_graph(make_user("grace@example.org")), 2)) == 1


def test_one_graph_runs_as_many_as_may_while_others_of_its_user_go_on(ada: User, settings: LazySettings) -> None:
    settings.RUNNING_PER_GRAPH_MAX = 2
    assert _taken(queued(echo_graph(ada), 3)) == 2
    assert _taken(queued(echo_graph(ada), 3)) == 2


@pytest.mark.parametrize(("own", "taken"), [(1, 1), (2, 2), (5, 2)])
def test_a_graphs_own_limit_can_only_lower_that_of_the_settings(
    ada: User, settings: LazySettings, own: int, taken: int
) -> None:
    settings.RUNNING_PER_GRAPH_MAX = 2
    version = echo_graph(ada)
    Graph.objects.filter(id=version.graph_id).update(max_running=own)
    assert _taken(queued(version, 4)) == taken


def test_the_limit_for_all_holds_over_all_users(ada: User, settings: LazySettings) -> None:
    settings.RUNNING_MAX = 3
    assert _taken(queued(echo_graph(ada), 2)) == 2
    assert _taken(queued(echo_graph(make_user("grace@example.org")), 2)) == 1


@pytest.mark.parametrize(("own", "taken"), [(0, 0), (1, 1), (4, 4)])
def test_what_an_operator_has_set_for_a_user_counts_instead(
    ada: User, settings: LazySettings, own: int, taken: int
) -> None:
    settings.RUNNING_PER_USER_MAX = 2
    Share.objects.create(user=ada, running_max=own, running_per_graph_max=10)
    assert _taken(queued(echo_graph(ada), 5)) == taken


def test_without_limits_everything_may_run(ada: User, settings: LazySettings) -> None:
    settings.RUNNING_PER_USER_MAX = settings.RUNNING_PER_GRAPH_MAX = 0
    assert _taken(queued(echo_graph(ada), 60)) == 60


def test_sub_graphs_take_no_place(ada: User, settings: LazySettings) -> None:
    settings.RUNNING_PER_USER_MAX = 2
    version = echo_graph(ada)
    first, second, third = queued(version, 3)
    assert claim(first.id, owner="a") is not None
    queued(version, 3, status=Status.RUNNING, parent=first, root=first)
    assert claim(second.id, owner="a") is not None
    assert claim(third.id, owner="a") is None


def test_what_was_running_is_taken_over_even_at_the_limit(ada: User, settings: LazySettings) -> None:
    settings.RUNNING_PER_USER_MAX = 1
    [execution] = queued(echo_graph(ada), 1)
    assert claim(execution.id, owner="dies") is not None
    _expire(execution)
    assert claim(execution.id, owner="goes on") is not None


@pytest.mark.parametrize("whole", [False, True])
def test_workers_that_claim_at_once_never_pass_a_limit(ada: User, settings: LazySettings, whole: bool) -> None:
    """whole: the limit for all, which two users share."""
    if whole:
        settings.RUNNING_MAX = 3
    else:
        settings.RUNNING_PER_USER_MAX = 3
    grace = make_user("grace@example.org") if whole else ada
    for _ in range(5):
        waiting = [*queued(echo_graph(ada), 5), *queued(echo_graph(grace), 5)]
        found = at_once(partial(claim, execution.id, owner="a") for execution in waiting)
        taken = [mine for mine in found if mine is not None]
        assert len(taken) == 3
        for mine in taken:
            finish(mine)


# --- pauses


def test_what_is_paused_stays_queued_and_what_runs_goes_on(ada: User) -> None:
    version = echo_graph(ada)
    first, second = queued(version, 2)
    mine = claim(first.id, owner="a")
    assert mine is not None
    Graph.objects.filter(id=version.graph_id).update(is_paused=True)
    assert claim(second.id, owner="a") is None
    assert renew(mine)
    _expire(first)
    assert claim(first.id, owner="b") is not None


def test_nothing_of_a_paused_user_begins(ada: User) -> None:
    share = Share.objects.create(user=ada, is_paused=True)
    [execution] = queued(echo_graph(ada), 1)
    assert claim(execution.id, owner="a") is None
    share.delete()
    assert claim(execution.id, owner="a") is not None
