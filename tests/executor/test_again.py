"""Running a finished execution again: what has finished is taken over unpaid; the rest is as if nothing had failed."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from executor.audit import costs, counting, holding
from executor.errors import InputInvalid, NothingToRun, StillRunning
from executor.launching.again import retry, run_again
from executor.models import GraphExecution, NodeExecution, Trigger
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from graphs.document import GraphDocument
from tests.executor.blocks import LOG
from tests.executor.books import assert_books, charges
from tests.executor.building import build, result
from tests.executor.building import given as input_node
from tests.executor.crashing import run_and_die
from tests.executor.launching_blocks import SWITCHES
from tests.executor.running import fresh, node_executions, outputs, ran, run, started, statuses
from tests.executor.test_random_graphs import Case, cases, child, document_of  # noqa: F401 - child is a fixture
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user(credits=1_000_000)


@pytest.fixture(autouse=True)
def _switches_off() -> None:
    SWITCHES.clear()
    LOG.clear()


def three_through(switch: dict[str, Any], *, after: dict[str, Any] | None = None) -> GraphDocument:
    """0, 1 and 2 go through one paid block, then through another."""
    return build(
        {
            "count": ("Count", {"count": 3}),
            "first": ("Switch", {"log": "first", **switch}),
            "second": ("Switch", {"log": "second", **(after or {})}),
            "out": result("out"),
        },
        ["count.number -> first.value", "first.value -> second.value", "second.value -> out.value"],
    )


def test_what_has_ended_is_read_before_the_transaction_in_which_nobody_else_writes(ada: User) -> None:
    failed = ran(ada, three_through({}, after={"switch": "s", "only": 1}))
    asked: list[tuple[str, bool]] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        asked.append((sql, connection.in_atomic_block))
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        retry(failed)
    reads = [sql for sql, _ in asked if sql.startswith("SELECT") and ("nodeoutput" in sql or "nodeexecution" in sql)]
    assert len(reads) == 2
    assert {is_inside for sql, is_inside in asked if sql in reads} == {False}
    assert len(asked) < 20


def test_a_retry_runs_what_failed_and_pays_for_nothing_else(ada: User) -> None:
    document = three_through({}, after={"switch": "s", "only": 1})
    failed = ran(ada, document)
    assert (outputs(failed), failed.cost) == ({"out": [0, 2]}, 6)
    SWITCHES.add("s")
    LOG.clear()
    again = run(retry(failed, ring=False))
    assert (again.status, outputs(again), again.cost) == (Status.COMPLETED, {"out": [0, 1, 2]}, 1)
    assert (LOG["first"], LOG["second"]) == ([], [1])
    assert (again.trigger, again.continues_id, again.version_id) == (Trigger.AGAIN, failed.id, failed.version_id)
    assert_books(again)


def test_what_is_taken_over_says_from_where_and_what_was_taken_over_twice_names_the_first(ada: User) -> None:
    failed = ran(ada, three_through({}, after={"switch": "s", "only": 1}))
    second = run(retry(failed, ring=False))
    SWITCHES.add("s")
    third = run(retry(second, ring=False))
    first_rows = {str(row.id) for row in node_executions(failed, "first")}
    for later in (second, third):
        rows = node_executions(later, "first")
        assert {row.stats["copied_from"] for row in rows} == first_rows
        assert [(row.status, row.cost, row.attempt) for row in rows] == [(Status.COMPLETED, 0, 0)] * 3
    assert outputs(third) == {"out": [0, 1, 2]}
    assert [fault for check in (costs, counting, holding) for fault in check(strict=True)] == []


def test_outputs_behind_a_failed_one_come_in_the_old_order(ada: User) -> None:
    """The second run of `first` failed: the third has finished, but what it emitted comes after the second's."""
    document = three_through({"switch": "s", "only": 1})
    failed = ran(ada, document)
    assert outputs(failed) == {"out": [0, 2]}
    SWITCHES.add("s")
    LOG.clear()
    again = run(retry(failed, ring=False))
    assert outputs(again) == {"out": [0, 1, 2]}
    assert LOG["first"] == [1]


def test_pairs_are_those_of_an_execution_without_the_failure(ada: User) -> None:
    document = build(
        {
            "left": ("Count", {"count": 3}),
            "right": ("Count", {"count": 3}),
            "switch": ("Switch", {"switch": "s", "only": 0}),
            "pair": ("CreateDictionary", {"values": {}}),
            "out": result("pairs"),
        },
        [
            "left.number -> switch.value",
            "switch.value -> pair.values_#_l",
            "right.number -> pair.values_#_r",
            "pair.dictionary -> out.value",
        ],
    )
    failed = ran(ada, document)
    assert outputs(failed) == {"pairs": [{"l": 1, "r": 0}, {"l": 2, "r": 1}]}
    SWITCHES.add("s")
    again = run(retry(failed, ring=False))
    assert outputs(again) == {"pairs": [{"l": 0, "r": 0}, {"l": 1, "r": 1}, {"l": 2, "r": 2}]}


def test_from_a_node_on_it_and_what_comes_after_it_runs_again(ada: User) -> None:
    done = ran(ada, three_through({}))
    LOG.clear()
    second = node_executions(done, "second")[0].node_id
    again = run(run_again(done, from_node=second, ring=False))
    assert (outputs(again), again.cost) == ({"out": [0, 1, 2]}, 3)
    assert (LOG["first"], sorted(LOG["second"])) == ([], [0, 1, 2])


