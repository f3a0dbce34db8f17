"""Schedules over the API."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import LazySettings

from executor.presets.models import Preset
from executor.schedules.models import Occurrence, Outcome, Schedule
from executor.schedules.tick import tick
from tests.api.cast import Scene, store_echo

WISH = {"name": "Mornings", "cron": "30 8 * * 1-5", "timezone": "Europe/Berlin", "inputs": {"question": "Why?"}}


def made(scene: Scene, **wish: Any) -> Any:
    return scene.api.post(f"{scene.graph}/schedules", WISH | wish, format="json")


def test_a_schedule_is_made_and_shown(scene: Scene) -> None:
    answer = made(scene)
    body = answer.json()
    assert answer.status_code == 201
    assert (body["cron"], body["input_data"], body["graph_version"]) == ("30 8 * * 1-5", {"question": "Why?"}, 1)
    assert (body["is_paused"], body["last_occurrence"], body["overlap"]) == (False, None, "SKIP")
    for address in ("/api/v1/schedules", f"{scene.graph}/schedules"):
        assert scene.api.get(address).json() == [body | {"has_all_inputs": True}]
    assert scene.api.get(f"/api/v1/schedules/{body['id']}").json() == body


def test_the_next_ten_times_are_told(scene: Scene) -> None:
    id_ = made(scene).json()["id"]
    body = scene.api.get(f"/api/v1/schedules/{id_}/next").json()
    times = [datetime.fromisoformat(due) for due in body["times"]]
    assert (len(times), body["timezone"]) == (10, "Europe/Berlin")
    assert times == sorted(set(times))
    assert all(due > datetime.now(UTC) and due.minute == 30 for due in times)
    assert len(scene.api.get(f"/api/v1/schedules/{id_}/next?count=3").json()["times"]) == 3
    assert scene.api.get(f"/api/v1/schedules/{id_}/next?count=101").status_code == 400


def test_without_a_time_zone_it_is_the_users(scene: Scene) -> None:
    scene.ada.timezone = "Asia/Tokyo"
    scene.ada.save()
    assert made(scene, timezone="").json()["timezone"] == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"cron": "61 * * * *"}, "cron"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"inputs": {"other": 1}}, "other"),
        ({"inputs": {}}, "question"),
        ({"overlap": "PILE"}, "overlap"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"misfire_grace_seconds": -1}, "misfire_grace_seconds"),
        ({"name": ""}, "name"),
    ],
)
def test_what_could_not_start_is_refused_by_field(scene: Scene, wish: dict[str, Any], field: str) -> None:
    answer = made(scene, **wish)
    assert (answer.status_code, field in answer.json()["fields"]) == (400, True)
    assert not Schedule.objects.exists()


def test_changes_are_checked_as_new_ones_are(scene: Scene) -> None:
    address = f"/api/v1/schedules/{made(scene).json()['id']}"
    assert scene.api.patch(address, {"cron": "0 9 * * *"}, format="json").json()["cron"] == "0 9 * * *"
    assert scene.api.patch(address, {"cron": "bad"}, format="json").status_code == 400
    assert scene.api.get(address).json()["cron"] == "0 9 * * *"


def test_pausing_and_resuming(scene: Scene) -> None:
    address = f"/api/v1/schedules/{made(scene).json()['id']}"
    paused = scene.api.post(f"{address}/pause").json()
    assert (paused["is_paused"], paused["next_run_time"], paused["pause_reason"]) == (True, None, "Paused by hand.")
    resumed = scene.api.post(f"{address}/resume").json()
    assert (resumed["is_paused"], resumed["pause_reason"]) == (False, "")
    assert resumed["next_run_time"] is not None


def test_what_became_of_each_time_is_told(scene: Scene) -> None:
    id_ = made(scene).json()["id"]
    due = Schedule.objects.get().next_at
    assert due is not None
    tick(now=due)
    (occurrence,) = scene.api.get(f"/api/v1/schedules/{id_}/occurrences").json()
    assert (occurrence["outcome"], occurrence["execution_id"] is not None) == (Outcome.STARTED, True)
    assert scene.api.get(f"/api/v1/schedules/{id_}").json()["last_occurrence"] == occurrence


def test_a_schedule_can_start_from_a_preset(scene: Scene) -> None:
    preset = Preset.objects.create(
        user=scene.ada, graph=scene.version.graph, version=scene.version, name="Saved", inputs={"question": "Saved?"}
    )
    assert made(scene, preset_id=str(preset.id), inputs={}).status_code == 201
    due = Schedule.objects.get().next_at
    assert due is not None
    tick(now=due)
    execution = Occurrence.objects.get().execution
    assert execution is not None
    assert (execution.inputs, execution.preset) == ({"question": "Saved?"}, preset)


def test_strangers_find_nothing(scene: Scene) -> None:
    address = f"/api/v1/schedules/{made(scene).json()['id']}"
    assert scene.stranger.post(f"{scene.graph}/schedules", WISH, format="json").status_code == 404
    assert scene.stranger.get("/api/v1/schedules").json() == []
    for method, path in (
        ("get", ""), ("patch", ""), ("delete", ""), ("get", "/next"), ("get", "/occurrences"),
        ("post", "/pause"), ("post", "/resume"),
    ):  # fmt: skip
        assert getattr(scene.stranger, method)(address + path).status_code == 404


def test_a_preset_of_another_graph_is_not_found(scene: Scene) -> None:
    other = store_echo(scene.ada)
    preset = Preset.objects.create(user=scene.ada, graph=other.graph, version=other, name="Other")
    assert made(scene, preset_id=str(preset.id)).status_code == 404


def test_deleting_it_starts_nothing_more(scene: Scene) -> None:
    address = f"/api/v1/schedules/{made(scene).json()['id']}"
    assert scene.api.delete(address).status_code == 200
    assert scene.api.get(address).status_code == 404


def test_one_more_than_the_limit_is_refused(scene: Scene, settings: LazySettings) -> None:
    settings.SCHEDULES_PER_USER_MAX = 2
    assert [made(scene).status_code for _ in range(3)] == [201, 201, 403]
    assert "SCHEDULES_PER_USER_MAX" in made(scene).json()["detail"]
