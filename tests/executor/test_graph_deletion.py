"""Deleting a graph: what goes, what stays, and that nothing of it runs from then on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from blocks.registry import registry
from credits.models import Transaction
from executor.dispatch.claim import claim
from executor.graph_deletion import delete_graph
from executor.launching.again import run_again
from executor.launching.launch import launch
from executor.launching.single_block import version_for
from executor.models import GraphExecution, Trigger
from executor.presets.models import Preset
from executor.presets.saving import make_preset
from executor.schedules.models import Occurrence, Outcome, Schedule
from executor.schedules.scheduling import make_schedule
from executor.statuses import Status
from executor.sweeping.sweep import sweep
from executor.webhooks.models import Registration, Webhook
from graphs.deleting import hide
from graphs.errors import GraphInUse, GraphInvalid, GraphNotFound
from graphs.importing import import_graph
from graphs.models import Graph, GraphVersion
from graphs.plans import plans_with_sub_graphs
from graphs.saving import save_version
from graphs.storage import document_of, write_version
from reliability.ids import uuid7
from tests.api.cast import Scene, make_scene, store_echo
from tests.executor.building import build, result
from tests.executor.running import fresh, run
from tests.factories import make_user
from tests.graphs.files import child, graph, runs

INPUTS = {"question": "Why?"}


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def echo(ada: User) -> GraphVersion:
    return read(store_echo(ada))


def read(version: GraphVersion) -> GraphVersion:
    """As it is in the database."""
    return GraphVersion.objects.select_related("graph").get(id=version.id)


def start(user: User, version: GraphVersion, **options: Any) -> GraphExecution:
    return launch(user, read(version), inputs=INPUTS, **options)


def running(user: User, graph_id: Any, **constants: Any) -> GraphVersion:
    """A graph that runs another one."""
    document = build(
        {"run": ("AgentExecutor", {"graph_id": str(graph_id), "inputs": INPUTS, **constants}), "out": result("answer")},
        name="Outer",
    )
    return read(write_version(Graph.objects.create(id=document.id, owner=user, name="Outer"), document))


def test_what_starts_it_goes(ada: User, echo: GraphVersion) -> None:
    preset = make_preset(ada, echo, name="x", inputs=INPUTS)
    make_schedule(ada, echo, now=datetime.now(UTC), name="x", cron="0 8 * * *", preset=preset)
    other = store_echo(ada)
    kept = make_preset(ada, other, name="y", inputs=INPUTS)
    assert delete_graph(echo.graph) == 1
    assert (Schedule.objects.count(), [*Preset.objects.all()]) == (0, [kept])
    assert not Graph.objects.for_user(ada).filter(id=echo.graph_id).exists()
    assert Graph.objects.for_user(ada).count() == 1


def test_its_webhooks_go_and_the_clock_tells_their_provider(ada: User, echo: GraphVersion) -> None:
    webhook = Webhook.objects.create(user=ada, graph=echo.graph, version=echo, node_id=uuid7(), name="x")
    late = timezone.now() + timedelta(days=1)
    told = {"user": ada, "webhook": webhook, "provider": "github", "resource": "a/b", "url": "x", "hook_id": "1"}
    Registration.objects.create(**told, may_exist=True, attempts=5, next_at=late)
    delete_graph(echo.graph)
    assert Webhook.objects.count() == 0
    [registration] = Registration.objects.unsettled().filter(next_at__lte=timezone.now())
    assert (registration.webhook, registration.attempts, registration.hook_id) == (None, 0, "1")


def test_executions_and_their_costs_can_still_be_read(ada: User, echo: GraphVersion) -> None:
    ended = run(start(ada, echo))
    entries = Transaction.objects.count()
    delete_graph(echo.graph)
    assert fresh(ended).status == Status.COMPLETED
    assert (Transaction.objects.count(), ended.node_executions.count()) == (entries, 2)


def test_what_waits_ends_and_what_runs_is_asked_to(ada: User, echo: GraphVersion) -> None:
    waiting, at_work, other = start(ada, echo), start(ada, echo), start(ada, store_echo(ada))
    assert claim(at_work.id, owner="w") is not None
    delete_graph(echo.graph)
    assert (fresh(waiting).status, fresh(waiting).error_code) == (Status.TERMINATED, "stopped")
    assert fresh(at_work).status == Status.RUNNING
    assert fresh(at_work).cancel_requested_at is not None
    assert (fresh(other).status, fresh(other).cancel_requested_at) == (Status.QUEUED, None)


def test_a_crash_right_after_the_deletion_leaves_nothing_running(
    ada: User, echo: GraphVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = start(ada, echo)
    GraphExecution.objects.filter(id=waiting.id).update(created_at=timezone.now() - timedelta(days=1))

    def crash(executions: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("executor.graph_deletion.request_cancel_all", crash)
    with pytest.raises(KeyboardInterrupt):
        delete_graph(echo.graph)
    sweep()
    assert fresh(waiting).status == Status.TERMINATED


def test_nothing_of_it_is_started_any_more(ada: User, echo: GraphVersion) -> None:
    ended = run(start(ada, echo))
    delete_graph(echo.graph)
    for again in (lambda: start(ada, echo), lambda: run_again(fresh(ended)), lambda: save_version(*_edit(echo))):
        with pytest.raises(GraphNotFound):
            again()
    assert GraphExecution.objects.count() == 1


def _edit(version: GraphVersion) -> Any:
    return Graph.objects.get(id=version.graph_id), document_of(version)


def test_who_was_starting_it_meanwhile_has_started_nothing(ada: User, echo: GraphVersion) -> None:
    """The start has read the graph before it was deleted, and is committed after."""
    stale = read(echo)
    delete_graph(echo.graph)
    execution = launch(ada, stale, inputs=INPUTS)
    assert claim(execution.id, owner="w") is None
    sweep()
    assert fresh(execution).status == Status.TERMINATED


def test_it_is_deleted_once(ada: User, echo: GraphVersion) -> None:
    delete_graph(echo.graph)
    with pytest.raises(GraphNotFound):
        delete_graph(Graph.objects.get(id=echo.graph_id))


def test_a_graph_that_others_run_stays_unless_it_is_meant(ada: User, echo: GraphVersion) -> None:
    outer = running(ada, echo.graph_id, graph_version=1)
    with pytest.raises(GraphInUse, match="Outer") as refused:
        delete_graph(echo.graph)
    assert refused.value.data["used_by"] == [{"id": str(outer.graph_id), "name": "Outer"}]
    assert start(ada, echo).status == Status.QUEUED
    delete_graph(echo.graph, even_if_used=True)
    with pytest.raises(GraphInvalid, match="is not there"):
        launch(ada, read(outer), inputs={})


def test_what_runs_already_still_finds_the_graphs_in_it(ada: User, echo: GraphVersion) -> None:
    outer = running(ada, echo.graph_id, graph_version=1)
    delete_graph(echo.graph, even_if_used=True)
    assert (str(echo.graph_id), 1) in plans_with_sub_graphs(outer)


def test_only_active_versions_of_its_owners_graphs_stand_in_the_way(ada: User, echo: GraphVersion) -> None:
    outer = running(ada, echo.graph_id)
    save_version(outer.graph, document_of(store_echo(ada)))
    running(make_user("grace@example.org"), echo.graph_id)
    assert delete_graph(echo.graph) == 1


def test_a_graph_that_runs_itself_is_deleted(ada: User, echo: GraphVersion) -> None:
    itself = running(ada, echo.graph_id)
    node = itself.nodes.get(metadata__customized_name="run")
    node.input_default |= {"graph_id": str(itself.graph_id)}
    node.save()
    assert delete_graph(itself.graph) == 1


def test_graphs_that_are_there_only_for_it_go_with_it(ada: User) -> None:
    file = graph({"run": runs("sub", 1, ["x"], ["y"])}, sub_graphs=[child("sub", 1, ["x"], ["y"])])
    first = import_graph(ada, file)
    sub = Graph.objects.get(is_sub_graph=True)
    with pytest.raises(GraphInUse):
        delete_graph(sub)
    other = running(ada, sub.id)
    delete_graph(first.graph)
    assert Graph.objects.there().filter(id=sub.id).exists()
    delete_graph(other.graph)
    assert not Graph.objects.there().exists()


def test_the_graph_of_a_block_by_itself_stays(ada: User) -> None:
    block = next(block for block in registry if block.name == "AddToList")
    for force in (False, True):
        with pytest.raises(GraphInUse):
            delete_graph(version_for(ada, block).graph, even_if_used=force)
    assert launch(ada, version_for(ada, block), inputs={}, trigger=Trigger.BLOCK, is_dry_run=True)


def test_starts_of_long_ago_are_not_looked_for(ada: User, echo: GraphVersion) -> None:
    """An hour after a deletion no start can still be under way, so the sweeper does not look for ever."""
    stale = read(echo)
    hide(echo.graph, now=timezone.now() - timedelta(hours=2))
    execution = launch(ada, stale, inputs=INPUTS)
    sweep()
    assert fresh(execution).cancel_requested_at is None


# --- what many rows refer to


@pytest.fixture
def used(ada: User, echo: GraphVersion) -> Schedule:
    """A schedule with a preset; three times it was due, and started three executions."""
    preset = make_preset(ada, echo, name="x", inputs=INPUTS)
    now = datetime.now(UTC)
    schedule = make_schedule(ada, echo, now=now, name="x", cron="0 8 * * *", timezone="UTC", preset=preset)
    for days in range(3):
        execution = run(start(ada, echo, preset=preset))
        Occurrence.objects.create(
            schedule=schedule, due_at=now - timedelta(days=days), outcome=Outcome.STARTED, execution=execution
        )
    return schedule


def kept() -> tuple[int, int, int]:
    return Schedule.objects.count(), Preset.objects.count(), Occurrence.objects.count()


def _in_portions_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("presets", "schedules"):
        monkeypatch.setattr(f"executor.{kind}.deleting.PORTION", 2)


class Dies:
    """Whoever deletes dies after so many statements that change what refers to a schedule or a preset."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.most = self.changed = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        is_portion = sql.startswith('DELETE FROM "schedules_occurrence"') or 'SET "preset_id" = NULL' in sql
        if is_portion and self.left == 0:
            raise KeyboardInterrupt
        answer = execute(sql, params, many, context)
        if is_portion:
            self.left -= 1
            self.most = max(self.most, context["cursor"].rowcount)
            self.changed += context["cursor"].rowcount
        return answer