def test_again_without_a_node_runs_everything_with_the_same_inputs(ada: User) -> None:
    document = build(
        {"x": input_node("x"), "s": ("Switch", {}), "out": result("out")},
        ["x.result -> s.value", "s.value -> out.value"],
    )
    done = ran(ada, document, {"x": "once"}, max_cost=9)
    again = run(run_again(done, ring=False))
    assert (outputs(again), again.cost, again.max_cost) == ({"out": ["once"]}, 1, 9)


def test_a_sub_graph_that_has_finished_is_taken_over_whole(ada: User, child: GraphDocument) -> None:  # noqa: F811
    document = build(
        {
            "a": input_node("a", 1),
            "sub": ("AgentExecutor", {"graph_id": child.id, "graph_version": 1}),
            "switch": ("Switch", {"switch": "s"}),
            "out": result("out"),
        },
        ["a.result -> sub.a", "sub.out -> switch.value", "switch.value -> out.value"],
    )
    failed = ran(ada, document)
    SWITCHES.add("s")
    again = run(retry(failed, ring=False))
    assert (sorted(outputs(again)["out"]), again.cost) == ([2, 3], 2)
    assert not again.children.exists()


def test_what_has_not_ended_cannot_run_again(ada: User) -> None:
    execution = started(ada, three_through({}))
    for ask in (retry, run_again):
        with pytest.raises(StillRunning):
            ask(execution, ring=False)


def test_nothing_to_run_is_refused_and_so_is_an_unknown_node(ada: User) -> None:
    done = ran(ada, three_through({}))
    with pytest.raises(NothingToRun):
        retry(done, ring=False)
    with pytest.raises(InputInvalid) as refused:
        run_again(done, from_node=uuid4(), ring=False)
    assert list(refused.value.data["fields"]) == ["from_node"]
    assert GraphExecution.objects.count() == 1


def test_a_sub_graph_runs_again_with_its_root_only(ada: User, child: GraphDocument) -> None:  # noqa: F811
    document = build(
        {"a": input_node("a", 1), "sub": ("AgentExecutor", {"graph_id": child.id, "graph_version": 1})},
        ["a.result -> sub.a"],
    )
    inner = ran(ada, document).children.get()
    with pytest.raises(InputInvalid):
        retry(inner, ring=False)


def test_the_same_retry_twice_is_one_execution(ada: User) -> None:
    failed = ran(ada, three_through({"switch": "s"}))
    first, second = (retry(failed, key="k", request_digest="d", ring=False) for _ in range(2))
    assert first.id == second.id


@pytest.mark.parametrize("examples", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_stopped_anywhere_and_retried_it_ends_as_if_it_had_not_been_stopped(
    ada: User,
    child: GraphDocument,  # noqa: F811
    settings: LazySettings,
    examples: int,
) -> None:
    settings.NODES_IN_FLIGHT = 3
    settings.JOURNAL_LINGER_MILLISECONDS = 0
    _stop_and_retry_many(ada, child, examples)


def _stop_and_retry_many(ada: User, child: GraphDocument, examples: int) -> None:  # noqa: F811
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cases(), st.integers(0, 8))
    def attempt(case: Case, choice: int) -> None:
        plain = run(started(ada, document_of(case, child)))
        stopped = started(ada, document_of(case, child))
        if run_and_die(stopped, commits=case.deaths[0]):
            assert request_cancel(stopped).status == Status.TERMINATED
            if is_left(stopped):
                retried = run(retry(fresh(stopped), ring=False))
                assert seen(retried) == seen(plain)
                assert retried.cost - retried.fees <= plain.cost - plain.fees
        node_id = node_of(plain, f"n{choice % len(case.nodes)}")
        if node_id is not None:
            again = run(run_again(plain, from_node=node_id, ring=False))
            assert seen(again) == seen(plain)

    attempt()


def seen(execution: GraphExecution) -> dict[str, Any]:
    rows = NodeExecution.objects.filter(execution=execution).select_related("node")
    return {
        "outputs": {name: Counter(map(as_text, values)) for name, values in outputs(execution).items()},
        "nodes": Counter((row.node.metadata["customized_name"], row.status, as_text(row.inputs)) for row in rows),
        "status": execution.status,
        "is_paid": execution.cost == -sum(charges(execution)),
    }


def as_text(value: Any) -> str:
    """Equal for equal values, in whichever order the values of a dictionary came."""
    return json.dumps(value, sort_keys=True)


def is_left(execution: GraphExecution) -> bool:
    """Whether something was stopped; else it was stopped after everything had finished."""
    left = node_statuses(execution) - {Status.COMPLETED, Status.INCOMPLETE}
    if not left:
        with pytest.raises(NothingToRun):
            retry(fresh(execution), ring=False)
    return bool(left)


def node_statuses(execution: GraphExecution) -> set[str]:
    return set(NodeExecution.objects.filter(execution=execution).values_list("status", flat=True))


def node_of(execution: GraphExecution, name: str) -> UUID | None:
    rows = node_executions(execution, name)
    return rows[0].node_id if rows and statuses(rows[:1]) != [Status.INCOMPLETE] else None
