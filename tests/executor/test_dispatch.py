"""Users take turns: how long one waits does not depend on how much another has queued."""

import itertools
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from redis import Redis

from accounts.models import User
from executor.dispatch.bell import queue
from executor.dispatch.claim import claim
from executor.dispatch.dispatching import dispatch, put_back, ring_in_turn
from executor.dispatch.models import Share
from executor.dispatch.turns import Waiting, in_turn, within_places
from executor.dispatch.window import MINIMUM, PLACES, places, window
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.models import Graph, GraphVersion
from tests.executor.running import fresh
from tests.executor.waiting import at_once, echo_graph, finish, in_queue, queued, take_next, work_off
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def grace() -> User:
    return make_user("grace@example.org")


@pytest.fixture
def of_ada(ada: User) -> GraphVersion:
    return echo_graph(ada)


@pytest.fixture
def of_grace(grace: User) -> GraphVersion:
    return echo_graph(grace)


@pytest.fixture(autouse=True)
def _small_window(settings: LazySettings) -> None:
    settings.DISPATCH_WINDOW = 4


def _ids(executions: list[GraphExecution]) -> list[UUID]:
    return [execution.id for execution in executions]


# --- turns, by themselves


def test_each_has_one_turn_before_anybody_has_a_second() -> None:
    assert list(in_turn(map(iter, ["aaaa", "b", "cc"]))) == list("abcacaa")


def test_a_queue_is_not_asked_before_its_turn() -> None:
    asked: list[str] = []

    def waiting(name: str) -> itertools.chain[str]:
        return itertools.chain.from_iterable(asked.append(name) or [name] for _ in range(3))  # type: ignore[func-returns-value]

    order = in_turn(waiting(name) for name in "abc")
    assert (next(order), next(order), asked) == ("a", "b", ["a", "b"])


def test_of_each_graph_no_more_are_chosen_than_may_run() -> None:
    user_id, full, free = uuid4(), uuid4(), uuid4()
    waiting = [Waiting(uuid4(), user_id, graph_id, 2) for graph_id in (full, full, full, free)]
    assert list(within_places(waiting, 9)) == [waiting[0], waiting[1], waiting[3]]
    assert list(within_places(waiting, 1)) == [waiting[0]]


# --- new executions


def test_a_new_execution_is_rung_at_once(of_ada: GraphVersion) -> None:
    [execution] = queued(of_ada, 1)
    ring_in_turn(execution.id)
    assert in_queue() == [execution.id]
    assert fresh(execution).dispatched_at is not None


def test_the_queue_stays_as_short_as_the_window(of_ada: GraphVersion) -> None:
    executions = queued(of_ada, 10)
    for execution in executions:
        ring_in_turn(execution.id)
    assert in_queue() == _ids(executions[:4])
    assert [fresh(execution).dispatched_at for execution in executions[4:]] == [None] * 6


def test_a_new_execution_does_not_overtake_what_waits(of_ada: GraphVersion, of_grace: GraphVersion) -> None:
    waiting = queued(of_ada, 1)
    [execution] = queued(of_grace, 1)
    Share.objects.create(user=of_grace.graph.owner, turn_at=datetime.now(UTC))
    ring_in_turn(execution.id)
    assert in_queue() == [*_ids(waiting), execution.id]


def test_what_could_not_run_anyway_is_not_rung(of_ada: GraphVersion, settings: LazySettings) -> None:
    settings.RUNNING_PER_USER_MAX = 2
    executions = queued(of_ada, 3)
    for execution in executions:
        ring_in_turn(execution.id)
    assert in_queue() == _ids(executions[:2])


def test_without_redis_executions_wait_and_are_rung_once_it_is_back(
    of_ada: GraphVersion, settings: LazySettings, redis_url: str
) -> None:
    known = settings.RQ_QUEUES
    settings.RQ_QUEUES = {settings.EXECUTION_QUEUE: {"URL": "unix:///nowhere/redis.sock?db=0"}}
    executions = queued(of_ada, 2)
    for execution in executions:
        ring_in_turn(execution.id)
    assert [fresh(execution).dispatched_at for execution in executions] == [None, None]
    assert dispatch() == 0
    settings.RQ_QUEUES = known
    assert dispatch() == 2
    assert in_queue() == _ids(executions)


# --- turns, with the database


def test_users_are_rung_in_turn(of_ada: GraphVersion, of_grace: GraphVersion) -> None:
    hers, other = queued(of_ada, 5), queued(of_grace, 5)
    dispatch()
    owners = [GraphExecution.objects.get(id=id_).user_id for id_ in in_queue()]
    assert len(set(owners[:2])) == len(set(owners[2:])) == 2
    assert set(in_queue()) == {*_ids(hers[:2]), *_ids(other[:2])}


def test_the_turns_go_on_where_they_ended(settings: LazySettings) -> None:
    settings.DISPATCH_WINDOW = 1
    users = [make_user(f"user-{number}@example.org") for number in range(3)]
    for user in users:
        queued(echo_graph(user), 3)
    begun = work_off(9)
    owners = [execution.user_id for execution in begun]
    assert len(begun) == 9
    for place in range(0, 9, 3):
        assert set(owners[place : place + 3]) == {user.id for user in users}


def test_one_users_executions_go_by_priority_then_by_age(of_ada: GraphVersion) -> None:
    plain, urgent = queued(of_ada, 3), queued(of_ada, 2, priority=5)
    begun = work_off(5)
    assert _ids(begun) == [*_ids(urgent), *_ids(plain)]


