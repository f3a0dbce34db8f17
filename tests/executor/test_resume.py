"""Dying at any moment costs time and nothing else: each case is run through, then again dying after every commit."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet

from accounts.models import User
from credits.models import Account, Transaction
from executor.engine.restart import INTERRUPTED_MESSAGE
from executor.models import GraphExecution, NodeExecution, NodeOutput
from executor.statuses import TERMINAL, Status
from graphs.document import GraphDocument
from tests.executor.blocks import LOG
from tests.executor.building import build, given, result
from tests.executor.crashing import run_and_die
from tests.executor.running import fresh, node_executions, outputs, ran, run, started, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

FAN_OUT = 6


@pytest.fixture(autouse=True)
def _small_commits(settings: Any) -> None:
    settings.NODES_IN_FLIGHT = 1
    settings.JOURNAL_LINGER_MILLISECONDS = 0


def chain() -> GraphDocument:
    nodes: dict[str, Any] = {"n0": ("Pause", {"value": 0, "seconds": 0})}
    links = []
    for number in range(1, 6):
        kind = "Echo" if number % 2 else "Pause"
        nodes[f"n{number}"] = (kind, {} if kind == "Echo" else {"seconds": 0})
        links.append(f"n{number - 1}.value -> n{number}.value")
    return build({**nodes, "out": result("out")}, [*links, "n5.value -> out.value"])


def fan_out() -> GraphDocument:
    return build(
        {
            "many": ("Count", {"count": FAN_OUT}),
            "pause": ("Pause", {"seconds": 0}),
            "kept": given("kept", "k"),
            "pair": ("CreateDictionary", {"values": {}}),
            "out": result("out"),
        },
        [
            "many.number -> pause.value",
            "pause.value -> pair.values_#_n",
            "kept.result -> pair.values_#_k",
            "pair.dictionary -> out.value",
        ],
    )


def loop() -> GraphDocument:
    return build(
        {
            "many": ("Count", {"count": 4}),
            "pause": ("Pause", {"seconds": 0}),
            "start": ("CreateList", {"values": []}),
            "list": ("AddToList", {}),
            "out": result("out"),
        },
        [
            "many.number -> pause.value",
            "pause.value -> list.entry",
            "start.list -> list.list",
            "list.updated_list -> list.list",
            "list.updated_list -> out.value",
        ],
    )


def failing() -> GraphDocument:
    return build(
        {
            "bad": ("Explode", {"value": 1}),
            "pause": ("Pause", {"seconds": 0}),
            "out": result("out"),
            "error": result("error"),
        },
        ["bad.value -> pause.value", "pause.value -> out.value", "bad.error -> error.value"],
    )


def streaming() -> GraphDocument:
    return build(
        {"stream": ("Stream", {"count": 5}), "pause": ("Pause", {"seconds": 0}), "out": result("out")},
        ["stream.number -> pause.value", "pause.value -> out.value"],
    )


@pytest.fixture
def ada() -> User:
    return make_user(credits=100_000)


def _facts(execution: GraphExecution) -> dict[str, Any]:
    """What must not depend on crashes."""
    rows = NodeExecution.objects.filter(execution__in=[execution, *execution.descendants.all()])
    return {
        "status": execution.status,
        "outputs": outputs(execution),
        "cost": execution.cost - execution.fees,
        "nodes": Counter((row.node.metadata["customized_name"], row.status) for row in rows.select_related("node")),
        "stats": execution.stats,
    }


def nodes_charged(execution: GraphExecution) -> QuerySet[Transaction]:
    """Without the execution fee, which falls due in whichever execution has a user's hundredth node."""
    charged = Transaction.objects.filter(execution=str(execution.id))
    return charged.filter(key__startswith="node-execution:")


