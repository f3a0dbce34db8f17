"""What an operator gives back for a node: the execution's costs follow the ledger, and the books still agree."""

import pytest

from accounts.models import User
from credits.audit import audit
from credits.errors import AlreadyReversed
from credits.ledger import charge
from credits.models import Account, Transaction
from credits.reversing import reverse_by_hand
from executor.errors import StillRunning
from executor.models import GraphExecution, NodeExecution
from executor.statuses import Status
from tests.executor.books import assert_books, charges
from tests.executor.building import build, meter
from tests.executor.running import fresh, node_executions, ran, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


def usage(execution: GraphExecution) -> list[Transaction]:
    rows = Transaction.objects.filter(execution=str(execution.id), reverses=None)
    return list(rows.order_by("seq"))


def test_costs_of_the_node_and_of_the_execution_follow(ada: User) -> None:
    execution = ran(ada, build({"m": meter(items=3), "n": meter(items=4)}))
    first, _ = usage(execution)
    reverse_by_hand(first, reason="It was our fault", actor=None)
    ended = fresh(execution)
    row = NodeExecution.objects.get(id=first.reference["node_execution"])
    assert (row.cost, row.stats["uncharged"]) == (0, "It was our fault")
    assert ended.cost == 7 + first.amount
    assert_books(ended)
    assert audit() == []


def test_giving_back_again_changes_nothing(ada: User) -> None:
    execution = ran(ada, build({"m": meter(items=3), "n": meter(items=4)}))
    (first, _), once = usage(execution), []
    for _ in range(2):
        once.append(reverse_by_hand(first, reason="It was our fault", actor=None).pk)
    assert once[0] == once[1]
    assert_books(fresh(execution))


def test_fee_is_given_back_too(ada: User) -> None:
    execution = ran(ada, build({"m": meter(items=3)}))
    account = Account.objects.get(user=ada)
    reference = {"execution": str(execution.id), "graph": str(execution.graph_id)}
    fee = charge(account, amount=1, key="execution-fee:1", reason="Execution fee", reference=reference)
    GraphExecution.objects.filter(id=execution.id).update(fees=1, cost=4)
    reverse_by_hand(fee, reason="Goodwill", actor=None)
    ended = fresh(execution)
    assert (ended.fees, ended.cost) == (0, 3)
    assert_books(ended)


def test_running_execution_gives_nothing_back(ada: User) -> None:
    execution = started(ada, build({"m": meter(items=3)}))
    GraphExecution.objects.filter(id=execution.id).update(status=Status.QUEUED)
    account = Account.objects.get(user=ada)
    charged = charge(account, amount=3, key="k", reason="", reference={"execution": str(execution.id)})
    with pytest.raises(StillRunning):
        reverse_by_hand(charged, reason="It was our fault", actor=None)
    assert charges(execution) == [-3]
    assert Account.objects.get(user=ada).balance == 997


@pytest.mark.parametrize("execution", ["", "no id", "0197f000-0000-7000-8000-000000000001"])
def test_what_no_execution_stands_on_is_just_reversed(ada: User, execution: str) -> None:
    account = Account.objects.get(user=ada)
    charged = charge(account, amount=3, key="k", reason="", reference={"execution": execution})
    assert reverse_by_hand(charged, reason="It was our fault", actor=None).amount == 3


def test_reversal_is_not_reversed(ada: User) -> None:
    (charged,) = usage(ran(ada, build({"m": meter(items=3)})))
    reversal = reverse_by_hand(charged, reason="It was our fault", actor=None)
    with pytest.raises(AlreadyReversed):
        reverse_by_hand(reversal, reason="It was not", actor=None)
    assert node_executions(fresh(GraphExecution.objects.get()), "m")[0].cost == 0
