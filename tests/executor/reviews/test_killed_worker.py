"""A real worker is killed while one execution waits for a person and another has just been decided."""

from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import User
from credits.models import Transaction
from executor.models import GraphExecution, NodeExecution
from executor.statuses import TERMINAL, Status
from graphs.document import GraphDocument
from tests.executor.building import build, result
from tests.executor.processes import kill, process
from tests.executor.reviews.cast import ask, decided, reviews, status_of
from tests.executor.running import fresh, outputs, started
from tests.factories import make_user
from tests.house.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


def paid_around(log: Path) -> GraphDocument:
    """A paid node before the review and one after it; each adds one, and notes that it ran."""
    pause = {"seconds": 0, "log": str(log)}
    return build(
        {"before": ("Pause", {"value": 0, **pause}), "ask": ask(), "after": ("Pause", pause), "out": result("out")},
        ["before.value -> ask.data", "ask.approved_data -> after.value", "after.value -> out.value"],
    )


def is_in_review(execution: GraphExecution) -> bool:
    return fresh(execution).status == Status.REVIEW


def is_finished(execution: GraphExecution) -> bool:
    return fresh(execution).status in TERMINAL


@pytest.mark.usefixtures("redis_url")
def test_a_killed_worker_loses_neither_what_waits_nor_what_was_decided(ada: User, tmp_path: Path) -> None:
    waiting, answered = (started(ada, paid_around(tmp_path / name)) for name in ("waiting", "answered"))
    with process("clock"):
        with process("rqworker") as first:
            wait_until(lambda: is_in_review(waiting) and is_in_review(answered))
            before = GraphExecution.objects.filter(id=waiting.id).values().get()
            decided(answered)
            kill(first)
        assert fresh(answered).status != Status.REVIEW
        with process("rqworker"):
            wait_until(lambda: is_finished(answered))
            assert GraphExecution.objects.filter(id=waiting.id).values().get() == before
            assert (status_of(waiting, "ask"), reviews(waiting)[0].status) == (["REVIEW"], "WAITING")
            decided(waiting)
            wait_until(lambda: is_finished(waiting))
    for execution, name in ((waiting, "waiting"), (answered, "answered")):
        assert (fresh(execution).status, outputs(execution), len(reviews(execution))) == ("COMPLETED", {"out": [2]}, 1)
        _assert_once(execution, tmp_path / name)


def _assert_once(execution: GraphExecution, log: Path) -> None:
    """What had finished before the review ran once; the node in flight at the kill may repeat, and is paid once."""
    connection.close()
    paid = list(NodeExecution.objects.filter(execution=execution, cost__gt=0).values_list("id", flat=True))
    keys = Transaction.objects.filter(type="USAGE", key__in=[f"node-execution:{id_}" for id_ in paid])
    assert (len(paid), keys.count(), fresh(execution).cost) == (2, 2, 2)
    begun = Counter(line.split()[1] for line in log.read_text().splitlines() if line.startswith("start"))
    (first,) = NodeExecution.objects.filter(execution=execution, node__metadata__customized_name="before")
    assert begun[str(first.id)] == 1
    assert set(begun) == set(map(str, paid))