def _check_money(execution: GraphExecution) -> None:
    """Every node execution is charged once, and the account adds up."""
    charged = nodes_charged(execution).values_list("key", "amount")
    costs = NodeExecution.objects.filter(execution__in=[execution, *execution.descendants.all()], cost__gt=0)
    assert sorted(charged) == sorted((f"node-execution:{row.id}", -row.cost) for row in costs)
    account = Account.objects.get(user=execution.user)
    assert account.balance == sum(account.transactions.values_list("amount", flat=True))
    assert execution.cost == execution.fees + sum(-amount for _, amount in charged)


def _check_outputs(execution: GraphExecution) -> None:
    for row in NodeExecution.objects.filter(execution=execution):
        indexes = list(NodeOutput.objects.filter(node_execution=row).order_by("index").values_list("index", flat=True))
        assert indexes == list(range(len(indexes)))


def _dying_everywhere(start: Callable[[], GraphExecution]) -> None:
    plain = run(start())
    expected = _facts(plain)
    _check_money(plain)
    commits, died = 0, True
    while died:
        execution = start()
        died = run_and_die(execution, commits=commits)
        ended = run(execution) if died else fresh(execution)
        assert _facts(ended) == expected, f"after {commits} commits"
        _check_money(ended)
        _check_outputs(ended)
        commits += 1
    assert commits >= 3


@pytest.mark.parametrize("make", [chain, fan_out, loop, failing, streaming])
def test_a_crash_changes_nothing_but_time(ada: User, make: Callable[[], GraphDocument]) -> None:
    _dying_everywhere(lambda: started(ada, make()))


def test_a_sub_graph_goes_on_where_it_stopped(ada: User) -> None:
    child = build(
        {
            "item": given("item"),
            "pause": ("Pause", {"seconds": 0}),
            "more": ("Pause", {"seconds": 0}),
            "one": result("one"),
            "two": result("two"),
        },
        [
            "item.result -> pause.value",
            "pause.value -> one.value",
            "pause.value -> more.value",
            "more.value -> two.value",
        ],
    )
    store(ada, child)

    def start() -> GraphExecution:
        parent = build(
            {
                "many": ("Count", {"count": 2}),
                "child": ("AgentExecutor", {"graph_id": child.id, "graph_version": 1, "inputs": {}}),
                "one": result("one"),
                "two": result("two"),
            },
            ["many.number -> child.item", "child.one -> one.value", "child.two -> two.value"],
        )
        return started(ada, parent)

    _dying_everywhere(start)


def test_dying_again_and_again_still_ends(ada: User) -> None:
    execution = started(ada, chain())
    expected = _facts(ran(ada, chain()))
    times = 0
    while run_and_die(execution, commits=2):
        times += 1
    assert times >= 2
    assert _facts(fresh(execution)) == expected
    _check_money(fresh(execution))


def test_finished_nodes_do_not_run_again(ada: User) -> None:
    LOG["chain"].clear()
    document = build(
        {"a": ("Pause", {"value": 1, "seconds": 0, "log": "chain"}), "b": ("Pause", {"seconds": 0, "log": "chain"})},
        ["a.value -> b.value"],
    )
    execution = started(ada, document)
    assert run_and_die(execution, commits=2)
    run(execution)
    ends = Counter(entry for entry in LOG["chain"] if entry.startswith("end"))
    a = node_executions(execution, "a")[0]
    assert ends[f"end {a.id}"] == 1


def test_a_node_that_must_not_run_twice_ends_interrupted(ada: User) -> None:
    LOG["once"].clear()
    document = build(
        {"once": ("Once", {"value": 1, "log": "once"}), "error": result("error")}, ["once.error -> error.value"]
    )
    execution = started(ada, document)
    assert run_and_die(execution, commits=1)
    ended = run(execution)
    (row,) = node_executions(ended, "once")
    assert (row.status, row.error) == (Status.FAILED, INTERRUPTED_MESSAGE)
    assert outputs(ended) == {"error": [INTERRUPTED_MESSAGE]}
    assert len([entry for entry in LOG["once"] if entry.startswith("start")]) == 1
    assert ended.status in TERMINAL
