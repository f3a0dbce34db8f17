"""Workers on several hosts, with one database and one Redis between them; one host is cut off and comes back."""

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection

from accounts.models import User
from executor.models import GraphExecution
from tests.chaos import hosts
from tests.chaos.cast import Cast, cast
from tests.chaos.forks import WORKER
from tests.chaos.hosts import MIDDLE, REDIS_PORT, RedisOnTheBridge
from tests.chaos.installation import LEASE_SECONDS, Installation, installation
from tests.chaos.oracle import unfinished, wait_for_the_end
from tests.conftest import postgres_key
from tests.executor.building import build, given
from tests.executor.running import store
from tests.house.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CUT_OFF_SECONDS = 4 * LEASE_SECONDS
#: A wire that is whole again is noticed when TCP next tries; its pauses double.
HEALED_SECONDS = 30.0


@pytest.fixture
def database_on_the_bridge(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL by which hosts reach the test's own database. Four hosts are there."""
    server = request.config.stash.get(postgres_key, None)
    if server is None:
        pytest.skip("several hosts need PostgreSQL: runs with --postgres")
    if reason := hosts.why_not():
        pytest.skip(reason)
    with hosts.hosts(4):
        server.restart(listen=MIDDLE)
        connection.close()
        yield f"postgres://postgres@{MIDDLE}/{connection.settings_dict['NAME']}"
        connection.close()
        server.restart()


def bridged(database_url: str, **variables: str) -> dict[str, str]:
    """Settings of an installation whose hosts meet on the bridge."""
    return {"DATABASE_URL": database_url, "REDIS_URL": f"redis://{MIDDLE}:{REDIS_PORT}/0", **variables}


def shares(running: Installation) -> Counter[str]:
    """How many effects each host has had."""
    host_of = {one.pid: one.host or "" for one in running.running}
    return Counter(host_of.get(worker, "gone") for _, worker in running.world.callers.values())


def launch_until(play: Cast, number: int, *, seconds: float) -> int:
    """Ten a second, for so long. Returns the next number."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        play.launch(number)
        number += 1
        play.running.keep_up()
        time.sleep(0.1)
    return number


def test_a_host_that_is_cut_off_costs_only_time(ada: User, database_on_the_bridge: str) -> None:
    with installation(address=MIDDLE, redis_class=RedisOnTheBridge, **bridged(database_on_the_bridge)) as running:
        play = cast(running, ada)
        for number in (1, 2, 3):
            running.start(WORKER, host=f"chaos-{number}")
        number = launch_until(play, 0, seconds=4)
        wait_until(lambda: len(shares(running)) == 3)
        print(f"spread: {dict(shares(running))}")  # noqa: T201
        hosts.cut_off("chaos-1")
        number = launch_until(play, number, seconds=CUT_OFF_SECONDS)
        wait_until(lambda: not unfinished(ada), seconds=HEALED_SECONDS)
        before = shares(running)["chaos-1"]
        hosts.heal("chaos-1")
        begun = time.monotonic()
        while shares(running)["chaos-1"] == before:
            assert time.monotonic() - begun < HEALED_SECONDS, "the host has not come back"
            number = launch_until(play, number, seconds=0.5)
        print(f"back after {time.monotonic() - begun:.1f} s")  # noqa: T201
        wait_for_the_end(running, ada)
        play.assert_all_is_well()


def test_more_workers_run_more_waiting_executions(ada: User, database_on_the_bridge: str) -> None:
    speeds = {workers: _speed(ada, database_on_the_bridge, workers) for workers in (1, 2, 4)}
    for workers, speed in speeds.items():
        print(f"{workers} workers: {speed:.1f} executions a second, each waiting a second")  # noqa: T201
    assert speeds[1] < speeds[2] < speeds[4]


def _speed(user: User, database_url: str, workers: int, *, executions: int = 160) -> float:
    """Executions a second on so many hosts, each of which runs sixteen at once."""
    variables = bridged(database_url, WORKER_CONCURRENCY="16", LEASE_SECONDS="30")
    with installation(address=MIDDLE, redis_class=RedisOnTheBridge, **variables) as running:
        play = cast(running, user)
        graph_id = str(
            store(user, build({"n": given("n"), "c": ("Call", {"seconds": 1})}, ["n.result -> c.value"])).graph_id
        )
        for number in range(executions):
            play.client.launch(graph_id, n=number)
        begun = time.monotonic()
        for number in range(workers):
            running.start(WORKER, host=f"chaos-{number + 1}")
        wait_until(lambda: not unfinished(user), seconds=120)
        seconds = time.monotonic() - begun
    assert not GraphExecution.objects.exclude(status="COMPLETED").exists()
    return executions / seconds