def test_a_thousand_of_one_user_do_not_stand_before_one_of_another(
    of_ada: GraphVersion, of_grace: GraphVersion
) -> None:
    queued(of_ada, 1000)
    work_off(20, places=4)
    [execution] = queued(of_grace, 1)
    ring_in_turn(execution.id)
    begun = work_off(10, places=4)
    assert execution.id in _ids(begun)[:5], "no more than the window stands before it"


def test_users_get_the_same_share_whatever_they_have_queued(of_ada: GraphVersion, of_grace: GraphVersion) -> None:
    queued(of_ada, 150)
    dispatch()
    queued(of_grace, 40)
    begun = Counter(execution.user_id for execution in work_off(60, places=3))
    assert abs(begun[of_ada.graph.owner_id] - begun[of_grace.graph.owner_id]) <= 10


def test_a_user_at_the_limit_holds_nobody_else_up(
    of_ada: GraphVersion, of_grace: GraphVersion, settings: LazySettings
) -> None:
    settings.RUNNING_PER_USER_MAX = 1
    first, *_ = queued(of_ada, 50)
    assert claim(first.id, owner="slow") is not None
    other = queued(of_grace, 1)
    dispatch()
    assert in_queue() == _ids(other)


def test_a_graph_at_its_limit_does_not_hold_other_graphs_up(of_ada: GraphVersion) -> None:
    Graph.objects.filter(id=of_ada.graph_id).update(max_running=1)
    full = queued(of_ada, 5)
    free = queued(echo_graph(of_ada.graph.owner), 2)
    dispatch()
    dispatch()
    assert set(in_queue()) == {full[0].id, *_ids(free)}


def test_the_long_queue_of_a_full_graph_does_not_hide_the_users_other_graphs(
    of_ada: GraphVersion, settings: LazySettings
) -> None:
    settings.RUNNING_PER_GRAPH_MAX = 1
    long = queued(of_ada, 6)
    urgent = queued(of_ada, 1, priority=1)
    other = queued(echo_graph(of_ada.graph.owner), 2)
    assert dispatch() == 2
    assert in_queue() == [urgent[0].id, other[0].id]
    assert dispatch() == 0
    assert fresh(long[0]).dispatched_at is None


def test_what_is_paused_is_not_rung(of_ada: GraphVersion, of_grace: GraphVersion) -> None:
    queued(of_ada, 2)
    Graph.objects.filter(id=of_ada.graph_id).update(is_paused=True)
    queued(of_grace, 2)
    share = Share.objects.create(user=of_grace.graph.owner, is_paused=True)
    assert dispatch() == 0
    share.is_paused = False
    share.save()
    assert dispatch() == 2


def test_the_limit_for_all_bounds_what_is_rung(of_ada: GraphVersion, settings: LazySettings) -> None:
    settings.RUNNING_MAX = 2
    first, *_ = queued(of_ada, 5)
    assert claim(first.id, owner="a") is not None
    assert dispatch() == 1


def test_several_dispatchers_at_once_ring_each_once(of_ada: GraphVersion) -> None:
    executions = queued(of_ada, 20)
    assert sum(at_once([dispatch] * 8)) == 4
    assert sorted(in_queue()) == sorted(_ids(executions[:4]))


def test_a_job_that_finds_no_room_waits_again_without_being_rung_in_circles(
    of_ada: GraphVersion, settings: LazySettings
) -> None:
    first, second = queued(of_ada, 2)
    dispatch()
    settings.RUNNING_PER_USER_MAX = 1
    mine = claim(first.id, owner="a")
    assert mine is not None
    queue().empty()
    assert claim(second.id, owner="b") is None
    put_back(second.id)
    assert (in_queue(), fresh(second).dispatched_at) == ([], None)
    finish(mine)
    assert dispatch() == 1


def test_putting_back_what_was_taken_changes_nothing(of_ada: GraphVersion) -> None:
    [execution] = queued(of_ada, 1)
    dispatch()
    assert claim(execution.id, owner="a") is not None
    before = fresh(execution)
    put_back(execution.id)
    assert (fresh(execution).status, fresh(execution).dispatched_at) == (Status.RUNNING, before.dispatched_at)


def test_a_backlog_is_rung_once_each(of_ada: GraphVersion, settings: LazySettings) -> None:
    """However many dispatchers there are while it is worked off."""
    settings.DISPATCH_WINDOW = 8
    queued(of_ada, 80)
    rung: Counter[UUID] = Counter()
    while True:
        at_once([dispatch] * 3)
        taken = list(iter(take_next, None))
        if not taken:
            break
        rung.update(taken)
        for mine in at_once(partial(claim, id_, owner="a") for id_ in taken):
            assert mine is not None
            finish(mine)
    assert (len(rung), set(rung.values())) == (80, {1})


# --- the window


def test_the_window_is_twice_what_the_listening_workers_can_run(redis_url: str, settings: LazySettings) -> None:
    settings.DISPATCH_WINDOW = 0
    with Redis.from_url(redis_url) as redis:
        for name, fields in {"plain": {"birth": "now"}, "pooled": {"birth": "now", PLACES: "8"}, "gone": {}}.items():
            redis.sadd(f"rq:workers:{settings.EXECUTION_QUEUE}", f"rq:worker:{name}")
            if fields:
                redis.hset(f"rq:worker:{name}", mapping=fields)
    assert places() == 9


def test_a_window_that_is_set_is_taken(settings: LazySettings) -> None:
    settings.DISPATCH_WINDOW = 7
    assert window() == 7
    settings.DISPATCH_WINDOW = 0
    assert window() >= MINIMUM
