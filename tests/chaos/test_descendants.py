"""Graphs inside graphs, five deep and fifty in all, end with their root, and cost what they cost together."""

import pytest

from accounts.keys import issue
from accounts.models import User
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from tests.chaos.client import Client
from tests.chaos.forks import WORKER, send
from tests.chaos.installation import Installation, installation
from tests.chaos.oracle import assert_adds_up, assert_effects, unfinished
from tests.executor.building import build, given, result
from tests.executor.running import outputs, store
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

DEPTH, ABREAST = 5, 10
ENDED_SECONDS = 10.0
LINKS = ["n.result -> in.n", "gate.result -> in.gate", "in.out -> out.value"]


def innermost() -> GraphDocument:
    """One paid step at a gate."""
    return build(
        {"n": given("n"), "gate": given("gate"), "c": ("Call", {}), "out": result("out")},
        ["n.result -> c.value", "gate.result -> c.gate", "c.value -> out.value"],
    )


def around(inner: GraphDocument) -> GraphDocument:
    nodes = {"n": given("n"), "gate": given("gate"), "out": result("out")}
    return build({**nodes, "in": ("AgentExecutor", {"graph_id": inner.id, "graph_version": 1})}, LINKS)


def outermost(inner: GraphDocument) -> GraphDocument:
    """Ten of them side by side."""
    return build(
        {
            "n": given("n"),
            "gate": given("gate"),
            "count": ("Count", {"count": ABREAST}),
            "in": ("AgentExecutor", {"graph_id": inner.id, "graph_version": 1}),
            "out": result("out"),
        },
        ["n.result -> count.trigger", "count.number -> in.n", *LINKS[1:]],
    )


def stored(user: User) -> str:
    document = innermost()
    store(user, document)
    for _ in range(DEPTH - 1):
        document = around(document)
        store(user, document)
    return str(store(user, outermost(document)).graph_id)


def launched(running: Installation, client: Client, graph_id: str, gate: str) -> GraphExecution:
    """All fifty are there, and the innermost wait."""
    id_ = client.launch(graph_id, n=1, gate=gate).execution_id
    wait_until(lambda: len(set(running.world.arrived[gate])) == ABREAST)
    execution = GraphExecution.objects.get(id=id_)
    assert execution.descendants.count() == DEPTH * ABREAST
    return execution


def assert_stopped(running: Installation, client: Client, user: User, graph_id: str, number: int) -> None:
    execution = launched(running, client, graph_id, f"stop-{number}")
    client.stop(graph_id, str(execution.id))
    wait_until(lambda: not unfinished(user), seconds=ENDED_SECONDS)
    statuses = set(execution.descendants.values_list("status", flat=True))
    assert statuses == {Status.TERMINATED}


def assert_resumed(running: Installation, client: Client, user: User, graph_id: str, number: int) -> None:
    execution = launched(running, client, graph_id, f"kill-{number}")
    for pid in {pid for key in running.world.arrived[f"kill-{number}"] for pid in running.world.callers[key]}:
        send(pid, 9)
    running.world.gates[f"kill-{number}"].set()
    wait_until(lambda: not running.keep_up() and not unfinished(user), seconds=30)
    execution.refresh_from_db()
    assert (execution.status, execution.fence) == (Status.COMPLETED, 2)
    assert sorted(outputs(execution)["out"]) == list(range(1, ABREAST + 1))
    assert execution.cost - execution.fees == ABREAST
    assert set(execution.descendants.values_list("cost", flat=True)) == {1}


def assert_descendants_end_with_their_root(user: User, *, rounds: int) -> None:
    graph_id = stored(user)
    with installation() as running:
        running.serve()
        running.start(WORKER, WORKER)
        client = Client(running.web, issue(user, name="chaos")[1])
        for number in range(rounds):
            assert_stopped(running, client, user, graph_id, number)
            assert_resumed(running, client, user, graph_id, number)
        running.quiet_down()
        assert_adds_up()
        print(assert_effects(running))  # noqa: T201


@pytest.mark.slow
def test_fifty_descendants_end_with_their_root(ada: User) -> None:
    assert_descendants_end_with_their_root(ada, rounds=10)
