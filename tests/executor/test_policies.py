"""What a node's policy makes of its failures and of its time: retries, time limits, and what a failure means."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import User
from executor.engine.policies import backoff
from executor.jobs import run_execution
from executor.journal import journal as journal_module
from executor.journal.batch import Batch, Written
from executor.journal.writer import Writer
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from graphs.document import GraphDocument
from graphs.policy import Policy
from tests.executor import blocks
from tests.executor.awaiting import until
from tests.executor.blocks import GATES, LOG
from tests.executor.books import assert_books, charges
from tests.executor.building import build, given, result, with_policy
from tests.executor.crashing import run_and_die
from tests.executor.running import fresh, node_executions, outputs, ran, run, started, statuses, store
from tests.executor.trying_blocks import FlakyBlock
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

#: Nobody waits longer for what should be instant.
SECONDS = 10
AT_ONCE: dict[str, Any] = {"retry_backoff_seconds": 0}
_logs = itertools.count()


@pytest.fixture
def ada() -> User:
    return make_user(credits=100_000)


def flaky(block: str = "Flaky", **constants: Any) -> tuple[str, dict[str, Any]]:
    return block, {"log": f"flaky {next(_logs)}", **constants}


def never() -> str:
    """A gate that nobody opens. Gates belong to the loop in which they were first waited at."""
    return f"never {next(_logs)} "


def alone(node: tuple[str, dict[str, Any]], **policy: Any) -> GraphDocument:
    """The node n with this policy, and what becomes of its outputs."""
    names = ["value", "error", *(["done"] if "Flaky" in node[0] else [])]
    links = [f"n.{name} -> {name}.value" for name in names]
    return with_policy(build({"n": node} | {name: result(name) for name in names}, links), "n", **policy)


def only(execution: GraphExecution, name: str = "n") -> NodeExecution:
    (row,) = node_executions(execution, name)
    return row


# --- retries


def test_a_block_is_tried_again_and_charged_once(ada: User) -> None:
    execution = ran(ada, alone(flaky(failures=2), retries=3, **AT_ONCE))
    row = only(execution)
    assert (row.status, row.error, row.attempt, row.stats["retries"]) == (Status.COMPLETED, "", 3, 2)
    assert outputs(execution) == {"value": [1], "done": [3]}
    assert (row.cost, charges(execution)) == (1, [-1])
    assert_books(execution)


def test_the_last_failure_counts_when_no_try_is_left(ada: User) -> None:
    execution = ran(ada, alone(flaky(failures=9), retries=2, **AT_ONCE))
    row = only(execution)
    assert (execution.status, row.status, row.error) == (Status.COMPLETED, Status.FAILED, "failure 3")
    assert (row.attempt, row.stats["retries"]) == (3, 2)
    assert outputs(execution) == {"value": [1], "error": ["failure 3"]}
    assert_books(execution)


def test_what_a_failed_try_has_asked_keeps_nobody_waiting(ada: User) -> None:
    execution = ran(ada, alone(("Doubtful", {"doubts": True}), retries=1, **AT_ONCE))
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"value": [1]})


def test_without_a_policy_nothing_is_tried_again(ada: User) -> None:
    execution = ran(ada, alone(flaky(failures=1)))
    row = only(execution)
    assert (row.status, row.attempt, "retries" in row.stats) == (Status.FAILED, 1, False)


def test_what_all_tries_have_used_is_paid_for(ada: User) -> None:
    execution = ran(ada, alone(flaky("MeteredFlaky", failures=2), retries=2, **AT_ONCE))
    row = only(execution)
    assert (row.status, row.stats["items"], row.cost) == (Status.COMPLETED, 3, 3)
    assert_books(execution)


def test_what_a_node_that_must_not_run_twice_asks_for_has_no_effect(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    execution = started(ada, alone(flaky(failures=1), retries=5, **AT_ONCE))
    monkeypatch.setattr(FlakyBlock, "effect", blocks.OnceBlock.effect)
    assert only(run(execution)).attempt == 1


@pytest.mark.parametrize(
    ("retry", "chance", "seconds"),
    [(1, 0, 2), (2, 0, 4), (3, 0, 8), (3, 1, 4), (3, 0.5, 6), (10, 0, 300), (10, 1, 150)],
)
def test_each_retry_waits_twice_as_long_up_to_a_limit(retry: int, chance: float, seconds: float) -> None:
    assert backoff(Policy(retries=10, retry_backoff_seconds=2), retry, chance) == seconds


class NotingWriter(Writer):
    def write(self, batches: Sequence[Batch]) -> list[Written]:
        written = super().write(batches)
        LOG["noted"].append("commit")
        return written


def test_a_retry_is_committed_before_it_begins(
    ada: User, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOURNAL_LINGER_MILLISECONDS = 500  # nothing is committed unless somebody waits for it
    monkeypatch.setattr(journal_module, "Writer", NotingWriter)
    LOG["noted"].clear()
    run_id = str(only(ran(ada, alone(flaky(failures=1, log="noted"), retries=1, **AT_ONCE))).id)
    first, second = (number for number, entry in enumerate(LOG["noted"]) if entry == run_id)
    assert "commit" in LOG["noted"][first:second]


def waiting_for_a_retry(execution: GraphExecution) -> Callable[[], bool]:
    return lambda: only(execution).stats.get("retries") == 1


def test_whoever_waits_for_a_retry_can_be_stopped_at_once(ada: User) -> None:
    execution = started(ada, alone(flaky(failures=1), retries=1, retry_backoff_seconds=300))

    async def stop_while_waiting() -> None:
        task = asyncio.create_task(run_execution(str(execution.id)))
        await until(waiting_for_a_retry(execution), task)
        row = await asyncio.to_thread(only, execution)
        assert (row.status, row.error) == (Status.RUNNING, "Try 1 failed: failure 1")
        await asyncio.to_thread(request_cancel, execution)
        await asyncio.wait_for(task, SECONDS)

    asyncio.run(stop_while_waiting())
    ended = fresh(execution)
    assert (ended.status, only(ended).status) == (Status.TERMINATED, Status.TERMINATED)
    assert_books(ended)


@pytest.mark.parametrize("is_inside", [False, True], ids=["alone", "in a sub-graph"])
def test_nothing_is_tried_again_once_something_else_has_failed_the_graph(ada: User, is_inside: bool) -> None:
    document = build(
        {"n": flaky(failures=1, log="ended"), "p": ("Pause", {"value": 1}), "bad": ("Explode", {})},
        ["p.value -> bad.value"],
    )
    document = with_policy(with_policy(document, "n", retries=1, retry_backoff_seconds=300), "bad", on_error="fail")
    if is_inside:
        store(ada, document)
        constants = {"graph_id": document.id, "graph_version": 1, "inputs": {}}
        document = build({"child": ("AgentExecutor", constants)})
    LOG["ended"].clear()
    execution = started(ada, document)
    asyncio.run(asyncio.wait_for(run_execution(str(execution.id)), SECONDS))
    graph = fresh(execution).descendants.get() if is_inside else fresh(execution)
    row = only(graph)
    assert (graph.status, graph.error_code, len(LOG["ended"])) == (Status.FAILED, "node_failed", 1)
    assert (row.status, row.error, row.attempt, row.stats["retries"]) == (Status.FAILED, "failure 1", 1, 0)
    assert_books(fresh(execution))


def test_whoever_dies_while_it_waits_for_a_retry_goes_on(ada: User, settings: LazySettings) -> None:
    settings.JOURNAL_LINGER_MILLISECONDS = 0
    for commits in itertools.count(1):
        execution = started(ada, alone(flaky(failures=1), retries=1, retry_backoff_seconds=300))
        assert run_and_die(execution, commits=commits)
        if waiting_for_a_retry(execution)():
            break
    ended = run(execution)
    row = only(ended)
    assert (row.status, row.stats["retries"], row.attempt, charges(ended)) == (Status.COMPLETED, 1, 3, [-1])
    assert outputs(ended)["value"] == [1]
    assert_books(ended)


# --- time limits


def test_a_try_that_takes_too_long_fails_and_says_which_limit(ada: User) -> None:
    node = ("Gate", {"value": 1, "gate": never(), "log": "late"})
    execution = ran(ada, alone(node, timeout_seconds=0.1))
    row = only(execution)
    assert (execution.status, row.status) == (Status.COMPLETED, Status.FAILED)
    assert row.error == "The block took longer than 0.1 seconds (timeout_seconds)."
    assert outputs(execution) == {"error": [row.error]}


def test_each_try_has_the_whole_time(ada: User) -> None:
    LOG["each try"].clear()
    node = ("Gate", {"value": 1, "gate": never(), "log": "each try"})
    row = only(ran(ada, alone(node, timeout_seconds=0.1, retries=2, **AT_ONCE)))
    assert (row.status, row.attempt, len(LOG["each try"])) == (Status.FAILED, 3, 3)
    assert "longer than 0.1 seconds" in row.error


def test_a_limit_that_the_user_has_shortened_does_not_make_the_work_free(ada: User) -> None:
    node = ("Gate", {"value": 1, "gate": never(), "log": "late"})
    execution = ran(ada, alone(node, timeout_seconds=0.1))
    assert "longer than 0.1 seconds" in only(execution).error
    assert (only(execution).cost, charges(execution)) == (1, [-1])
    assert_books(execution)


def test_a_limit_that_the_user_has_lengthened_does_not_make_it_free_either(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks.MeterBlock, "timeout_seconds", 0.1)
    free, paid = (
        ran(ada, with_policy(build({"n": ("Meter", {"items": 3, "gate": never()})}), "n", **policy))
        for policy in ({}, {"timeout_seconds": 0.3})
    )
    assert "longer than 0.1 seconds" in only(free).error
    assert "longer than 0.3 seconds" in only(paid).error
    assert (only(free).cost, only(paid).cost) == (0, 3)
    assert_books(free)
    assert_books(paid)


def test_a_node_may_take_longer_than_its_block_says(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks.PauseBlock, "timeout_seconds", 0.05)
    pause = ("Pause", {"value": 1, "seconds": 0.2})
    assert only(ran(ada, alone(pause))).status == Status.FAILED
    assert only(ran(ada, alone(pause, timeout_seconds=60))).status == Status.COMPLETED


def test_a_block_that_does_not_heed_its_time_limit_is_left_behind(ada: User) -> None:
    LOG["deaf"].clear()
    execution = started(ada, alone(("Stubborn", {"gate": "deaf", "log": "deaf"}), timeout_seconds=0.1))

    async def run_past_it() -> float:
        begun = time.monotonic()
        await asyncio.wait_for(run_execution(str(execution.id)), SECONDS)
        took = time.monotonic() - begun
        GATES["deaf"].set()
        await until(lambda: "emitted" in LOG["deaf"])
        return took

    took = asyncio.run(run_past_it())
    row = only(execution)
    assert took < 0.1 + 5
    assert (fresh(execution).status, row.status) == (Status.COMPLETED, Status.FAILED)
    assert "longer than 0.1 seconds" in row.error
    assert list(row.outputs.values_list("name", flat=True)) == ["error"]


def test_a_block_that_does_not_heed_a_stop_is_left_behind(ada: User) -> None:
    LOG["stopped"].clear()
    execution = started(ada, alone(("Stubborn", {"gate": "stopped", "log": "stopped"})))

    async def stop_it() -> float:
        task = asyncio.create_task(run_execution(str(execution.id)))
        await until(lambda: LOG["stopped"], task)
        await asyncio.to_thread(request_cancel, execution)
        begun = time.monotonic()
        await asyncio.wait_for(task, SECONDS)
        took = time.monotonic() - begun
        GATES["stopped"].set()
        await until(lambda: "emitted" in LOG["stopped"])
        return took

    assert asyncio.run(stop_it()) < 5
    assert (fresh(execution).status, only(execution).status) == (Status.TERMINATED, Status.TERMINATED)
    assert not only(execution).outputs.exists()


# --- what a failure means


def test_a_failure_is_routed_unless_the_policy_says_otherwise(ada: User) -> None:
    for policy in ({}, {"on_error": "route"}):
        execution = ran(ada, alone(flaky(failures=1), **policy))
        assert (execution.status, execution.error_code) == (Status.COMPLETED, "")
        assert outputs(execution) == {"value": [1], "error": ["failure 1"]}


def test_a_failure_that_fails_the_graph_lets_running_nodes_finish_and_starts_no_more(
    ada: User, settings: LazySettings
) -> None:
    settings.NODES_IN_FLIGHT = 2
    LOG["drained"].clear()
    gate = {"value": 1, "gate": "drained", "log": "drained"}
    document = build(
        {
            "running": ("Gate", gate),
            "bad": flaky(failures=1),
            "behind": ("Echo", {}),
            "after": ("Echo", {}),
            "error": result("error"),
        },
        ["running.value -> behind.value", "bad.value -> after.value", "bad.error -> error.value"],
    )
    execution = started(ada, with_policy(document, "bad", on_error="fail"))

    async def open_later() -> None:
        task = asyncio.create_task(run_execution(str(execution.id)))
        await until(lambda: fresh(execution).error_code != "", task)
        GATES["drained1"].set()
        await asyncio.wait_for(task, SECONDS)

    asyncio.run(open_later())
    ended = fresh(execution)
    assert (ended.status, ended.error_code) == (Status.FAILED, "node_failed")
    assert ended.error == "The node bad failed: failure 1"
    assert only(ended, "running").status == Status.COMPLETED
    assert {"start 1", "end 1"} <= {entry.rsplit(" ", 1)[0] for entry in LOG["drained"]}
    assert Status.COMPLETED not in statuses(node_executions(ended, "behind"))
    assert_books(ended)


def test_the_graph_goes_on_with_null_for_what_was_not_emitted(ada: User) -> None:
    execution = ran(ada, alone(flaky(failures=1), on_error="continue"))
    assert (execution.status, only(execution).status, only(execution).error) == (
        Status.COMPLETED,
        Status.FAILED,
        "failure 1",
    )
    assert outputs(execution) == {"value": [1], "error": ["failure 1"], "done": [None]}
    assert list(only(execution).outputs.values_list("name", flat=True)) == ["value", "error", "done"]
    assert execution.stats["node_error_count"] == 1


def test_null_goes_to_a_part_of_an_output_too(ada: User) -> None:
    document = build({"n": flaky(failures=1), "part": result("part")}, ["n.done_#_key -> part.value"])
    execution = ran(ada, with_policy(document, "n", on_error="continue"))
    assert outputs(execution) == {"part": [None]}


def draining(ada: User) -> GraphDocument:
    """A graph that runs another one, in which slow runs on when bad has failed it; then must not start."""
    pause = ("Pause", {"seconds": 0.5})
    child = build(
        {"a": given("a", 1), "bad": flaky(failures=99), "slow": pause, "then": pause},
        ["a.result -> bad.value", "a.result -> slow.value", "slow.value -> then.value"],
    )
    store(ada, with_policy(child, "bad", on_error="fail"))
    constants = {"graph_id": child.id, "graph_version": 1, "inputs": {"a": 1}}
    return build({"child": ("AgentExecutor", constants)})


def inside(ada: User, policy: dict[str, Any], parent_policy: dict[str, Any]) -> GraphDocument:
    """A graph that runs another one, whose node bad fails while slow runs."""
    child = build(
        {"a": given("a"), "bad": flaky(failures=99), "slow": ("Pause", {"value": 1, "seconds": 0.1}), "o": result("o")},
        ["a.result -> bad.value", "slow.value -> o.value"],
    )
    store(ada, with_policy(child, "bad", **policy))
    constants = {"graph_id": child.id, "graph_version": 1, "inputs": {"a": 1}}
    parent = build({"child": ("AgentExecutor", constants), "o": result("o")}, ["child.o -> o.value"])
    return with_policy(parent, "child", **parent_policy)


def test_a_sub_graph_that_fails_by_its_policy_fails_the_node_that_runs_it(ada: User) -> None:
    execution = ran(ada, inside(ada, {"on_error": "fail"}, {}))
    child = execution.descendants.get()
    assert (child.status, child.error_code, child.error) == (
        Status.FAILED,
        "node_failed",
        "The node bad failed: failure 1",
    )
    assert (execution.status, only(execution, "child").status) == (Status.COMPLETED, Status.FAILED)
    assert only(execution, "child").error == "The node bad failed: failure 1"
    assert only(child, "slow").status == Status.COMPLETED
    assert_books(execution)


def test_a_sub_graph_whose_node_fails_without_such_a_policy_goes_on(ada: User) -> None:
    execution = ran(ada, inside(ada, {}, {"on_error": "fail"}))
    assert (execution.status, execution.descendants.get().status) == (Status.COMPLETED, Status.COMPLETED)
    assert outputs(execution) == {"o": [2]}


def test_a_failure_goes_up_as_far_as_the_policies_say(ada: User) -> None:
    execution = ran(ada, inside(ada, {"on_error": "fail"}, {"on_error": "fail"}))
    assert (execution.status, execution.error_code) == (Status.FAILED, "node_failed")
    assert execution.error == "The node child failed: The node bad failed: failure 1"
    assert_books(execution)


@pytest.mark.parametrize(
    ("make", "in_flight"),
    [
        (lambda ada: alone(flaky(failures=99), on_error="continue"), 1),
        (lambda ada: alone(flaky(failures=99), on_error="fail"), 1),
        (lambda ada: inside(ada, {"on_error": "fail"}, {"on_error": "fail"}), 1),
        (lambda ada: inside(ada, {"on_error": "fail"}, {"on_error": "continue"}), 1),
        (draining, 2),
    ],
    ids=["continue", "fail", "fail inside", "fail inside, continue", "draining inside"],
)
def test_a_crash_at_any_moment_does_not_change_what_a_failure_means(
    ada: User, settings: LazySettings, make: Callable[[User], GraphDocument], in_flight: int
) -> None:
    settings.NODES_IN_FLIGHT = in_flight
    settings.JOURNAL_LINGER_MILLISECONDS = 0
    expected = facts(ran(ada, make(ada)))
    for commits in itertools.count():
        execution = started(ada, make(ada))
        if not run_and_die(execution, commits=commits):
            assert commits > 1
            return
        ended = run(execution)
        assert facts(ended) == expected, f"after {commits} commits"
        assert_books(ended)


def facts(execution: GraphExecution) -> tuple[Any, ...]:
    """What must not depend on crashes; how often a block has failed does."""
    rows = NodeExecution.objects.filter(execution__in=[execution, *execution.descendants.all()])
    named = sorted((row.node.metadata["customized_name"], row.status) for row in rows.select_related("node"))
    return execution.status, execution.error_code, execution.cost - execution.fees, sorted(outputs(execution)), named
