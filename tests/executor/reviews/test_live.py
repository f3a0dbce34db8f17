"""What clients are told of a review and of a preset: at once, and later from the rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from accounts.models import User
from executor.events import CommittedBatch, changes_committed
from executor.launching.launch import launch
from executor.presets.models import Preset
from executor.telling.changes import changes_since
from tests.executor.building import build
from tests.executor.reviews.cast import asking, finished, parked
from tests.executor.running import fresh, run, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

Told = list[dict[str, Any]]


@pytest.fixture
def ada() -> User:
    return make_user()


@contextmanager
def listening() -> Iterator[Told]:
    """What is told meanwhile."""
    told: Told = []

    async def listen(batches: list[CommittedBatch], **_: Any) -> None:
        told.extend(event for batch in batches for event in batch.events)

    changes_committed.connect(listen)
    try:
        yield told
    finally:
        changes_committed.disconnect(listen)


def of_graph(told: Told) -> Told:
    return [event for event in told if event["event_type"] == "graph_execution_update"]


def of_node(told: Told, name: str) -> Told:
    return [event for event in told if event.get("node_name") == name]


def statuses(told: Told) -> list[str]:
    return [str(event["status"]) for event in told]


def test_a_review_is_told_live_for_its_node_and_its_graph(ada: User) -> None:
    with listening() as told:
        execution = parked(ada, asking())
    assert statuses(of_graph(told)) == ["RUNNING", "REVIEW"]
    assert statuses(of_node(told, "ask"))[-2:] == ["RUNNING", "REVIEW"]
    assert of_graph(told)[-1]["seq"] == execution.seq
    with listening() as later:
        finished(execution)
    assert statuses(of_graph(later)) == ["QUEUED", "RUNNING", "COMPLETED"]
    assert statuses(of_node(later, "ask"))[-1] == "COMPLETED"
    seqs = [event["seq"] for event in told + later]
    assert seqs == sorted(set(seqs))


def test_a_review_is_told_from_the_rows_as_it_was_told_live(ada: User) -> None:
    with listening() as told:
        execution = parked(ada, asking())
    rows = changes_since(execution.id, 0)
    assert (statuses(of_node(rows, "ask")), statuses(of_graph(rows))) == (["REVIEW"], ["REVIEW"])
    live = {event["seq"]: event for event in told}
    for event in (*of_node(rows, "ask"), *of_graph(rows)):
        assert (event["status"], event["seq"] in live) == (live[event["seq"]]["status"], True)
    assert changes_since(execution.id, execution.seq) == []


def test_every_event_of_an_execution_names_its_preset(ada: User) -> None:
    version = store(ada, build({"echo": ("Echo", {"value": 1})}))
    preset = Preset.objects.create(user=ada, graph=version.graph, version=version, name="Monday")
    execution = launch(ada, version, inputs={}, preset=preset, ring=False)
    with listening() as told:
        run(execution)
    assert {event["preset_id"] for event in of_graph(told)} == {preset.id}
    assert [event["preset_id"] for event in of_graph(changes_since(execution.id, 0))] == [str(preset.id)]
    assert fresh(execution).status == "COMPLETED"
