"""Several clocks tick at once, some die in the middle: one due time starts one execution."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from executor.models import GraphExecution
from executor.schedules import tick as ticking
from executor.schedules.models import Occurrence, Outcome, Overlap, Schedule
from executor.schedules.scheduling import make_schedule
from executor.schedules.tick import tick
from executor.statuses import Status
from tests.api.cast import store_echo
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CLOCKS, SCHEDULES = 4, 5
TICKS = pytest.mark.parametrize("ticks", [6, pytest.param(40, marks=pytest.mark.slow)])


class Died(BaseException):
    """A clock was killed here."""


def schedules() -> list[Schedule]:
    ada = make_user()
    version = store_echo(ada)
    wish: dict[str, Any] = {"cron": "* * * * *", "timezone": "UTC", "inputs": {"question": 1}}
    return [
        make_schedule(ada, version, now=NINE, name=str(i), overlap=Overlap.REPLACE, **wish) for i in range(SCHEDULES)
    ]


def tick_and_leave(now: datetime) -> None:
    try:
        tick(now=now)
    except Died:
        pass
    finally:
        connections.close_all()


def finish_everything() -> None:
    GraphExecution.objects.filter(status=Status.QUEUED).update(status=Status.COMPLETED)


def each_time_started_once(ticks: int) -> None:
    assert Counter(Occurrence.objects.values_list("outcome", flat=True)) == {Outcome.STARTED: SCHEDULES * ticks}
    executions = GraphExecution.objects.values_list("occurrence__schedule", "occurrence__due_at")
    assert len(set(executions)) == len(executions) == SCHEDULES * ticks


@TICKS
def test_clocks_that_tick_at_once_start_each_time_once(redis_url: str, ticks: int) -> None:
    schedules()
    with ThreadPoolExecutor(CLOCKS) as clocks:
        for number in range(1, ticks + 1):
            list(clocks.map(tick_and_leave, [NINE + number * MINUTE] * CLOCKS))
            finish_everything()
    each_time_started_once(ticks)


@TICKS
def test_a_clock_that_dies_in_the_middle_leaves_the_time_due(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, ticks: int
) -> None:
    schedules()
    launch, calls = ticking.launch, Counter[str]()

    def deadly(*args: Any, **options: Any) -> GraphExecution:
        execution = launch(*args, **options)
        calls["launched"] += 1
        if calls["launched"] % 3 == 0:
            raise Died
        return execution

    monkeypatch.setattr(ticking, "launch", deadly)
    for number in range(1, ticks + 1):
        for _ in range(CLOCKS):
            tick_and_leave(NINE + number * MINUTE)
        finish_everything()
    assert calls["launched"] > SCHEDULES * ticks
    each_time_started_once(ticks)
