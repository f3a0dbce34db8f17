"""What one execution may take: all is well at each limit, one more is refused, and the error names the limit."""

import itertools
from collections.abc import Callable

import pytest
from django.conf import LazySettings

from accounts.models import User
from executor.jobs import limits
from executor.launching.again import retry
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from tests.executor.books import assert_books, charges
from tests.executor.building import build, given, result, with_policy
from tests.executor.crashing import run_and_die
from tests.executor.running import node_executions, outputs, ran, run, started, statuses, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

_gates = itertools.count()


@pytest.fixture
def ada() -> User:
    return make_user(credits=100_000)


def fan_out(count: int) -> GraphDocument:
    """1 + count node executions."""
    return build({"many": ("Count", {"count": count}), "echo": ("Echo", {})}, ["many.number -> echo.value"])


def assert_refused(execution: GraphExecution, code: str, *told: str) -> None:
    assert (execution.status, execution.error_code) == (Status.FAILED, code)
    assert [text for text in told if text not in execution.error] == []
    assert_books(execution)


def test_node_executions_of_an_execution(ada: User, settings: LazySettings) -> None:
    settings.NODE_EXECUTIONS_MAX = 4
    assert ran(ada, fan_out(3)).status == Status.COMPLETED
    assert_refused(ran(ada, fan_out(4)), "node_limit", "4", "NODE_EXECUTIONS_MAX")


def test_executions_of_one_node(ada: User, settings: LazySettings) -> None:
    settings.NODE_LOOPS_MAX = 3
    assert ran(ada, fan_out(3)).status == Status.COMPLETED
    assert_refused(ran(ada, fan_out(4)), "loop_limit", "The node echo", "3 times", "NODE_LOOPS_MAX")


def test_a_loop_without_an_end_ends(ada: User, settings: LazySettings) -> None:
    settings.NODE_LOOPS_MAX = 20
    nodes = {"start": ("Echo", {"value": 1}), "a": ("Echo", {})}
    document = build(nodes, ["start.value -> a.value", "a.value -> a.value"])
    assert_refused(ran(ada, document), "loop_limit", "The node a")


def running_graphs(ada: User, times: int) -> GraphDocument:
    """A graph that runs another one so often; that one runs its node twice."""
    child = build(
        {"a": given("a"), "many": ("Count", {"count": 2}), "echo": ("Echo", {}), "o": result("o")},
        ["a.result -> many.trigger", "many.number -> echo.value", "echo.value -> o.value"],
    )
    store(ada, child)
    constants = {"graph_id": child.id, "graph_version": 1, "inputs": {}}
    return build(
        {"many": ("Count", {"count": times}), "child": ("AgentExecutor", constants), "o": result("o")},
        ["many.number -> child.a", "child.o -> o.value"],
    )


def test_executions_of_a_node_are_counted_in_each_sub_graph_by_itself(ada: User, settings: LazySettings) -> None:
    settings.NODE_LOOPS_MAX = 4
    execution = ran(ada, running_graphs(ada, 2))
    assert (execution.status, execution.descendants.count(), len(outputs(execution)["o"])) == (Status.COMPLETED, 2, 4)


def test_sub_graphs_of_a_graph(ada: User, settings: LazySettings) -> None:
    settings.SUBGRAPH_MAX_CHILDREN = 2
    assert statuses(node_executions(ran(ada, running_graphs(ada, 2)), "child")) == [Status.COMPLETED] * 2
    execution = ran(ada, running_graphs(ada, 3))
    rows = node_executions(execution, "child")
    assert sorted(statuses(rows)) == [Status.COMPLETED, Status.COMPLETED, Status.FAILED]
    assert [row.error for row in rows if row.error] == [
        "A graph may run 2 sub-graphs in one execution (SUBGRAPH_MAX_CHILDREN)."
    ]


def test_outputs_of_a_node_execution(ada: User, settings: LazySettings) -> None:
    settings.NODE_OUTPUTS_MAX = 3
    (row,) = node_executions(ran(ada, fan_out(3)), "many")
    assert row.status == Status.COMPLETED
    execution = ran(ada, with_policy(fan_out(4), "many", retries=3, retry_backoff_seconds=0))
    (row,) = node_executions(execution, "many")
    assert (execution.status, row.status, row.attempt) == (Status.COMPLETED, Status.FAILED, 1)
    assert row.error == "The block has more than 3 outputs, the limit (NODE_OUTPUTS_MAX)."
    assert len(node_executions(execution, "echo")) == 3


