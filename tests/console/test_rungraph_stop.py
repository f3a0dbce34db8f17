"""Ctrl-C, once and twice."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from executor.events import CommittedBatch, changes_committed
from executor.models import GraphExecution
from executor.statuses import Status
from tests.console.graphs import wait
from tests.console.running import ada, rungraph

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def interrupted_when_it_runs(times: int) -> Iterator[None]:
    """Press Ctrl-C as soon as a node is told to run."""
    left = [times]

    async def press(batches: list[CommittedBatch], **kwargs: Any) -> None:
        running = any(event["status"] == Status.RUNNING for batch in batches for event in batch.events)
        while running and left[0]:
            left[0] -= 1
            os.kill(os.getpid(), signal.SIGINT)

    changes_committed.connect(press)
    try:
        yield
    finally:
        changes_committed.disconnect(press)


def test_ctrl_c_stops_the_execution_and_shows_its_end(tmp_path: Path) -> None:
    ada()
    with interrupted_when_it_runs(1):
        answer = rungraph(wait(tmp_path, seconds=600), "--inline", "--json")
    assert answer.code == 130
    assert answer.objects[-1]["status"] == Status.TERMINATED
    assert GraphExecution.objects.get().status == Status.TERMINATED


def test_a_second_ctrl_c_leaves_names_the_execution_and_leaves_nothing_running(tmp_path: Path) -> None:
    ada()
    with interrupted_when_it_runs(2):
        answer = rungraph(wait(tmp_path, seconds=600), "--inline", "--json")
    execution = GraphExecution.objects.get()
    assert (answer.code, execution.status) == (130, Status.TERMINATED)
    assert f"Left before the end of execution {execution.id}" in answer.told
    assert all(told["event_type"] != "result" for told in answer.objects)
