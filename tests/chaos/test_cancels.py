"""Stopping an execution in whatever state it is, and while it ends by itself."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Any

import pytest
from django.db.models import Q

from accounts.keys import issue
from accounts.models import User
from credits.models import Transaction
from executor.models import GraphExecution, NodeExecution
from executor.statuses import TERMINAL, Status
from graphs.document import GraphDocument
from tests.chaos.client import Client
from tests.chaos.facts import facts_of
from tests.chaos.forks import FORKING_WORKER, WORKER, send
from tests.chaos.installation import Installation, installation
from tests.chaos.oracle import assert_adds_up, unfinished
from tests.executor.building import build, given, result
from tests.executor.running import store
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

ENDED_SECONDS = 10.0
NO_START_AFTER = timedelta(seconds=2)


def steps(child: str) -> GraphDocument:
    """A step that waits at a gate if one is named, and twenty short ones after it."""
    short = ("Call", {"seconds": 0.05})
    return build(
        {"n": given("n"), "gate": given("gate"), "a": ("CallMeter", {}), **{f"s{i}": short for i in range(20)}},
        ["n.result -> a.value", "gate.result -> a.gate", "a.value -> s0.value"]
        + [f"s{i}.value -> s{i + 1}.value" for i in range(19)],
    )


def nest(child: str) -> GraphDocument:
    """The same, inside another graph."""
    return build(
        {"n": given("n"), "gate": given("gate"), "sub": ("AgentExecutor", {"graph_id": child, "graph_version": 1})},
        ["n.result -> sub.n", "gate.result -> sub.gate"],
    )


def crowd(child: str) -> GraphDocument:
    """Thirty that wait at a gate, more than may run at once."""
    return build(
        {"n": given("n"), "gate": given("gate"), "count": ("Count", {"count": 30}), "c": ("Call", {})},
        ["n.result -> count.trigger", "count.number -> c.value", "gate.result -> c.gate"],
    )


@dataclass
class Stage:
    """Where cancels are tried: workers that fork, so that each execution has a process of its own."""

    running: Installation
    client: Client
    graphs: dict[str, str]
    awake: list[int]

    def launch(self, graph: str, gate: str = "") -> str:
        launched = self.client.launch(self.graphs[graph], n=1, gate=gate).execution_id
        assert launched is not None
        return launched

    def arrived(self, gate: str, count: int = 1) -> tuple[int, int]:
        """Wait until so many have come to the gate. The process of the last, and its worker's."""
        wait_until(lambda: len(self.running.world.arrived[gate]) >= count)
        return self.running.world.callers[self.running.world.arrived[gate][-1]]

    def is_claimed(self, id_: str) -> bool:
        return GraphExecution.objects.filter(id=id_, fence__gt=0).exists()


State = Callable[[Stage, str], str]


def queued(stage: Stage, gate: str) -> str:
    return stage.launch("steps")


def claimed(stage: Stage, gate: str) -> str:
    id_ = stage.launch("steps")
    wait_until(lambda: stage.is_claimed(id_))
    return id_


def in_a_node(stage: Stage, gate: str) -> str:
    id_ = stage.launch("steps", gate)
    stage.arrived(gate)
    return id_


def between_nodes(stage: Stage, gate: str) -> str:
    id_ = stage.launch("steps")
    wait_until(lambda: NodeExecution.objects.filter(execution=id_, status=Status.COMPLETED).count() > 4)
    return id_


def in_a_sub_graph(stage: Stage, gate: str) -> str:
    id_ = stage.launch("nest", gate)
    stage.arrived(gate)
    return id_


def in_a_crowd(stage: Stage, gate: str) -> str:
    id_ = stage.launch("crowd", gate)
    stage.arrived(gate, 10)
    return id_


def killed(stage: Stage, gate: str) -> str:
    id_ = stage.launch("steps", gate)
    for pid in stage.arrived(gate):
        send(pid, SIGKILL)
    return id_


def asleep(stage: Stage, gate: str) -> str:
    id_ = stage.launch("steps", gate)
    for pid in stage.arrived(gate):
        send(pid, SIGSTOP)
        stage.awake.append(pid)
    return id_


def ended(stage: Stage, gate: str) -> str:
    id_ = stage.launch("steps")
    wait_until(lambda: GraphExecution.objects.filter(id=id_, status__in=TERMINAL).exists())
    return id_


STATES: tuple[State, ...] = (
    queued, claimed, in_a_node, between_nodes, in_a_sub_graph, in_a_crowd, killed, asleep, ended
)  # fmt: skip


def stop_in_each_state(stage: Stage, number: int) -> dict[str, datetime]:
    """One execution for each state. Returns when each was asked to stop."""
    asked = {}
    for state in STATES:
        id_ = state(stage, f"{state.__name__}-{number}")
        graph_id = str(GraphExecution.objects.get(id=id_).graph_id)
        stage.client.stop(graph_id, id_)
        asked[id_] = datetime.now(UTC)
        stage.running.keep_up()
    return asked


