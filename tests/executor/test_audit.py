"""The audit compares what executions say that they cost with what the ledger took for them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from accounts.models import User
from credits import holds
from credits.audit import audit, audit_and_freeze
from credits.ledger import charge
from credits.models import Account, Hold
from executor.audit.agreeing import Books, Graph, Node, book_faults
from executor.audit.priced import PriceHistory
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from reliability.ids import uuid7
from tests.executor.building import build, given, many_pauses, meter
from tests.executor.crashing import run_and_die, started_and_dead
from tests.executor.running import fresh, node_executions, ran, run, started, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def paid(ada: User, settings: LazySettings) -> GraphExecution:
    """Three nodes of one credit, one metered at two, one free, and two fees."""
    settings.EXECUTION_FEE_EVERY = 3
    nodes = {"many": ("Count", {"count": 3}), "p": ("Pause", {"seconds": 0}), "m": meter(items=2)}
    execution = ran(ada, build(nodes, ["many.number -> p.value"]))
    assert (execution.status, execution.cost, execution.fees) == (Status.COMPLETED, 6, 1)
    return execution


def problems(*, strict: bool = False) -> list[str]:
    return [str(fault) for fault in audit(strict=strict)]


def of(execution: GraphExecution, name: str) -> NodeExecution:
    return node_executions(execution, name)[0]


# --- what is sound


def test_executions_that_have_ended_agree_with_the_ledger(ada: User, paid: GraphExecution) -> None:
    poor = make_user("grace@example.org", credits=8)
    ran(poor, build({"m": meter(items=20, asks=False)}))
    ran(ada, build({"m": meter(items=0)}))
    ran(ada, build({"m": meter(items=2, message="broken")}))
    ran(ada, many_pauses(20), max_cost=7)
    assert problems() == problems(strict=True) == []


@pytest.mark.parametrize("commits", range(0, 12, 2))
def test_what_a_crash_leaves_is_sound_at_every_commit(ada: User, settings: LazySettings, commits: int) -> None:
    """Rows and ledger are written together, so even a strict audit finds nothing in what is cut off."""
    settings.EXECUTION_FEE_EVERY = 2
    child = build({"item": given("item"), "p": ("Pause", {"seconds": 0})}, ["item.result -> p.value"])
    store(ada, child)
    nodes = {
        "many": ("Count", {"count": 3}),
        "child": ("AgentExecutor", {"graph_id": child.id, "graph_version": 1, "inputs": {}}),
        "m": meter(items=6, steps=2),
    }
    execution = started(ada, build(nodes, ["many.number -> child.item"]))
    died = run_and_die(execution, commits=commits)
    assert problems() == problems(strict=True) == []
    if died:
        run(execution)
    assert fresh(execution).status == Status.COMPLETED
    assert problems() == problems(strict=True) == []


# --- what is not


def test_a_cost_that_the_ledger_did_not_take_is_found(paid: GraphExecution) -> None:
    node = of(paid, "p")
    NodeExecution.objects.filter(id=node.id).update(cost=2)
    assert problems() == [
        f"ada@example.org: execution {paid.id}: node execution {node.id} says that it cost 2, the ledger took 1",
        f"ada@example.org: execution {paid.id}: execution {paid.id} says that it cost 6, what is inside it cost 7",
    ]


def test_fees_that_the_ledger_did_not_take_are_found(paid: GraphExecution) -> None:
    GraphExecution.objects.filter(id=paid.id).update(fees=3, cost=8)
    assert problems() == [
        f"ada@example.org: execution {paid.id}: execution {paid.id} says that its fees were 3, the ledger took 1"
    ]


def test_a_started_node_of_a_priced_block_without_charge_or_reason_is_found(ada: User) -> None:
    execution = ran(ada, build({"m": meter(items=0)}))
    node = of(execution, "m")
    assert node.stats["uncharged"]
    NodeExecution.objects.filter(id=node.id).update(stats={})
    assert problems() == [
        f"ada@example.org: execution {execution.id}: node execution {node.id} has started, and was neither charged "
        "nor says why not"
    ]


def test_a_charge_for_a_node_that_never_started_is_found(paid: GraphExecution) -> None:
    node = of(paid, "p")
    NodeExecution.objects.filter(id=node.id).update(attempt=0)
    assert problems() == [
        f"ada@example.org: execution {paid.id}: node execution {node.id} was charged and has never started"
    ]


def test_a_second_charge_for_a_node_is_found(ada: User, paid: GraphExecution) -> None:
    node = of(paid, "p")
    reference = {"execution": str(paid.id), "node_execution": str(node.id)}
    charge(Account.objects.get(user=ada), amount=1, key="again", reason="Twice", reference=reference)
    found = problems()
    assert f"ada@example.org: execution {paid.id}: node execution {node.id} was charged more than once" in found


def test_a_charge_for_a_node_that_is_not_there_is_found(ada: User, paid: GraphExecution) -> None:
    stranger = uuid7()
    reference = {"execution": str(paid.id), "node_execution": str(stranger)}
    charge(Account.objects.get(user=ada), amount=1, key="stray", reason="Stray", reference=reference)
    assert problems() == [
        f"ada@example.org: execution {paid.id}: the ledger has a charge for node execution {stranger}, which is not "
        "part of it"
    ]


def test_a_charge_to_another_user_is_found(paid: GraphExecution) -> None:
    grace = make_user("grace@example.org")
    reference = {"execution": str(paid.id), "node_execution": str(of(paid, "p").id)}
    charge(Account.objects.get(user=grace), amount=1, key="stray", reason="Stray", reference=reference)
    assert any("1 credits were taken from another user's account" in problem for problem in problems())


@pytest.mark.parametrize("known", [True, False])
def test_a_hold_that_outlives_its_execution_is_found(ada: User, paid: GraphExecution, known: bool) -> None:
    set_aside = holds.hold(Account.objects.get(user=ada), amount=5, key="stale", expires_at=NOON)
    execution_id = paid.id if known else uuid7()
    Hold.objects.filter(pk=set_aside.pk).update(execution_id=execution_id)
    assert problems() == [
        f"ada@example.org: hold stale is open, and execution {execution_id} has ended or does not exist"
    ]


def test_node_executions_that_are_counted_too_few_are_found(ada: User, paid: GraphExecution) -> None:
    Account.objects.filter(user=ada).update(node_executions=3)
    assert problems() == ["ada@example.org: 3 node executions are counted, the executions have 5"]


def test_such_faults_freeze_nobody(paid: GraphExecution) -> None:
    GraphExecution.objects.filter(id=paid.id).update(cost=9)
    assert audit_and_freeze()
    assert not Account.objects.exclude(frozen_at=None).exists()


@pytest.mark.parametrize(("on_hold", "faults"), [(True, 0), (False, 1)])
def test_a_node_whose_cost_is_open_or_could_not_be_paid_need_not_be_charged(on_hold: bool, faults: int) -> None:
    root, node = uuid7(), uuid7()
    books = Books(
        user_id=uuid7(),
        graphs=[Graph(id=root, parent_id=None, cost=0, fees=0)],
        nodes=[Node(id=node, graph_id=root, attempt=1, cost=0, stats={}, was_priced=True)],
        took=[],
        on_hold=frozenset({str(node)} if on_hold else ()),
    )
    assert len(list(book_faults(books))) == faults


# --- what is still running


def test_only_a_strict_audit_looks_at_what_has_not_ended(ada: User) -> None:
    execution = started_and_dead(ada, running_gate())
    GraphExecution.objects.filter(id=execution.id).update(cost=77)
    assert problems() == []
    assert problems(strict=True) == [
        f"ada@example.org: execution {execution.id}: execution {execution.id} says that it cost 77, what is inside it "
        "cost 1"
    ]


def running_gate() -> GraphDocument:
    return build({"slow": ("Gate", {"value": 1, "gate": "never-strict", "log": "strict"})})


# --- prices


@pytest.mark.parametrize(
    ("since", "until", "priced"),
    [
        (-1, 1, False),  # before its first version nobody knows
        (1, 5, True),
        (1, 10, False),  # it became free meanwhile
        (11, 15, False),
        (19, 21, False),
        (20, 25, True),
    ],
)
def test_a_block_was_priced_only_if_it_was_all_the_time(since: int, until: int, priced: bool) -> None:
    at = [NOON + timedelta(minutes=minutes) for minutes in (0, 10, 20)]
    history = PriceHistory({"b": [(at[0], True), (at[1], False), (at[2], True)]})
    moments = {"since": NOON + timedelta(minutes=since), "until": NOON + timedelta(minutes=until)}
    assert history.was_priced("b", **moments) is priced
    assert not history.was_priced("unknown", **moments)
