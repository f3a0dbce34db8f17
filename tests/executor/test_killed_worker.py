"""The promise in full: a real worker process is killed in the middle, another goes on, and nothing happens twice."""

from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import User
from credits.models import Account, Transaction
from executor.models import NodeExecution
from executor.statuses import TERMINAL, Status
from graphs.document import GraphDocument
from tests.executor.building import build, result
from tests.executor.processes import kill, process
from tests.executor.running import fresh, outputs, started
from tests.factories import make_user
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

NODES = 40
KILL_AFTER = (pytest.param(5, marks=pytest.mark.slow), 20, pytest.param(33, marks=pytest.mark.slow))


@pytest.fixture
def ada() -> User:
    return make_user()


def chain(log: Path) -> GraphDocument:
    """40 nodes of one credit each, with an output behind them."""
    constants = {"seconds": 0.02, "log": str(log)}
    nodes = {f"n{i}": ("Pause", {**constants, **({"value": 0} if i == 0 else {})}) for i in range(NODES)}
    links = [f"n{i}.value -> n{i + 1}.value" for i in range(NODES - 1)]
    return build({**nodes, "out": result("out")}, [*links, f"n{NODES - 1}.value -> out.value"])


def finished(log: Path) -> list[str]:
    return [line for line in log.read_text().splitlines() if line.startswith("end")] if log.exists() else []


@pytest.mark.parametrize("kill_after", KILL_AFTER)
def test_a_killed_worker_costs_only_time(ada: User, redis_url: str, tmp_path: Path, kill_after: int) -> None:
    log = tmp_path / "log"
    execution = started(ada, chain(log))
    with process("clock"):
        with process("rqworker") as first:
            wait_until(lambda: len(finished(log)) >= kill_after)
            kill(first)
        assert fresh(execution).status == Status.RUNNING
        with process("rqworker"):
            wait_until(lambda: fresh(execution).status in TERMINAL, seconds=30)
    ended = fresh(execution)
    assert (ended.status, outputs(ended), ended.fence) == (Status.COMPLETED, {"out": [NODES]}, 2)
    ends = Counter(finished(log))
    again = [line for line, count in ends.items() if count > 1]
    assert len(ends) == NODES
    assert len(again) <= 1, "only the node in flight may repeat"
    _assert_charged_once(ada, execution.id)


def _assert_charged_once(ada: User, execution_id: object) -> None:
    connection.close()
    rows = NodeExecution.objects.filter(execution=execution_id, node__metadata__customized_name__startswith="n")
    assert sorted(Counter(rows.values_list("status", flat=True)).items()) == [(Status.COMPLETED, NODES)]
    charges = Transaction.objects.filter(type="USAGE")
    assert sorted(charges.values_list("key", "amount")) == sorted((f"node-execution:{row.id}", -1) for row in rows)
    assert Account.objects.get(user=ada).balance == 1000 - NODES