@pytest.mark.parametrize(("text", "size"), [("x" * 10, 12), ("é" * 10, 22)])
def test_bytes_of_all_outputs(ada: User, settings: LazySettings, text: str, size: int) -> None:
    document = {"a": ("Echo", {"value": text}), "b": ("Echo", {"value": text})}
    settings.EXECUTION_STATE_MAX_BYTES = 2 * size
    assert ran(ada, build(document)).status == Status.COMPLETED
    settings.EXECUTION_STATE_MAX_BYTES = 2 * size - 1
    assert_refused(ran(ada, build(document)), "state_limit", f"{2 * size - 1} bytes", "EXECUTION_STATE_MAX_BYTES")


def three_texts() -> GraphDocument:
    """Three times six bytes."""
    return build({f"g{number}": ("Gate", {"value": "xxxx", "log": "limits"}) for number in range(3)})


def endless() -> GraphDocument:
    """A loop in which each turn is a commit."""
    nodes = {"start": ("Pause", {"value": 1, "seconds": 0}), "p": ("Pause", {"seconds": 0})}
    return build(nodes, ["start.value -> p.value", "p.value -> p.value"])


@pytest.mark.parametrize(
    ("name", "most", "code", "make"),
    [
        ("EXECUTION_STATE_MAX_BYTES", 17, "state_limit", three_texts),
        ("NODE_LOOPS_MAX", 2, "loop_limit", endless),
    ],
)
def test_a_limit_counts_what_an_earlier_owner_has_made(
    ada: User, settings: LazySettings, name: str, most: int, code: str, make: Callable[[], GraphDocument]
) -> None:
    settings.NODES_IN_FLIGHT = 1
    settings.JOURNAL_LINGER_MILLISECONDS = 0
    setattr(settings, name, most)
    made = ran(ada, make()).node_executions.count()
    for commits in itertools.count():
        execution = started(ada, make())
        if not run_and_die(execution, commits=commits):
            assert commits > 1
            return
        assert_refused(run(execution), code)
        assert execution.node_executions.count() == made, f"after {commits} commits"


# --- time


def waiting() -> GraphDocument:
    """At a gate that nobody opens."""
    return build({"slow": ("Gate", {"value": 1, "gate": f"limits {next(_gates)} ", "log": "limits"})})


def test_the_time_that_an_execution_was_given(ada: User) -> None:
    execution = ran(ada, waiting(), max_seconds=1)
    assert_refused(execution, "duration_limit", "1 seconds", "max_seconds")
    assert node_executions(execution, "slow")[0].cost == 1  # the user's own limit makes nothing free


def test_the_lower_of_two_time_limits_counts(ada: User, settings: LazySettings) -> None:
    settings.EXECUTION_MAX_SECONDS = 1
    execution = ran(ada, waiting(), max_seconds=3600)
    assert_refused(execution, "time_limit", "1 seconds", "EXECUTION_MAX_SECONDS")
    assert sum(charges(execution)) == 0


def test_enough_time_changes_nothing(ada: User) -> None:
    assert ran(ada, fan_out(3), max_seconds=60).status == Status.COMPLETED


@pytest.mark.parametrize(("wished", "seconds"), [(86_400, 86_400), (86_401, 86_400), (60, 60)])
def test_no_execution_runs_for_more_than_a_day(settings: LazySettings, wished: int, seconds: int) -> None:
    settings.EXECUTION_MAX_SECONDS = wished
    assert limits().seconds == seconds


def test_an_execution_that_runs_again_does_not_begin_anew_with_its_state(ada: User, settings: LazySettings) -> None:
    settings.EXECUTION_STATE_MAX_BYTES = 3000
    nodes = {f"n{i}": ("Echo", {"value": "x" * 1000}) for i in range(4)}
    first = ran(ada, build({**nodes, "more": ("Echo", {})}, ["n3.value -> more.value"]))
    assert first.error_code == "state_limit"
    for _ in range(2):
        first = run(retry(first))
        assert_refused(first, "state_limit", "EXECUTION_STATE_MAX_BYTES")
    assert sum(len(rows) for rows in (node_executions(first, name) for name in nodes)) == 4
