"""Presets and schedules that are changed and deleted while others change and start them."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from executor.models import GraphExecution
from executor.presets.models import Preset
from executor.schedules.deleting import schedules_going
from executor.schedules.models import Occurrence, Outcome, Overlap, Schedule
from executor.schedules.pausing import resume
from executor.schedules.tick import tick
from executor.webhooks.models import Webhook
from graphs.models import Graph, GraphVersion
from graphs.storage import write_version
from tests.api.cast import Scene, client_of, make_scene
from tests.api.test_webhooks import TRIGGER, call
from tests.executor.building import build, result
from tests.executor.waiting import at_once
from tests.meanwhile import after_reading, elsewhere

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]

INPUTS = {"question": "Why?"}
PRESETS = "/api/v1/library/presets"
NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROUNDS = 5


@pytest.fixture
def scene() -> Scene:
    return make_scene(credits=1_000_000)


@pytest.fixture
def preset(scene: Scene) -> Preset:
    return saved(scene)


def saved(scene: Scene) -> Preset:
    return Preset.objects.create(
        user=scene.ada, graph=scene.version.graph, version=scene.version, name="Old", inputs=INPUTS
    )


def scheduled(scene: Scene, **fields: Any) -> Schedule:
    wish = {"name": "Old", "cron": "0 8 * * *", "timezone": "UTC", "inputs": INPUTS} | fields
    return Schedule.objects.create(user=scene.ada, graph=scene.version.graph, version=scene.version, **wish)


def patched(scene: Scene, address: str, **change: Any) -> Any:
    return client_of(scene.ada).patch(address, change, format="json")


def deleted(scene: Scene, address: str) -> Any:
    return client_of(scene.ada).delete(address)


# --- changes


def test_of_two_changes_of_a_preset_at_once_both_stay(scene: Scene, preset: Preset) -> None:
    address = f"{PRESETS}/{preset.id}"
    with after_reading(Preset, partial(patched, scene, address, description="Mine", inputs={})):
        answer = patched(scene, address, name="New")
    assert (answer.json()["name"], answer.json()["description"], answer.json()["inputs"]) == ("New", "Mine", {})
    assert answer.json() == scene.api.get(address).json()
    preset.refresh_from_db()
    assert preset.updated_at > preset.created_at


def test_of_two_changes_of_a_schedule_at_once_both_count(scene: Scene) -> None:
    address = f"/api/v1/schedules/{scheduled(scene).id}"
    with after_reading(Schedule, partial(patched, scene, address, timezone="Asia/Tokyo")):
        answer = patched(scene, address, cron="0 9 * * *").json()
    schedule = Schedule.objects.get()
    assert (answer["timezone"], schedule.timezone, schedule.cron) == ("Asia/Tokyo", "Asia/Tokyo", "0 9 * * *")
    assert schedule.next_at is not None
    assert schedule.next_at.hour == 0, "nine o'clock in Tokyo"


def test_what_was_deleted_while_it_is_changed_stays_away(scene: Scene, preset: Preset) -> None:
    for model, address in (
        (Preset, f"{PRESETS}/{preset.id}"),
        (Schedule, f"/api/v1/schedules/{scheduled(scene).id}"),
    ):
        with after_reading(model, partial(deleted, scene, address)):
            answer = patched(scene, address, name="New")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert not model._default_manager.exists()


# --- starts


def triggered(scene: Scene) -> GraphVersion:
    document = build({"hook": TRIGGER, "out": result("posted")}, ["hook.payload -> out.value"], name="Triggered")
    return write_version(Graph.objects.create(id=document.id, owner=scene.ada, name="Triggered"), document)


STARTS: dict[str, Callable[[Preset], tuple[str, dict[str, Any]]]] = {
    "execute": lambda preset: (f"{PRESETS}/{preset.id}/execute", {}),
    "graph": lambda preset: (f"/api/v1/graphs/{preset.graph_id}/execute", {"preset_id": str(preset.id)}),
    "schedule": lambda preset: (
        f"/api/v1/graphs/{preset.graph_id}/schedules",
        {"preset_id": str(preset.id), "name": "x", "cron": "0 8 * * *"},
    ),
}


@pytest.mark.parametrize("start", STARTS)
def test_what_starts_with_a_preset_that_was_deleted_meanwhile_is_not_found(
    scene: Scene, preset: Preset, start: str
) -> None:
    address, body = STARTS[start](preset)
    with after_reading(Preset, partial(deleted, scene, f"{PRESETS}/{preset.id}")):
        answer = scene.api.post(address, body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (GraphExecution.objects.count(), Schedule.objects.count()) == (0, 0)


def test_a_webhook_is_not_made_for_it_and_starts_nothing_with_it(scene: Scene) -> None:
    version = triggered(scene)
    for made_before in (False, True):
        preset = Preset.objects.create(user=scene.ada, graph=version.graph, version=version, name="x")
        wish = {"name": "Shop", "preset_id": str(preset.id)}
        make = partial(scene.api.post, f"/api/v1/graphs/{version.graph_id}/webhooks", wish, format="json")
        work = partial(call, make().json()) if made_before else make
        with after_reading(Webhook if made_before else Preset, partial(deleted, scene, f"{PRESETS}/{preset.id}")):
            answer = work()
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (GraphExecution.objects.count(), Webhook.objects.count()) == (0, 0)


@pytest.mark.parametrize("wish", [{}, {"from_node": True}])
def test_an_execution_whose_preset_goes_meanwhile_runs_again_without_it(
    scene: Scene, preset: Preset, wish: dict[str, Any]
) -> None:
    execution = scene.api.post(f"{PRESETS}/{preset.id}/execute", {}, format="json").json()
    GraphExecution.objects.update(status="COMPLETED")
    address = f"{scene.graph}/executions/{execution['id']}/again"
    body = {name: str(scene.version.nodes.all()[0].id) for name in wish}
    with after_reading(GraphExecution, partial(deleted, scene, f"{PRESETS}/{preset.id}")):
        answer = scene.api.post(address, body, format="json")
    assert (answer.status_code, answer.json()["preset_id"], answer.json()["inputs"]) == (202, None, INPUTS)


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(40, marks=pytest.mark.slow)])
def test_a_preset_goes_while_everybody_starts_it(
    scene: Scene, caplog: pytest.LogCaptureFixture, settings: LazySettings, rounds: int
) -> None:
    settings.STARTS_PER_MINUTE_MAX = 0
    settings.QUEUED_PER_USER_MAX = settings.API_KEYS_PER_USER_MAX = 10**6
    seen: Counter[int] = Counter()
    for _ in range(rounds):
        preset = saved(scene)
        for _ in range(2):
            scheduled(scene, preset=preset, cron="* * * * *", overlap=Overlap.REPLACE, next_at=NINE)
        tick(now=NINE)
        starts = [partial(client_of(scene.ada).post, *STARTS[kind](preset), format="json") for kind in STARTS]
        clock, deletion = partial(tick, now=NINE + MINUTE), partial(deleted, scene, f"{PRESETS}/{preset.id}")
        *answers, gone = at_once([*starts, *starts, clock, deletion])
        assert gone.status_code == 204
        seen.update(answer.status_code for answer in answers[:-1])
    assert set(seen) <= {201, 202, 404}, seen
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert (Preset.objects.count(), Schedule.objects.count()) == (0, 0)
    assert not GraphExecution.objects.exclude(preset=None).exists()


@pytest.mark.parametrize("of", ["graph", "preset"])
def test_what_the_clock_starts_goes_while_it_replaces_an_execution(
    scene: Scene, preset: Preset, caplog: pytest.LogCaptureFixture, of: str
) -> None:
    """The clock has locked the schedule and comes to the executions when somebody else begins with them."""
    scheduled(scene, preset=preset, cron="* * * * *", overlap=Overlap.REPLACE, next_at=NINE)
    tick(now=NINE)
    address = scene.graph if of == "graph" else f"{PRESETS}/{preset.id}"
    with begun_before(executions_change, partial(deleted, scene, address)) as deletion:
        assert tick(now=NINE + MINUTE) == {Outcome.STARTED: 1}
    assert deletion[0].result().status_code in (200, 204)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert (Preset.objects.count(), Schedule.objects.count()) == (0, 0)
    stopped = GraphExecution.objects.exclude(cancel_requested_at=None).count()
    assert (GraphExecution.objects.count(), stopped) == (2, 2 if of == "graph" else 1)


def test_a_schedule_that_is_resumed_while_it_is_deleted_goes_all_the_same(scene: Scene) -> None:
    """It is due, and a clock has it, when all its earlier occurrences are gone."""
    schedule = scheduled(scene, cron="* * * * *", next_at=NINE)
    Occurrence.objects.create(schedule=schedule, due_at=NINE - MINUTE, outcome=Outcome.MISSED)
    going = schedules_going(Schedule.objects.filter(id=schedule.id))
    next(going)
    resume(schedule, now=NINE)
    with begun_before(occurrences_change, partial(list, going)) as rest:
        assert tick(now=NINE + MINUTE) == {Outcome.STARTED: 1}
    rest[0].result()
    assert (Schedule.objects.count(), GraphExecution.objects.count()) == (0, 1)


def executions_change(sql: str) -> bool:
    return GraphExecution._meta.db_table in sql and ("FOR UPDATE" in sql or sql.startswith("UPDATE"))


def occurrences_change(sql: str) -> bool:
    return sql.startswith(f'INSERT INTO "{Occurrence._meta.db_table}"')


@contextmanager
def begun_before(what: Callable[[str], bool], work: Callable[[], Any]) -> Iterator[list[Future[Any]]]:
    """Let work begin, elsewhere, right before such a statement here, and get as far as it can."""
    begun: list[Future[Any]] = []

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if not begun and what(sql):
            begun.append(thread.submit(elsewhere, work))
            while connection.vendor == "postgresql" and not begun[0].done() and not elsewhere(somebody_waits):
                wait(begun, timeout=0.01)
        return execute(sql, *rest)

    with ThreadPoolExecutor(1) as thread, connection.execute_wrapper(watch):
        yield begun


def somebody_waits() -> bool:
    """For a lock of this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


