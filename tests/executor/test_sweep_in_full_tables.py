"""A sweep looks at what has not ended; how many executions have ended makes no difference to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from executor.models import GraphExecution
from executor.presets.models import Preset
from executor.reviews.expiring import expire_reviews
from executor.reviews.models import Review
from executor.sweeping.sweep import REPAIRS
from graphs.models import Graph
from tests.executor.waiting import echo_graph
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_url")]

TABLE = GraphExecution._meta.db_table
#: What lines of plans begin with that read a table.
STEPS = ("SCAN", "SEARCH", "->")


class Plans:
    """Asks the database for the plan of each statement, with the values that it is run with."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.whole: list[str] = []
        self.asked = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if TABLE in sql and sql.startswith(("SELECT", "UPDATE")):
            self.asked += 1
            explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
            execute(explain + sql, params, many, context)
            lines = [str(row[-1]) for row in context["cursor"].fetchall()]
            self.lines += lines
            self.whole += [f"{line}: {sql}" for line in lines if _reads_all(line)]
        return execute(sql, params, many, context)


def _reads_all(line: str) -> bool:
    """Whether a step of a plan goes through all rows of the table."""
    words = line.strip().removeprefix("->").strip()
    return words.startswith(f"Seq Scan on {TABLE}") or words == f"SCAN {TABLE}"


@pytest.fixture
def plans() -> Plans:
    """An empty table is soonest read as a whole, so PostgreSQL is told to do that only where it has no index."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    return Plans()


@pytest.mark.parametrize("kind", REPAIRS)
def test_no_repair_reads_all_executions(kind: str, plans: Plans) -> None:
    ada = make_user()
    Graph.objects.create(owner=ada, name="Deleted lately", deleted_at=timezone.now())
    version = echo_graph(ada)
    Preset.objects.create(user=ada, graph=version.graph, version=version, name="Left")
    Graph.objects.filter(id=version.graph_id).update(deleted_at=timezone.now() - timedelta(days=9))
    with connection.execute_wrapper(plans):
        REPAIRS[kind]()
    assert plans.whole == []
    assert plans.asked or kind in ("rung_again", "released")


def test_of_reviews_only_those_that_may_expire_are_read(plans: Plans) -> None:
    with connection.execute_wrapper(plans):
        expire_reviews()
    read = [line for line in plans.lines if line.strip().startswith(STEPS) and Review._meta.db_table in line]
    assert read
    assert all("review_expiring" in line for line in read), read


def test_what_reads_all_executions_is_noticed(plans: Plans) -> None:
    with connection.execute_wrapper(plans):
        list(GraphExecution.objects.filter(stats={"nothing": "is like this"}))
    assert plans.whole
