"""Lists of rows that may be large: an answer holds 8 MiB of what is large in them, and takes no query for each row."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from executor.models import GraphExecution
from executor.presets.models import Preset
from executor.reviews.models import Review
from executor.schedules.models import Occurrence, Outcome, Schedule
from executor.webhooks.models import Registration, Webhook
from tests.api.cast import Scene
from tests.api.rows import add_runs, past

MEBIBYTE = 1024 * 1024
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)

Make = Callable[[Scene, int, str], Any]


def of_graph(scene: Scene) -> dict[str, Any]:
    return {"user": scene.ada, "graph": scene.version.graph, "version": scene.version}


def preset(scene: Scene, number: int, text: str) -> None:
    preset = Preset.objects.create(**of_graph(scene), name=str(number), inputs={"question": text})
    Preset.objects.filter(id=preset.id).update(updated_at=BEGIN - timedelta(days=number))
    Webhook.objects.create(**of_graph(scene), node_id=uuid4(), preset=preset, name="x")


def schedule(scene: Scene, number: int, text: str) -> None:
    wish = {"cron": "0 8 * * *", "timezone": "UTC", "inputs": {"question": text}}
    schedule = Schedule.objects.create(**of_graph(scene), name=str(number), **wish)
    Schedule.objects.filter(id=schedule.id).update(created_at=BEGIN - timedelta(days=number))
    for due_at in (BEGIN, BEGIN + timedelta(days=1)):
        Occurrence.objects.create(schedule=schedule, due_at=due_at, outcome=Outcome.MISSED)


def webhook(scene: Scene, number: int, text: str) -> None:
    webhook = Webhook.objects.create(**of_graph(scene), node_id=uuid4(), name=str(number), config={"constants": text})
    Webhook.objects.filter(id=webhook.id).update(created_at=BEGIN - timedelta(days=number))
    Registration.objects.create(user=scene.ada, webhook=webhook, provider="github", resource="ada/engine", url="x")


def review(scene: Scene, number: int, text: str) -> None:
    """All of one execution."""
    execution = GraphExecution.objects.first() or past(scene, status="REVIEW", ended_at=None)
    (run,) = add_runs(execution, [[]], status="REVIEW")
    Review.objects.create(
        node_execution=run,
        execution=execution,
        root=execution,
        user=scene.ada,
        is_sensitive=False,
        payload=text,
        instructions=str(number),
        editable=True,
        created_at=BEGIN + timedelta(days=number),
    )


def of_execution(scene: Scene) -> str:
    return f"/api/v1/review/execution/{GraphExecution.objects.get().id}"


#: By name: how a row is made, where the list and its items are, what is large in them, what says whether it is there.
LISTS: dict[str, tuple[Make, Callable[[Scene], str], Callable[[Any], Any], str, str]] = {
    "presets": (
        preset,
        lambda scene: "/api/v1/library/presets",
        lambda body: body["presets"],
        "inputs",
        "has_all_inputs",
    ),
    "schedules": (schedule, lambda scene: "/api/v1/schedules", list, "input_data", "has_all_inputs"),
    "schedules of a graph": (schedule, lambda scene: f"{scene.graph}/schedules", list, "input_data", "has_all_inputs"),
    "webhooks": (webhook, lambda scene: f"{scene.graph}/webhooks", list, "config", "has_all_config"),
    "reviews": (review, lambda scene: "/api/v1/review/pending", list, "payload", "has_payload"),
    "reviews of an execution": (review, of_execution, list, "payload", "has_payload"),
}
ALL = pytest.mark.parametrize(("make", "address", "items", "large", "flag"), LISTS.values(), ids=LISTS)


@ALL
def test_what_has_no_room_is_left_out(scene: Scene, make: Any, address: Any, items: Any, large: str, flag: str) -> None:
    for number in range(10):
        make(scene, number, str(number) * MEBIBYTE)
    answer = scene.api.get(address(scene))
    assert len(answer.content) < 9 * MEBIBYTE
    shown = items(answer.json())
    assert [item[flag] for item in shown] == [True] * 7 + [False] * 3
    assert [len(str(item[large])) > MEBIBYTE - 1 for item in shown] == [True] * 7 + [False] * 3
    assert "6" * 10 in str(shown[6][large])


@ALL
def test_more_rows_take_no_more_queries(
    scene: Scene, make: Any, address: Any, items: Any, large: str, flag: str
) -> None:
    counts = []
    for _ in range(2):
        for number in range(10):
            make(scene, number, "x")
        scene.api.get(address(scene))
        with CaptureQueriesContext(connection) as queries:
            assert all(item[flag] for item in items(scene.api.get(address(scene)).json()))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_each_schedule_has_its_last_occurrence(scene: Scene) -> None:
    for number in range(3):
        schedule(scene, number, "x")
    last = Schedule.objects.get(name="1")
    Occurrence.objects.create(schedule=last, due_at=BEGIN + timedelta(days=2), outcome=Outcome.SKIPPED)
    Occurrence.objects.filter(schedule__name="2").delete()
    shown = {item["name"]: item["last_occurrence"] for item in scene.api.get("/api/v1/schedules").json()}
    assert [shown[name] and shown[name]["outcome"] for name in "012"] == ["MISSED", "SKIPPED", None]
    assert (shown["0"]["due_at"], shown["1"]["due_at"]) == ("2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z")


def test_what_is_large_beside_the_rows_is_not_read(scene: Scene) -> None:
    """In the versions, executions and node executions that they belong to."""
    beside = ("extras", "import_report", "input_masks", 'nodeexecution"."inputs', 'graphexecution"."inputs')
    for make in (preset, schedule, webhook, review):
        make(scene, 1, "x")
    for name, (_, address, *_) in LISTS.items():
        where = address(scene)
        with CaptureQueriesContext(connection) as queries:
            scene.api.get(where)
        asked = " ".join(query["sql"] for query in queries)
        assert [column for column in beside if f'{column}"' in asked] == [], name