def assert_stopped(stage: Stage, user: User, asked: dict[str, datetime]) -> None:
    """In time, for good, with nothing started or charged since."""
    wait_until(lambda: not stage.running.keep_up() and not unfinished(user), seconds=2 * ENDED_SECONDS)
    before = facts_of(stage.running, list(asked))
    for pid in stage.awake:
        send(pid, SIGCONT)
    for gate in list(stage.running.world.gates.values()):
        gate.set()
    wait_until(lambda: not any(worker.children() for worker in stage.running.workers()))
    assert facts_of(stage.running, list(asked)) == before
    for id_, at in asked.items():
        _assert_stopped_in_time(GraphExecution.objects.get(id=id_), at)


def _assert_stopped_in_time(execution: GraphExecution, asked: datetime) -> None:
    assert execution.ended_at is not None
    assert (execution.ended_at - asked).total_seconds() <= ENDED_SECONDS
    inside = NodeExecution.objects.filter(Q(execution=execution) | Q(execution__root=execution))
    assert not inside.filter(started_at__gt=asked + NO_START_AFTER).exists()
    paid = Transaction.objects.filter(execution=str(execution.id), amount__lt=0)
    assert not paid.filter(created_at__gt=execution.ended_at + timedelta(seconds=1)).exists()


def assert_stops_in_every_state(user: User, *, rounds: int) -> None:
    child = store(user, steps(""))
    graphs = {"steps": child, "nest": store(user, nest(str(child.graph_id))), "crowd": store(user, crowd(""))}
    with installation() as running:
        running.serve()
        running.start(*[FORKING_WORKER] * 8)
        client = Client(running.web, issue(user, name="chaos")[1])
        stage = Stage(running, client, {name: str(version.graph_id) for name, version in graphs.items()}, [])
        for number in range(rounds):
            assert_stopped(stage, user, stop_in_each_state(stage, number))
        running.quiet_down()
        assert_adds_up()
    found = GraphExecution.objects.roots().values_list("status", flat=True)
    print(Counter(found))  # noqa: T201
    assert Counter(found) == {Status.TERMINATED: rounds * (len(STATES) - 1), Status.COMPLETED: rounds}


def assert_one_answer(user: User, *, races: int, at_once: int, seed: int) -> None:
    """All of a group come out of their last node while they are asked to stop."""
    draw = random.Random(seed)
    graph_id = str(store(user, last_step()).graph_id)
    first: dict[str, str] = {}
    with installation() as running:
        running.serve()
        running.start(WORKER, WORKER, *[FORKING_WORKER] * at_once)
        client = Client(running.web, issue(user, name="chaos")[1])
        for group in range(races // at_once):
            first |= race(running, client, graph_id, gate=f"gate-{group}", count=at_once, draw=draw)
        wait_until(lambda: not unfinished(user), seconds=30)
        running.quiet_down()
        assert_adds_up()
    rows = {str(id_): status for id_, status in GraphExecution.objects.roots().values_list("id", "status")}
    print(Counter(rows.values()))  # noqa: T201
    assert {id_: rows[id_] for id_, status in first.items() if status in TERMINAL} == {
        id_: status for id_, status in first.items() if status in TERMINAL
    }
    assert set(rows.values()) == {Status.COMPLETED, Status.TERMINATED}, "one of the two never won"


def race(
    running: Installation, client: Client, graph_id: str, *, gate: str, count: int, draw: random.Random
) -> dict[str, Any]:
    """The gate opens amid the requests to stop. Returns the status that each was answered with."""
    ids = [str(client.launch(graph_id, n=n, gate=gate).execution_id) for n in range(count)]
    wait_until(lambda: len(running.world.arrived[gate]) == count)
    draw.shuffle(ids)
    opens_at, answers = draw.choice(ids), {}
    for id_ in ids:
        if id_ == opens_at:
            running.world.gates[gate].set()
        answers[id_] = client.stop(graph_id, id_)["status"]
    return answers


def last_step() -> GraphDocument:
    return build(
        {"n": given("n"), "gate": given("gate"), "a": ("CallMeter", {}), "out": result("out")},
        ["n.result -> a.value", "gate.result -> a.gate", "a.value -> out.value"],
    )


@pytest.mark.slow
def test_two_hundred_stops_in_every_state(ada: User) -> None:
    assert_stops_in_every_state(ada, rounds=200)


@pytest.mark.slow
def test_a_thousand_races_with_the_end_have_one_answer_each(ada: User, seed: int) -> None:
    assert_one_answer(ada, races=1000, at_once=10, seed=seed)
