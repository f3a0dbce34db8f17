"""A tick looks at what has not ended; how often a schedule was due before makes no difference to it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from executor.models import GraphExecution
from executor.schedules.models import Occurrence, Outcome, Overlap, Schedule
from executor.schedules.scheduling import make_schedule
from executor.schedules.tick import tick
from executor.statuses import Status
from tests.api.cast import store_echo
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
#: More than the tick looks back at to count failures.
FEW, MANY = 200, 2000


class Work:
    """What statements have made the database do: on SQLite its steps, on PostgreSQL the rows that it has read."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT"):
            execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql, params, many, context)
            (found,) = context["cursor"].fetchone()
            self._add((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])
        return execute(sql, params, many, context)

    def step(self) -> None:
        self.done += 1

    def _add(self, plan: dict[str, Any]) -> None:
        rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Join Filter", 0)
        self.done += int(rows * plan["Actual Loops"])
        for inner in plan.get("Plans", ()):
            self._add(inner)


@contextmanager
def measured() -> Iterator[Work]:
    work = Work()
    if connection.vendor == "postgresql":
        with connection.execute_wrapper(work):
            yield work
        return
    connection.connection.set_progress_handler(work.step, 10)
    try:
        yield work
    finally:
        connection.connection.set_progress_handler(None, 0)


def ended(schedule: Schedule, first: int, end: int) -> None:
    """It was due so often before, and what it started then, long ago, has ended."""
    numbers = range(first, end)
    executions = GraphExecution.objects.bulk_create(
        GraphExecution(
            user=schedule.user,
            graph=schedule.graph,
            version=schedule.version,
            status=Status.COMPLETED,
            trigger="SCHEDULE",
        )
        for _ in numbers
    )
    Occurrence.objects.bulk_create(
        Occurrence(schedule=schedule, due_at=NINE - number * MINUTE, outcome=Outcome.STARTED, execution=execution)
        for number, execution in zip(numbers, executions, strict=True)
    )
    GraphExecution.objects.filter(status=Status.COMPLETED).update(created_at=NINE - timedelta(days=9))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.parametrize("overlap", Overlap)
def test_ended_executions_cost_a_tick_nothing(overlap: str) -> None:
    ada = make_user()
    inputs = {"question": "?"}
    schedule = make_schedule(
        ada, store_echo(ada), now=NINE, name="x", cron="* * * * *", timezone="UTC", inputs=inputs, overlap=overlap
    )
    tick(now=NINE + MINUTE)
    assert GraphExecution.objects.active().count() == 1
    work = []
    for minutes, before in ((2, FEW), (3, MANY)):
        ended(schedule, FEW if work else 0, before)
        with measured() as measure:
            assert tick(now=NINE + minutes * MINUTE)
            tick(now=NINE + minutes * MINUTE + MINUTE / 2)
        work.append(measure.done)
    assert 0 < work[1] < work[0] * 1.5, work
