"""Killed at each named moment: child, parent, or both. Nothing is lost, nothing is paid twice."""

from itertools import product

import pytest

from accounts.models import User
from tests.chaos.cast import Cast, cast
from tests.chaos.failpoints import ACCEPTING, RUNNING, Victim, arm, at, unused
from tests.chaos.forks import CLOCK, FORKING_WORKER, WORKER
from tests.chaos.installation import installation
from tests.chaos.kinds import KINDS
from tests.chaos.oracle import wait_for_the_end
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

#: A kill costs a lease and new processes; so many executions get over theirs in a second, if the machine is busy.
RECOVERED_A_SECOND = 0.5
#: A start rings at once, however many wait.
EVERY_RING = {"DISPATCH_WINDOW": "1000"}
POOLS = 4


def accept_and_die(play: Cast, times: int) -> None:
    """The web server dies at each moment of accepting; what became of the request its client cannot know.

    Without a clock, which could ring before the web server does.
    """
    play.running.stop_clock()
    for number, (point, _) in enumerate(product(ACCEPTING, range(times))):
        arm(play.running.failpoints, play.graphs[KINDS[number % len(KINDS)]].graph_id, point)
        assert play.launch(number) is None
        play.running.leave(play.server)
        play.server = play.running.serve()
    play.running.start(CLOCK)


def run_and_die(play: Cast, moments: list[tuple[str, ...]]) -> None:
    """One execution for each, before anybody works."""
    for number, points in enumerate(moments):
        execution_id = play.launch(number)
        assert execution_id is not None
        arm(play.running.failpoints, execution_id, *points)


def assert_recovers(play: Cast, *, workers: list[tuple[str, ...]]) -> None:
    """Each moment comes. The last one may come a little after its execution is seen to have ended."""
    play.running.flush_redis()
    play.running.start(*workers)
    seconds = 30 + len(play.client.history) / RECOVERED_A_SECOND
    wait_until(lambda: play.running.keep_up() + len(unused(play.running.failpoints)) == 0, seconds=seconds)
    wait_for_the_end(play.running, play.user, seconds=seconds)
    play.assert_all_is_well()


def of_children_and_parents(times: int) -> list[tuple[str, ...]]:
    return [(at(point, victim),) for point, victim, _ in product(RUNNING, Victim, range(times))]


def of_pools(times: int, *, apart: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What has been left behind once, a pool runs in a child of its own: there are two to be killed at `apart`."""
    in_children = [("claim.after", at(point, victim)) for point, victim in product(apart, Victim)]
    return [*((point,) for point in RUNNING), *in_children] * times


def of_ringing(times: int) -> list[tuple[str, ...]]:
    """The clock rings again for what was lost."""
    return [("enqueue.before", "enqueue.after")] * times


def assert_every_failpoint_is_survived(user: User, *, times: int, forking: int) -> None:
    with installation(**EVERY_RING) as running:
        play = cast(running, user)
        accept_and_die(play, times)
        run_and_die(play, of_children_and_parents(times))
        assert_recovers(play, workers=[FORKING_WORKER] * forking)


def assert_the_clock_survives_ringing(user: User, *, times: int) -> None:
    """Before there are workers, which ring too, and could be killed for other reasons between the two moments."""
    with installation(**EVERY_RING) as running:
        play = cast(running, user)
        run_and_die(play, of_ringing(times))
        running.flush_redis()
        wait_until(lambda: running.keep_up() + len(unused(running.failpoints)) == 0, seconds=30 + 10 * times)
        assert_recovers(play, workers=[WORKER])


def assert_the_pool_survives_every_failpoint(user: User, *, times: int, apart: tuple[str, ...]) -> None:
    with installation(**EVERY_RING, WORKER_CONCURRENCY="3") as running:
        play = cast(running, user)
        run_and_die(play, of_pools(times, apart=apart))
        assert_recovers(play, workers=[WORKER] * POOLS)


def test_a_kill_at_each_moment_costs_only_time(ada: User) -> None:
    assert_every_failpoint_is_survived(ada, times=1, forking=6)


def test_a_clock_that_is_killed_while_it_rings_costs_only_time(ada: User) -> None:
    assert_the_clock_survives_ringing(ada, times=1)


def test_a_pool_that_is_killed_at_each_moment_costs_only_time(ada: User) -> None:
    assert_the_pool_survives_every_failpoint(ada, times=1, apart=())


@pytest.mark.slow
def test_twenty_kills_at_each_moment_cost_only_time(ada: User) -> None:
    assert_every_failpoint_is_survived(ada, times=20, forking=12)


@pytest.mark.slow
def test_a_clock_that_is_killed_twenty_times_while_it_rings_costs_only_time(ada: User) -> None:
    assert_the_clock_survives_ringing(ada, times=20)


@pytest.mark.slow
def test_a_pool_that_is_killed_twenty_times_at_each_moment_costs_only_time(ada: User) -> None:
    assert_the_pool_survives_every_failpoint(ada, times=20, apart=RUNNING[1:])
