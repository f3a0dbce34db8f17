"""A worker that was stopped while others took its executions over wakes up: it can write nothing any more."""

import time
from signal import SIGCONT, SIGSTOP

import pytest

from accounts.keys import issue
from accounts.models import User
from executor.models import GraphExecution
from graphs.document import GraphDocument
from tests.chaos.client import Client
from tests.chaos.facts import facts_of
from tests.chaos.forks import FORKING_WORKER, WORKER, Forked, send
from tests.chaos.installation import LEASE_SECONDS, Installation, installation
from tests.chaos.oracle import assert_adds_up, assert_effects, unfinished
from tests.chaos.world import again_at
from tests.executor.building import build, given, result
from tests.executor.running import outputs, store
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

LOST = "The lease was lost"
#: A zombie must notice within one heartbeat, which is half a lease here; the machine may be busy.
NOTICED_SECONDS = 5 * LEASE_SECONDS
TAKEN_OVER_SECONDS = 30 + 3 * LEASE_SECONDS


def waiting() -> GraphDocument:
    """Two paid steps and one with a hold; the first waits at a gate."""
    return build(
        {"n": given("n"), "gate": given("gate"), "a": ("Call", {}), "m": ("CallMeter", {}), "out": result("out")},
        ["n.result -> a.value", "gate.result -> a.gate", "a.value -> m.value", "m.value -> out.value"],
    )


def stop_all(workers: list[Forked]) -> list[int]:
    pids = [pid for worker in workers for pid in (*worker.children(), worker.pid)]
    for pid in pids:
        send(pid, SIGSTOP)
    return pids


def one_round(
    running: Installation, client: Client, user: User, graph_id: str, *, number: int, command: tuple[str, ...]
) -> int:
    """All workers stop in a call, others take over and call again; while those wait, the first get their answers.

    Returns how many executions.
    """
    stopped = running.start(*[command] * 5)
    count = 5 if command == FORKING_WORKER else 20
    gate = f"gate-{number}"
    ids = [str(client.launch(graph_id, n=n, gate=gate).execution_id) for n in range(count)]
    wait_until(lambda: len(running.world.arrived[gate]) == count)
    pids = stop_all(stopped)
    again = running.world.gates[again_at(gate)]
    others = running.start(*[command] * 5)
    wait_until(lambda: len(running.world.arrived[gate]) == 2 * count, seconds=TAKEN_OVER_SECONDS)
    before = facts_of(running, ids)
    running.world.gates[gate].set()
    _wake(stopped, pids, in_children=command == FORKING_WORKER)
    assert facts_of(running, ids) == before
    again.set()
    wait_until(lambda: not unfinished(user), seconds=TAKEN_OVER_SECONDS)
    for one in (*stopped, *others):
        running.leave(one)
        one.kill()
    return count


def _wake(stopped: list[Forked], pids: list[int], *, in_children: bool) -> None:
    """Wait until each has found out that it owns nothing any more."""
    begun = time.monotonic()
    for pid in pids:
        send(pid, SIGCONT)
    if in_children:
        wait_until(lambda: not any(worker.children() for worker in stopped), seconds=NOTICED_SECONDS)
    else:
        wait_until(lambda: all(LOST in worker.said for worker in stopped), seconds=NOTICED_SECONDS)
    print(f"noticed after {time.monotonic() - begun:.2f} s")  # noqa: T201


def assert_zombies_write_nothing(user: User, *, rounds: int, command: tuple[str, ...]) -> None:
    graph_id = str(store(user, waiting()).graph_id)
    with installation() as running:
        running.serve()
        client = Client(running.web, issue(user, name="chaos")[1])
        stopped = sum(
            one_round(running, client, user, graph_id, number=number, command=command) for number in range(rounds)
        )
        running.quiet_down()
        assert_adds_up()
        print(f"{stopped} executions taken over, {assert_effects(running)}")  # noqa: T201
    for execution in GraphExecution.objects.roots():
        assert outputs(execution) == {"out": [execution.inputs["n"] + 2]}


def test_a_stopped_worker_that_wakes_up_writes_nothing(ada: User) -> None:
    assert_zombies_write_nothing(ada, rounds=1, command=FORKING_WORKER)


@pytest.mark.slow
def test_a_hundred_stopped_workers_that_wake_up_write_nothing(ada: User) -> None:
    assert_zombies_write_nothing(ada, rounds=20, command=FORKING_WORKER)


@pytest.mark.slow
def test_pools_that_wake_up_write_nothing(ada: User) -> None:
    assert_zombies_write_nothing(ada, rounds=5, command=WORKER)
