"""Many executions under random kills, with Redis and the database lost in between: only time is lost."""

import time
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import User
from executor.models import GraphExecution
from tests.chaos.cast import cast
from tests.chaos.forks import FORKING_WORKER, WORKER
from tests.chaos.installation import installation
from tests.chaos.oracle import wait_for_the_end
from tests.chaos.storm import Blow, Due, Storm, plan
from tests.conftest import postgres_key

pytestmark = pytest.mark.django_db(transaction=True)

#: After the last kill everything must have ended in so many seconds.
END_SECONDS = 60.0
#: While workers end and others start, an execution waits so long for its first node, in 19 of 20 cases.
START_DELAY_SECONDS = 5.0
POOLS = 2


def survive(
    user: User, due: list[Due], *, forking: int = 2, restart_database: Callable[[float], None] | None = None
) -> list[float]:
    """Two pools and so many workers that fork. Returns how many seconds each execution has waited for its start."""
    with installation() as running:
        play = cast(running, user)
        running.start(*[WORKER] * POOLS, *[FORKING_WORKER] * forking)
        storm = Storm(play, restart_database)
        storm.blow(due)
        print(", ".join(f"{blow}: {count}" for blow, count in storm.done.items()))  # noqa: T201
        wait_for_the_end(running, user, seconds=END_SECONDS)
        play.assert_all_is_well()
    assert storm.done.total() == sum(one.blow is not None for one in due)
    assert_the_file_is_whole()
    rows = GraphExecution.objects.roots().values_list("created_at", "started_at")
    return sorted((started - created).total_seconds() for created, started in rows if started)


def assert_the_file_is_whole() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_storm_costs_only_time(ada: User, seed: int) -> None:
    blows = {Blow.LOSE_REDIS: 1, Blow.FLUSH_REDIS: 1}
    survive(ada, plan(seed, executions=100, kills=30, blows=blows, seconds=12))


@pytest.mark.slow
def test_a_great_storm_costs_only_time(ada: User, seed: int) -> None:
    blows = {Blow.LOSE_REDIS: 6, Blow.FLUSH_REDIS: 1, Blow.FREEZE: 10, Blow.KILL_CLOCK: 10}
    survive(ada, plan(seed, executions=1000, kills=200, blows=blows, seconds=90), forking=6)


@pytest.mark.slow
def test_workers_that_are_asked_to_end_hand_everything_on(ada: User, seed: int) -> None:
    waited = survive(ada, plan(seed, executions=400, kills=0, blows={Blow.TERMINATE: 20}, seconds=60), forking=2)
    p95 = waited[int(len(waited) * 0.95)]
    print(f"start delay p95 {p95:.2f} s")  # noqa: T201
    assert p95 <= START_DELAY_SECONDS


@pytest.mark.slow
def test_a_database_that_is_stopped_at_once_costs_only_time(
    ada: User, seed: int, restart_database: Callable[[float], None]
) -> None:
    due = plan(seed, executions=1000, kills=0, blows={Blow.RESTART_DATABASE: 10}, seconds=120, apart=5)
    survive(ada, due, forking=4, restart_database=restart_database)


@pytest.fixture
def restart_database(request: pytest.FixtureRequest) -> Callable[[float], None]:
    """Stops PostgreSQL as a crash does, and starts it again so many seconds later. A commit is on disk by then."""
    server = request.config.stash.get(postgres_key, None)
    if server is None:
        pytest.skip("about PostgreSQL: runs with --postgres")
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {connection.settings_dict['NAME']} SET synchronous_commit = on")

    def restart(seconds: float) -> None:
        connection.close()
        server.crash()
        time.sleep(seconds)
        server.serve()

    return restart