# --- what refers to it


class Portions:
    """How many rows each statement has changed of what refers to a preset."""

    def __init__(self) -> None:
        self.most = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if sql.startswith('DELETE FROM "schedules_occurrence"') or 'SET "preset_id" = NULL' in sql:
            self.most = max(self.most, context["cursor"].rowcount)
        return answer


@pytest.mark.parametrize("starts", [1, 5])
def test_a_preset_with_a_long_past_goes_in_portions(
    scene: Scene, preset: Preset, monkeypatch: pytest.MonkeyPatch, starts: int
) -> None:
    for kind in ("presets", "schedules"):
        monkeypatch.setattr(f"executor.{kind}.deleting.PORTION", 2)
    schedule = scheduled(scene, preset=preset)
    for days in range(5):
        Occurrence.objects.create(schedule=schedule, due_at=NINE + timedelta(days=days), outcome=Outcome.MISSED)
    for _ in range(starts):
        scene.api.post(f"{PRESETS}/{preset.id}/execute", {}, format="json")
    with connection.execute_wrapper(portions := Portions()):
        assert scene.api.delete(f"{PRESETS}/{preset.id}").status_code == 204
    assert portions.most == 2
    assert (Preset.objects.count(), Schedule.objects.count(), Occurrence.objects.count()) == (0, 0, 0)
    assert list(GraphExecution.objects.values_list("preset", flat=True)) == [None] * starts
