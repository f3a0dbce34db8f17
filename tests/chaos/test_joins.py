"""Sixteen nodes finish together, again and again, and feed one: it runs once for each set, whatever is killed."""

import random
from collections import Counter

import pytest

from accounts.keys import issue
from accounts.models import User
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from tests.chaos.client import Client
from tests.chaos.forks import FORKING_WORKER, WORKER
from tests.chaos.installation import installation
from tests.chaos.oracle import assert_adds_up, unfinished, wait_for_the_end
from tests.chaos.storm import Blow, strike
from tests.executor.building import build, given, result
from tests.executor.running import outputs, store
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PARENTS = 16
ROUNDS = 10


def joins() -> GraphDocument:
    """Each of ten numbers goes to sixteen nodes, whose results go to one."""
    parents = {f"p{place}": ("Pause", {"seconds": 0.01}) for place in range(PARENTS)}
    return build(
        {
            "n": given("n"),
            "count": ("Count", {"count": ROUNDS}),
            **parents,
            "join": ("Join", {"parts": {}}),
            "out": result("out"),
        },
        [
            "n.result -> count.trigger",
            *(f"count.number -> {name}.value" for name in parents),
            *(f"{name}.value -> join.parts_#_{name}" for name in parents),
            "join.joined -> out.value",
        ],
    )


def assert_joins(user: User, *, executions: int, kills: int, seed: int) -> None:
    draw = random.Random(seed)
    graph_id = str(store(user, joins()).graph_id)
    with installation(NODES_IN_FLIGHT=str(PARENTS)) as running:
        running.serve()
        running.start(WORKER, WORKER, FORKING_WORKER, FORKING_WORKER)
        client = Client(running.web, issue(user, name="chaos")[1])
        for n in range(executions):
            client.launch(graph_id, n=n)
        for kill in range(kills):
            least = executions - executions * kill // kills
            wait_until(lambda least=least: len(unfinished(user)) <= least, seconds=120)  # type: ignore[misc]
            strike(draw.choice(running.workers()), draw.choice([Blow.KILL_PARENT, Blow.KILL_BOTH]))
            running.keep_up()
        wait_for_the_end(running, user, seconds=30 + 2 * executions)
        assert_adds_up()
    for execution in GraphExecution.objects.roots():
        assert execution.status == Status.COMPLETED
        joined = Counter(map(tuple, outputs(execution)["out"]))
        assert joined == Counter((number + 1,) * PARENTS for number in range(ROUNDS))
    fences = GraphExecution.objects.values_list("fence", flat=True)
    print(f"{executions * ROUNDS} sets joined, {sum(fences) - executions} executions taken over")  # noqa: T201


@pytest.mark.slow
def test_a_thousand_sets_are_joined_once_each(ada: User, seed: int) -> None:
    assert_joins(ada, executions=100, kills=20, seed=seed)
