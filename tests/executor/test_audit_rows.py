"""A strict audit compares the rows of executions with each other."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from credits.audit import audit
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.statuses import Status
from tests.executor.building import build, result
from tests.executor.running import node_executions, ran, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)

Corruption = Callable[[GraphExecution], object]


@pytest.fixture
def ended() -> GraphExecution:
    """Three free nodes with outputs."""
    nodes = {"many": ("Count", {"count": 3}), "e": ("Echo", {}), "out": result("out")}
    execution = ran(make_user(), build(nodes, ["many.number -> e.value", "e.value -> out.value"]))
    assert execution.status == Status.COMPLETED
    return execution


def problems() -> list[str]:
    return [str(fault) for fault in audit(strict=True)]


def change(execution: GraphExecution, **columns: Any) -> None:
    GraphExecution.objects.filter(id=execution.id).update(**columns)


def first(execution: GraphExecution, name: str = "many") -> NodeExecution:
    return node_executions(execution, name)[0]


def add_node(execution: GraphExecution, **columns: Any) -> None:
    """One more node execution of the first node."""
    like = first(execution)
    number = NodeExecution.objects.filter(execution=execution).count() + 1
    known = {"number": number, "status": Status.COMPLETED, "added_at": NOON, "ended_at": NOON}
    NodeExecution.objects.create(execution=execution, node=like.node, **known | columns)


def add_child(execution: GraphExecution, **columns: Any) -> None:
    known = {
        "user": execution.user,
        "graph": execution.graph,
        "version": execution.version,
        "parent": execution,
        "root": execution,
        "depth": 1,
        "status": Status.COMPLETED,
        "ended_at": NOON,
    }
    GraphExecution.objects.create(**known | columns)


def seq_of_output(execution: GraphExecution) -> int:
    return first(execution).outputs.order_by("index").first().seq  # type: ignore[union-attr]


def test_an_execution_as_it_should_be_is_sound(ended: GraphExecution) -> None:
    add_node(ended)
    add_child(ended)
    assert problems() == []


@pytest.mark.parametrize(
    ("corrupt", "problem"),
    [
        (lambda it: change(it, ended_at=None), "has ended, and does not say when"),
        (lambda it: change(it, lease_until=NOON), "has ended, and has a lease"),
        (lambda it: add_node(it, status=Status.QUEUED), "has ended, and a node execution of it has not"),
        (lambda it: add_node(it, status=Status.RUNNING), "has ended, and a node execution of it has not"),
        (lambda it: add_node(it, number=99), "lacks a number among its node executions"),
        (lambda it: first(it).outputs.filter(index=1).delete(), "lacks a number among the outputs of a node execution"),
        (lambda it: change(it, claims=7), "has more claims than it was ever claimed"),
        (lambda it: change(it, seq=3), "has a change beyond its last seq"),
        (lambda it: add_node(it, seq=first(it).seq), "has two changes with the same seq"),
        (lambda it: NodeOutput.objects.update(seq=1), "has two changes with the same seq"),
        (lambda it: add_node(it, seq=seq_of_output(it)), "has two changes with the same seq"),
    ],
)
def test_rows_that_contradict_each_other_are_found(ended: GraphExecution, corrupt: Corruption, problem: str) -> None:
    corrupt(ended)
    assert f"ada@example.org: execution {ended.id} {problem}" in problems()


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"status": Status.RUNNING, "ended_at": None}, "outlives its root"),
        ({"depth": 2}, "is not one deeper than its parent"),
    ],
)
def test_a_child_that_does_not_fit_its_root_is_found(
    ended: GraphExecution, columns: dict[str, Any], problem: str
) -> None:
    add_child(ended, **columns)
    child = GraphExecution.objects.get(parent=ended)
    assert problems() == [f"ada@example.org: execution {child.id} {problem}"]


def test_a_child_of_another_user_is_found(ended: GraphExecution) -> None:
    add_child(ended, user=make_user("grace@example.org"))
    assert any(problem.endswith("is not of the user of its root") for problem in problems())


def test_an_end_of_what_has_not_ended_is_found(ended: GraphExecution) -> None:
    waiting = started(ended.user, build({"e": ("Echo", {"value": 1})}))
    change(waiting, ended_at=NOON)
    assert problems() == [f"ada@example.org: execution {waiting.id} has an end, and has not ended"]


def test_only_a_strict_audit_asks(ended: GraphExecution) -> None:
    change(ended, ended_at=None)
    assert audit() == []
