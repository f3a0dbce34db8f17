"""A block that may not run is refused when its node starts, whichever way its execution came about."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import LazySettings

from accounts.models import User
from blocks.registry import registry
from executor.launching.launch import launch
from executor.launching.single_block import launch_block
from executor.models import GraphExecution, NodeExecution
from executor.schedules.scheduling import make_schedule
from executor.schedules.tick import tick
from executor.statuses import Status
from graphs.exporting import export_graph
from graphs.importing import import_graph
from graphs.models import Graph
from graphs.storage import write_version
from tests.executor.blocks import LOG, EchoBlock, PauseBlock
from tests.executor.books import assert_books
from tests.executor.building import build
from tests.executor.running import run, started, store
from tests.factories import make_user
from tests.graphs.files import as_bytes
from tests.isolation import skip_without_isolation

pytestmark = pytest.mark.django_db(transaction=True)

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)


def paused() -> dict[str, object]:
    return {"value": 1, "seconds": 0, "log": "refused"}


def directly(ada: User) -> GraphExecution:
    return started(ada, build({"p": ("Pause", paused())}))


def by_its_id(ada: User) -> GraphExecution:
    return launch_block(ada, PauseBlock.id, paused())


def imported(ada: User) -> GraphExecution:
    file = export_graph(store(make_user("grace@example.org"), build({"p": ("Pause", paused())})))
    import_graph(ada, as_bytes(file))
    return launch(ada, Graph.objects.get(owner=ada).versions.get(), inputs={})


def in_a_sub_graph(ada: User) -> GraphExecution:
    inner = build({"p": ("Pause", paused())})
    store(ada, inner)
    return started(ada, build({"sub": ("AgentExecutor", {"graph_id": inner.id, "graph_version": 1})}))


def in_an_old_version(ada: User) -> GraphExecution:
    old = store(ada, build({"p": ("Pause", paused())}))
    write_version(old.graph, replace(build({"e": ("Echo", {"value": 1})}), version=2))
    return launch(ada, old, inputs={})


def by_a_schedule(ada: User) -> GraphExecution:
    version = store(ada, build({"p": ("Pause", paused())}))
    make_schedule(ada, version, now=NINE, name="Minutely", cron="* * * * *", timezone="UTC", inputs={})
    tick(now=NINE + timedelta(minutes=1))
    return GraphExecution.objects.get()


WAYS = (directly, by_its_id, imported, in_a_sub_graph, in_an_old_version, by_a_schedule)


@pytest.fixture
def ada() -> User:
    LOG.pop("refused", None)
    return make_user()


def refused(execution: GraphExecution) -> str:
    """Why the node of the block did not run."""
    ended = run(execution)
    node = NodeExecution.objects.exclude(error="").get(node__block_id=PauseBlock.id)
    assert (node.status, node.cost, node.attempt) == (Status.FAILED, 0, 0)
    assert "refused" not in LOG
    assert_books(ended)
    return node.error


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("wish", [PauseBlock.id, "Pause"])
def test_a_disabled_block_is_refused(
    ada: User, settings: LazySettings, way: Callable[[User], GraphExecution], wish: str
) -> None:
    execution = way(ada)
    settings.DISABLED_BLOCKS = ["Other", wish]
    assert refused(execution) == "The block Pause is disabled on this installation (DISABLED_BLOCKS)."


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_same_block_runs_when_nothing_is_disabled(ada: User, way: Callable[[User], GraphExecution]) -> None:
    run(way(ada))
    assert NodeExecution.objects.get(node__block_id=PauseBlock.id).status == Status.COMPLETED


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_block_that_its_class_disables_later_is_refused(
    ada: User, fresh_refusals: None, monkeypatch: pytest.MonkeyPatch, way: Callable[[User], GraphExecution]
) -> None:
    execution = way(ada)
    monkeypatch.setattr(PauseBlock, "disabled", True)
    assert refused(execution) == "The block Pause is disabled."


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_block_for_administrators_is_refused_to_others(
    ada: User, fresh_refusals: None, monkeypatch: pytest.MonkeyPatch, way: Callable[[User], GraphExecution]
) -> None:
    execution = way(ada)
    monkeypatch.setattr(PauseBlock, "admin_only", True)
    assert refused(execution) == "The block Pause runs for administrators only."


def test_a_block_for_administrators_runs_for_them(
    ada: User, fresh_refusals: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PauseBlock, "admin_only", True)
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    run(directly(ada))
    assert NodeExecution.objects.get().status == Status.COMPLETED


def test_a_block_that_never_waits_is_refused_too(ada: User, settings: LazySettings) -> None:
    settings.DISABLED_BLOCKS = ["Echo"]
    run(started(ada, build({"a": ("Echo", {"value": 1}), "b": ("Echo", {})}, ["a.value -> b.value"])))
    assert NodeExecution.objects.get().status == Status.FAILED
    assert registry.get(EchoBlock.id).name == "Echo"


def test_programs_are_refused_until_they_are_switched_on(ada: User, settings: LazySettings) -> None:
    graph = build({"c": ("ExecuteCode", {"code": "6 * 7"})})
    assert not settings.CODE_BLOCKS_ENABLED
    run(started(ada, graph))
    node = NodeExecution.objects.get()
    assert (node.status, node.cost) == (Status.FAILED, 0)
    assert "CODE_BLOCKS_ENABLED" in node.error
    skip_without_isolation()
    settings.CODE_BLOCKS_ENABLED = True
    assert run(launch(ada, Graph.objects.get().versions.get(), inputs={})).cost == 1
    assert UUID(str(NodeExecution.objects.get(status=Status.COMPLETED).id))


@pytest.fixture
def fresh_refusals() -> object:
    """What a class says never changes while a process runs, but for these tests."""
    from graphs.availability import _refused

    _refused.cache_clear()
    yield
    _refused.cache_clear()
