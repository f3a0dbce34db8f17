"""A deleted execution has cost what it has cost: the audit finds nothing, and a late summary brings nothing back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from accounts.models import User
from credits.audit import audit
from executor.deleting.deleting import delete_execution
from executor.deleting.erasing import GRACE, erase
from executor.models import GraphExecution, NodeOutput
from executor.summary.asking import Summary
from executor.summary.storing import store as store_summary
from tests.executor.books import assert_books
from tests.executor.building import build, meter, result
from tests.executor.running import fresh, outputs, ran
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


def erased(execution: GraphExecution) -> GraphExecution:
    now = datetime.now(UTC)
    delete_execution(execution, now=now)
    erase(now=now + GRACE + timedelta(seconds=1))
    return fresh(execution)


def test_audit_finds_nothing_about_a_deleted_execution(ada: User, settings: LazySettings) -> None:
    settings.EXECUTION_FEE_EVERY = 3
    nodes = {"many": ("Count", {"count": 3}), "p": ("Pause", {"seconds": 0}), "m": meter(items=2), "out": result("out")}
    execution = ran(ada, build(nodes, ["many.number -> p.value", "p.value -> out.value"]))
    assert (execution.cost, sorted(outputs(execution)["out"])) == (7, [1, 2, 3])
    gone = erased(execution)
    assert not NodeOutput.objects.exists()
    assert outputs(gone) == {"": [None] * 3}
    assert gone.cost == 7
    assert_books(gone)
    assert [str(fault) for fault in audit(strict=True)] == []


def test_summary_that_comes_late_brings_nothing_back(ada: User) -> None:
    execution = ran(ada, build({"a": ("Echo", {"value": 1})}))
    gone = erased(execution)
    assert store_summary(gone.id, Summary(activity="It said a secret.", score=1.0)) is False
    assert fresh(gone).stats == gone.stats
