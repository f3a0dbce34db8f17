"""Node executions that become ready together are queued one after another."""

import pytest

from executor.statuses import Status
from tests.executor.building import build
from tests.executor.running import node_executions, ran
from tests.factories import make_user


@pytest.mark.django_db(transaction=True)
def test_no_two_node_executions_are_queued_in_the_same_moment() -> None:
    nodes = {
        "many": ("Count", {"count": 20}),
        "slow": ("Pause", {"seconds": 0, "value": 5}),
        "kept": ("StoreValue", {}),
        "add": ("Calculator", {"operation": "Add"}),
    }
    links = ["many.number -> add.a", "slow.value -> kept.input", "kept.output -> add.b"]
    execution = ran(make_user(credits=100), build(nodes, links))
    assert execution.status == Status.COMPLETED, execution.error
    queued = [row.queued_at for row in node_executions(execution, "add") if row.queued_at]
    assert len(set(queued)) == 20
    assert queued == sorted(queued)
