"""Dry runs: outputs by type, nothing leaves the machine, nothing is charged, nothing is remembered."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from accounts.models import User
from credits.models import Hold, Transaction
from executor.audit import costs, counting, holding
from executor.engine.simulating import simulated_outputs
from executor.launching.launch import launch
from executor.models import KeyValue, NodeOutput
from executor.statuses import Status
from graphs.errors import GraphInvalid
from tests.executor.books import account_of
from tests.executor.building import build, given, meter, result
from tests.executor.launching_blocks import ConnectBlock
from tests.executor.running import fresh, node_executions, outputs, ran, run, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


def test_a_block_that_reaches_out_is_simulated_by_the_types_of_its_outputs(ada: User) -> None:
    with listener() as (server, port):
        document = build(
            {"call": ("Connect", {"port": port}), "answer": result("answer"), "count": result("count")},
            ["call.answer -> answer.value", "call.count -> count.value"],
        )
        execution = ran(ada, document, is_dry_run=True)
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert (execution.status, outputs(execution)) == (
        Status.COMPLETED,
        {"answer": ["simulated answer"], "count": [1]},
    )
    assert not KeyValue.objects.exists()


def test_the_same_block_reaches_out_in_an_execution_that_is_not_dry(ada: User) -> None:
    """What the test before relies on."""
    with listener() as (server, port):
        ran(ada, build({"call": ("Connect", {"port": port})}))
        server.settimeout(5)
        server.accept()[0].close()
    assert KeyValue.objects.get().value == port


def test_blocks_that_are_local_and_free_run_as_they_are(ada: User) -> None:
    document = build(
        {"x": given("x"), "sum": ("Calculator", {"operation": "Add", "b": 3}), "y": result("y")},
        ["x.result -> sum.a", "sum.result -> y.value"],
    )
    assert outputs(ran(ada, document, {"x": 4}, is_dry_run=True)) == {"y": [7.0]}


def test_nothing_is_charged_set_aside_counted_or_asked_of_the_ledger(ada: User) -> None:
    before = account_of(ada)
    document = build(
        {"meter": meter(items=3), "pause": ("Pause", {"value": 1, "seconds": 0}), "call": ("Connect", {"port": 0})}
    )
    execution = ran(ada, document, is_dry_run=True)
    after = account_of(ada)
    assert (execution.cost, execution.fees, execution.counted) == (0, 0, 0)
    assert (after.balance, after.held, after.node_executions) == (before.balance, 0, before.node_executions)
    assert not Transaction.objects.filter(execution=str(execution.id)).exists()
    assert not Hold.objects.exists()
    assert [fault for check in (costs, counting, holding) for fault in check(strict=True)] == []


def test_it_needs_no_credits() -> None:
    poor = make_user("grace@example.org", credits=0)
    assert ran(poor, build({"call": ("Connect", {"port": 0})}), is_dry_run=True).status == Status.COMPLETED


def test_a_local_block_has_no_door_to_what_is_remembered(ada: User) -> None:
    document = build({"sly": ("Sly", {"value": 1}), "out": result("out")}, ["sly.value -> out.value"])
    assert outputs(ran(ada, document, is_dry_run=True)) == {"out": [1]}
    assert not KeyValue.objects.exists()
    ran(ada, build({"sly": ("Sly", {"value": 1})}))
    assert KeyValue.objects.exists()


def test_what_is_required_may_be_missing(ada: User) -> None:
    document = build(
        {"q": given("q"), "bare": ("Calculator", {"operation": "Add"}), "out": result("out")},
        ["bare.result -> out.value"],
    )
    version = store(ada, document)
    with pytest.raises(GraphInvalid):
        launch(ada, version, inputs={"q": 1}, ring=False)
    execution = run(launch(ada, version, inputs={}, is_dry_run=True, ring=False))
    assert (execution.status, list(outputs(execution))) == (Status.COMPLETED, ["out"])
    assert execution.stats["node_error_count"] == 0


def test_graphs_inside_are_dry_too(ada: User) -> None:
    inner = build(
        {"a": given("a"), "call": ("Connect", {}), "out": result("out")},
        ["a.result -> call.port", "call.answer -> out.value"],
    )
    store(ada, inner)
    document = build(
        {"a": given("a"), "sub": ("AgentExecutor", {"graph_id": inner.id, "graph_version": 1}), "out": result("out")},
        ["a.result -> sub.a", "sub.out -> out.value"],
    )
    execution = ran(ada, document, {"a": 1}, is_dry_run=True)
    assert outputs(execution) == {"out": ["simulated answer"]}
    assert (execution.children.get().is_dry_run, execution.stats["is_dry_run"]) == (True, True)
    assert not KeyValue.objects.exists()


def test_in_a_graph_inside_too_what_is_required_may_be_missing(ada: User) -> None:
    inner = build({"bare": ("Calculator", {"operation": "Add"}), "out": result("out")}, ["bare.result -> out.value"])
    store(ada, inner)
    document = build(
        {"sub": ("AgentExecutor", {"graph_id": inner.id, "graph_version": 1}), "out": result("out")},
        ["sub.out -> out.value"],
    )
    execution = ran(ada, document, is_dry_run=True)
    assert (execution.stats["node_error_count"], len(outputs(execution)["out"])) == (0, 1)


def test_a_node_that_asks_a_person_passes_its_value_through(ada: User) -> None:
    document = build(
        {"x": given("x"), "ask": ("HumanInTheLoop", {"name": "Look"}), "out": result("out"), "no": result("no")},
        ["x.result -> ask.data", "ask.approved_data -> out.value", "ask.rejected_data -> no.value"],
    )
    execution = ran(ada, document, {"x": "as it is"}, is_dry_run=True)
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"out": ["as it is"]})


def test_the_same_block_is_always_simulated_in_the_same_way(ada: User) -> None:
    assert simulated_outputs(ConnectBlock.Output) == {"answer": "simulated answer", "count": 1}
    assert [output.name for output in node_outputs(ada)] == ["answer", "count"]


def node_outputs(ada: User) -> list[NodeOutput]:
    execution = ran(ada, build({"call": ("Connect", {"port": 0})}), is_dry_run=True)
    return list(node_executions(fresh(execution), "call")[0].outputs.all())


@contextmanager
def listener() -> Iterator[tuple[socket.socket, int]]:
    """A port of this machine that somebody may connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server, server.getsockname()[1]