def test_what_refers_to_a_schedule_or_a_preset_is_changed_in_portions(
    used: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_portions_of_two(monkeypatch)
    with connection.execute_wrapper(dies := Dies(after=-1)):
        delete_graph(used.graph)
    assert dies.most == 2
    assert kept() == (0, 0, 0)
    assert list(GraphExecution.objects.values_list("preset", "status")) == [(None, Status.COMPLETED)] * 3


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4])
def test_who_dies_of_it_leaves_the_rest_to_the_sweeper(
    ada: User, used: Schedule, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_portions_of_two(monkeypatch)
    with pytest.raises(KeyboardInterrupt), connection.execute_wrapper(Dies(after)):
        delete_graph(used.graph)
    assert Occurrence.objects.count() == max(0, 3 - 2 * after)
    assert not Graph.objects.for_user(ada).exists()
    assert not Schedule.objects.for_user(ada).exists()
    assert not Preset.objects.for_user(ada).exists()
    assert Schedule.objects.filter(is_paused=False).count() == 0
    assert sweep()["graph_cleared"] == 0, "whoever deletes it may be at it still"
    Graph.objects.update(deleted_at=timezone.now() - timedelta(days=9))
    _sweep_in_portions_of_two()
    assert kept() == (0, 0, 0)
    assert GraphExecution.objects.filter(preset=None).count() == 3


def _sweep_in_portions_of_two() -> None:
    """Until nothing is left to clear: a portion with each sweep."""
    for _ in range(9):
        with connection.execute_wrapper(portion := Dies(after=-1)):
            if not sweep()["graph_cleared"]:
                return
        assert portion.changed <= 2
    raise AssertionError("There is no end to it.")


# --- over the API


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


def test_it_is_not_found_any_more(scene: Scene) -> None:
    answer = scene.api.delete(scene.graph)
    assert (answer.status_code, answer.json()) == (200, {"version_counts": 1})
    for address in ("", "/versions", "/versions/1", "/settings", "/executions", "/schedules", "/webhooks"):
        assert scene.api.get(f"{scene.graph}{address}").status_code == 404
    assert scene.api.delete(scene.graph).status_code == 404
    assert scene.api.post(f"{scene.graph}/execute", {"inputs": INPUTS}, format="json").status_code == 404
    assert scene.api.get("/api/v1/graphs").json() == []


def test_its_executions_are_still_shown(scene: Scene) -> None:
    execution = run(launch(scene.ada, scene.version, inputs=INPUTS))
    scene.api.delete(scene.graph)
    assert [line["id"] for line in scene.api.get("/api/v1/executions").json()] == [str(execution.id)]
    shown = scene.api.get(f"{scene.graph}/executions/{execution.id}").json()
    assert shown["outputs"] == {"answer": ["Why?"]}
    again = scene.api.post(f"{scene.graph}/executions/{execution.id}/again", {}, format="json")
    assert (again.status_code, again.json()["code"]) == (404, "graph_not_found")


def test_a_stranger_deletes_nothing(scene: Scene) -> None:
    assert scene.stranger.delete(f"{scene.graph}?force=true").status_code == 404
    assert scene.api.get(scene.graph).status_code == 200


def test_one_that_is_in_use_says_by_whom(scene: Scene) -> None:
    running(scene.ada, scene.version.graph_id)
    answer = scene.api.delete(scene.graph)
    assert (answer.status_code, answer.json()["code"]) == (409, "graph_in_use")
    assert [user["name"] for user in answer.json()["used_by"]] == ["Outer"]
    assert scene.api.delete(f"{scene.graph}?force=perhaps").status_code == 400
    assert scene.api.delete(f"{scene.graph}?force=true").status_code == 200
