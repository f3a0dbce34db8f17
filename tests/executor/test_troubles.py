"""What goes wrong around a block must not go wrong with the execution: it ends, says why, and the money adds up."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError

from accounts.models import User
from credits.models import Transaction
from executor.errors import InputInvalid
from executor.jobs import run_execution
from executor.journal import journal as journal_module
from executor.journal.batch import Batch, Written
from executor.journal.writer import Writer
from executor.models import GraphExecution, NodeExecution
from executor.statuses import TERMINAL, Status
from executor.stopping.cancel import request_cancel
from graphs.document import GraphDocument
from graphs.models import Graph
from graphs.storage import write_version
from tests.executor.awaiting import until
from tests.executor.blocks import GATES, LOG, ExplodeBlock
from tests.executor.building import build, given, result
from tests.executor.crashing import run_and_die
from tests.executor.running import fresh, node_executions, outputs, ran, started, statuses, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 10
_numbers = itertools.count()


@pytest.fixture
def ada() -> User:
    return make_user(credits=100_000)


def run_in_time(execution: GraphExecution) -> GraphExecution:
    """Run it; whoever hangs fails."""

    async def bounded() -> None:
        await asyncio.wait_for(run_execution(str(execution.id)), SECONDS)

    asyncio.run(bounded())
    return fresh(execution)


def assert_over(execution: GraphExecution) -> None:
    """Nothing of it, and nothing inside it, looks as if it still ran; and its cost is what the ledger says."""
    graphs = [execution, *execution.descendants.all()]
    assert all(graph.status in TERMINAL for graph in graphs)
    assert not NodeExecution.objects.filter(execution__in=graphs, status__in=[Status.QUEUED, Status.RUNNING]).exists()
    charged = Transaction.objects.filter(execution=str(execution.id)).values_list("amount", flat=True)
    costs = NodeExecution.objects.filter(execution__in=graphs).values_list("cost", flat=True)
    assert execution.cost == -sum(charged) == sum(costs) + execution.fees


def parent_of(
    child: GraphDocument, *, version: int | None = 1, links: Sequence[str] = (), **more: Any
) -> GraphDocument:
    """A graph that runs another one with the input a = 1."""
    constants = {"graph_id": child.id, "graph_version": version, "inputs": {"a": 1}}
    return build({"child": ("AgentExecutor", constants), **more}, list(links))


# --- values that cannot be kept


@pytest.mark.parametrize("message", ["half a pair: \ud800", "a NUL: \x00"])
def test_an_error_text_that_databases_refuse_is_cleaned(
    ada: User, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: Any, input: Any, context: Any) -> Any:
        raise ValueError(message)
        yield

    monkeypatch.setattr(ExplodeBlock, "run", fail)
    execution = run_in_time(started(ada, build({"bad": ("Explode", {"value": 1})})))
    (row,) = node_executions(execution, "bad")
    assert (execution.status, row.status) == (Status.COMPLETED, Status.FAILED)
    assert row.error.startswith(message[:5])


def test_an_output_with_a_name_that_is_too_long_fails_its_node(ada: User) -> None:
    child = build({"a": given("a"), "out": result("n" * 600)}, ["a.result -> out.value"])
    store(ada, child)
    execution = run_in_time(started(ada, parent_of(child)))
    (row,) = node_executions(execution, "child")
    assert row.status == Status.FAILED
    assert "600 characters; 500 are allowed" in row.error
    assert_over(execution)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (nested(600), "more than 64 deep"),
        (float("inf"), "not finite"),
        ({"n": [float("nan")]}, "not finite"),
        (["a\x00b"], "cannot be stored"),
        ({"\ud800": 1}, "cannot be stored"),
    ],
)
def test_an_input_that_cannot_be_kept_is_refused(ada: User, value: Any, told: str) -> None:
    document = build({"a": given("a"), "out": result("out")}, ["a.result -> out.value"])
    with pytest.raises(InputInvalid, match=told):
        started(ada, document, {"a": value})
    assert GraphExecution.objects.count() == 0


@pytest.mark.parametrize(("depth", "status"), [(64, Status.COMPLETED), (65, Status.FAILED), (200, Status.FAILED)])
def test_an_output_may_be_so_deep_and_no_deeper(ada: User, depth: int, status: Status) -> None:
    (row,) = node_executions(ran(ada, build({"a": ("Echo", {"value": nested(depth)})})), "a")
    assert (row.status, "nested more than 64 deep" in row.error) == (status, status == Status.FAILED)


def test_inputs_that_are_too_large_are_refused_with_the_limit(ada: User, settings: LazySettings) -> None:
    settings.INPUT_MAX_BYTES = 100
    document = build({"a": given("a"), "out": result("out")}, ["a.result -> out.value"])
    with pytest.raises(InputInvalid, match="the limit is 100"):
        started(ada, document, {"a": "x" * 200})


class ChokingWriter(Writer):
    """Cannot write one of the executions, for a reason that no database gave."""

    def __init__(self, victim: GraphExecution) -> None:
        super().__init__()
        self.victim = victim

    def _apply(self, batches: Sequence[Batch], *, again: bool = False) -> list[Written]:
        if any(batch.claim.execution_id == self.victim.id for batch in batches):
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        return super()._apply(batches, again=again)


def test_changes_that_cannot_be_written_fail_their_own_execution(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    execution = started(ada, build({"echo": ("Echo", {"value": 1})}))
    monkeypatch.setattr(journal_module, "Writer", lambda: ChokingWriter(execution))
    ended = run_in_time(execution)
    assert (ended.status, ended.error_code) == (Status.FAILED, "journal_failed")
    assert "surrogates not allowed" in ended.error
    assert_over(ended)


def test_a_database_that_does_not_answer_once_costs_nothing(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    LOG["hiccup"].clear()
    asked: list[int] = []

    def hiccup(execution_ids: Any) -> set[Any]:
        asked.append(1)
        GATES["hiccup1"].set()
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(journal_module, "cancelled", hiccup)
    execution = run_in_time(started(ada, build({"p": ("Once", {"value": 1, "gate": "hiccup", "log": "hiccup"})})))
    assert asked
    assert (execution.status, statuses(node_executions(execution, "p"))) == (Status.COMPLETED, [Status.COMPLETED])


# --- stopping


def test_nodes_that_had_not_begun_end_with_the_execution(ada: User, settings: LazySettings) -> None:
    settings.NODE_EXECUTIONS_MAX = 6
    execution = run_in_time(
        started(ada, build({"many": ("Count", {"count": 10}), "p": ("Pause", {})}, ["many.number -> p.value"]))
    )
    assert (execution.status, execution.error_code) == (Status.FAILED, "node_limit")
    assert_over(execution)


def test_a_limit_that_is_reached_in_a_sub_graph_ends_both(ada: User, settings: LazySettings) -> None:
    settings.NODE_EXECUTIONS_MAX = 7
    child = build({"a": given("a"), "many": ("Count", {"count": 10}), "p": ("Pause", {})}, ["many.number -> p.value"])
    store(ada, child)
    execution = run_in_time(started(ada, parent_of(child)))
    assert (execution.status, execution.error_code) == (Status.FAILED, "node_limit")
    assert_over(execution)


async def _cancelled_from_inside(self: Any, input: Any, context: Any) -> Any:
    yield "value", 1
    broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    broken.cancel()
    await broken


def test_a_cancellation_from_inside_a_block_fails_the_node(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExplodeBlock, "run", _cancelled_from_inside)
    child = build({"a": given("a"), "x": ("Explode", {})}, ["a.result -> x.value"])
    store(ada, child)
    execution = run_in_time(started(ada, parent_of(child)))
    assert execution.status == Status.COMPLETED
    assert statuses(node_executions(execution.descendants.get(), "x")) == [Status.FAILED]
    assert_over(execution)


def test_whoever_runs_out_of_credits_can_still_be_stopped() -> None:
    LOG["drain"].clear()
    poor = make_user("poor@example.org", credits=1)
    slow = ("Gate", {"value": 1, "gate": "never-drained-", "log": "drain"})
    execution = started(poor, build({"slow": slow, "second": ("Pause", {"value": 1})}))

    async def stop_while_draining() -> None:
        task = asyncio.create_task(run_execution(str(execution.id)))
        await until(lambda: LOG["drain"], task)
        await asyncio.to_thread(request_cancel, execution)
        await asyncio.wait_for(task, SECONDS)

    asyncio.run(stop_while_draining())
    assert fresh(execution).status == Status.TERMINATED
    assert_over(fresh(execution))


class SlowWriter(Writer):
    def write(self, batches: Sequence[Batch]) -> list[Written]:
        time.sleep(0.2)
        return super().write(batches)


@pytest.mark.parametrize("credits", [1, 100])
@pytest.mark.parametrize("after", [0.02, 0.3, 0.5])
def test_stopping_while_a_charge_is_on_its_way_keeps_the_books(
    credits: int, after: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "Writer", SlowWriter)
    user = make_user(f"user{next(_numbers)}@example.org", credits=credits)
    document = build(
        {"many": ("Count", {"count": 2}), "gate": ("Gate", {"gate": f"never-{user.id}-", "log": "books"})},
        ["many.number -> gate.value"],
    )
    execution = started(user, document)

    async def stop_soon() -> None:
        task = asyncio.create_task(run_execution(str(execution.id)))
        await asyncio.sleep(after)
        await asyncio.to_thread(request_cancel, execution)
        await asyncio.wait_for(task, SECONDS)

    asyncio.run(stop_soon())
    assert fresh(execution).status == Status.TERMINATED
    assert_over(fresh(execution))


# --- dying


@pytest.fixture
def _small_commits(settings: LazySettings) -> None:
    settings.NODES_IN_FLIGHT = 1
    settings.JOURNAL_LINGER_MILLISECONDS = 0


def dying_everywhere(start: Callable[[], GraphExecution]) -> None:
    plain = run_in_time(start())
    expected = (plain.status, plain.error_code, outputs(plain))
    for commits in itertools.count():
        execution = start()
        if not run_and_die(execution, commits=commits):
            return
        ended = run_in_time(execution)
        assert (ended.status, ended.error_code, outputs(ended)) == expected, f"after {commits} commits"
        assert_over(ended)


@pytest.mark.usefixtures("_small_commits")
def test_a_static_value_into_a_sub_graph_survives_a_crash(ada: User) -> None:
    child = build(
        {
            "a": given("a"),
            "b": given("b"),
            "pause": ("Pause", {"seconds": 0}),
            "pair": ("CreateDictionary", {}),
            "o": result("o"),
        },
        [
            "a.result -> pause.value",
            "pause.value -> pair.values_#_a",
            "b.result -> pair.values_#_b",
            "pair.dictionary -> o.value",
        ],
    )
    store(ada, child)
    constants = {"graph_id": child.id, "graph_version": 1, "inputs": {}}

    def start() -> GraphExecution:
        document = build(
            {
                "kept": given("kept", "k"),
                "many": ("Count", {"count": 3}),
                "pause": ("Pause", {"seconds": 0}),
                "child": ("AgentExecutor", constants),
                "o": result("o"),
            },
            ["many.number -> pause.value", "pause.value -> child.a", "kept.result -> child.b", "child.o -> o.value"],
        )
        return started(ada, document)

    assert len(outputs(run_in_time(start()))["o"]) == 3
    dying_everywhere(start)


@pytest.mark.usefixtures("_small_commits")
def test_a_sub_graph_whose_node_has_ended_ends_too(ada: User) -> None:
    pause = ("Pause", {"seconds": 0})
    child = build(
        {"a": given("a"), "error": result("error"), "p": pause, "q": pause, "r": pause},
        ["a.result -> error.value", "a.result -> p.value", "p.value -> q.value", "q.value -> r.value"],
    )
    store(ada, child)
    links = ["child.error -> o.value"]
    plain = run_in_time(started(ada, parent_of(child, links=links, o=result("o"))))
    assert (plain.status, outputs(plain)) == (Status.COMPLETED, {"o": ["1"]})
    assert plain.descendants.get().status == Status.TERMINATED
    dying_everywhere(lambda: started(ada, parent_of(child, links=links, o=result("o"))))


@pytest.mark.usefixtures("_small_commits")
def test_a_new_version_of_a_sub_graph_does_not_disturb_those_that_run(ada: User) -> None:
    pause = ("Pause", {"seconds": 0})
    links = ["a.result -> p.value", "p.value -> q.value", "q.value -> o.value"]
    nodes = {"a": given("a"), "p": pause, "q": pause, "o": result("o")}
    first = build(nodes, links)
    graph = store(ada, first).graph
    execution = started(ada, parent_of(first, version=None, links=["child.o -> o.value"], o=result("o")))
    assert run_and_die(execution, commits=3)
    write_version(graph, replace(build(nodes, links), id=first.id, version=2))
    Graph.objects.filter(id=graph.id).update(active_version=2)
    ended = run_in_time(execution)
    assert (ended.status, outputs(ended), ended.error) == (Status.COMPLETED, {"o": [3]}, "")


def test_the_reason_to_stop_survives_a_crash(ada: User) -> None:
    slow = ("Pause", {"value": 1, "seconds": 0.1})
    dying_everywhere(lambda: started(ada, build({"p": slow, "q": ("Pause", {"value": 1, "seconds": 0})}), max_cost=1))


def test_a_stream_faster_than_the_journal_is_held_back(ada: User, settings: LazySettings) -> None:
    settings.NODE_OUTPUTS_MAX = 20_000
    execution = ran(ada, build({"many": ("Count", {"count": 20_000})}))
    assert (execution.status, node_executions(execution, "many")[0].outputs.count()) == (Status.COMPLETED, 20_000)
