"""A shortage that an execution meets: its journal, on PostgreSQL in one pipeline, tells the user and operators once."""

from collections import Counter

import pytest

from executor.launching.launch import launch
from executor.models import GraphExecution
from executor.statuses import Status
from graphs.document import GraphDocument
from notifications.models import Notice
from notifications.operators.models import OperatorAlert
from tests.executor.building import build
from tests.executor.running import run, started, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

#: A meter sets 5 aside before it begins.
CREDITS = 3


def metered() -> GraphDocument:
    return build({"m": ("Meter", {"items": 1})})


def short(execution: GraphExecution) -> str:
    """Run it as a worker would, until there are too few credits. Its graph."""
    ended = run(execution)
    assert (ended.status, ended.error_code) == (Status.FAILED, "insufficient_balance")
    return str(ended.graph_id)


def told() -> dict[str, int]:
    """Notices of the user's, by graph."""
    return Counter(notice.data["graph_id"] for notice in Notice.objects.filter(kind="ZERO_BALANCE"))


def test_the_first_shortage_of_a_graph_is_told_and_the_second_is_not(redis_url: str) -> None:
    ada = make_user(credits=CREDITS)
    version = store(ada, metered())
    graph = short(launch(ada, version, inputs={}))
    assert told() == {graph: 1}
    alert = OperatorAlert.objects.get()
    assert alert.title == "Insufficient Funds Alert"
    assert all(part in alert.text for part in ("ada@example.org", "Balance: 3", "Shortfall: 2"))
    assert short(launch(ada, version, inputs={})) == graph
    assert (told(), OperatorAlert.objects.count()) == ({graph: 1}, 1)
    another = short(started(ada, metered()))
    assert (told(), OperatorAlert.objects.count()) == ({graph: 1, another: 1}, 2)
