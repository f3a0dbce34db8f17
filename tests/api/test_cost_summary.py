"""What executions have cost."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.cast import Scene, store_echo
from tests.api.rows import past

ADDRESS = "/api/v1/executions/cost-summary"
MAY = datetime(2026, 5, 10, 12, tzinfo=UTC)
WINDOW = {"since": "2026-05-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}


def fill(scene: Scene) -> None:
    hour: dict[str, Any] = {"started_at": MAY, "ended_at": MAY + timedelta(hours=1)}
    past(scene, created_at=MAY, cost=30, **hour)
    past(scene, created_at=MAY + timedelta(days=1), cost=50, status="FAILED", **hour)
    past(scene, created_at=MAY, cost=0, status="RUNNING", started_at=MAY, ended_at=None)
    past(scene, version=store_echo(scene.ada), created_at=MAY, cost=5, status="TERMINATED", **hour)


def test_costs_are_added_up_by_graph_execution_and_day(scene: Scene) -> None:
    fill(scene)
    body = scene.api.get(ADDRESS, WINDOW).json()
    assert (body["total_cents"], body["failed_cost_cents"]) == (85, 50)
    assert (body["run_count"], body["billable_run_count"]) == (4, 3)
    assert [body[f"{what}_run_count"] for what in ("success", "failed", "terminated", "review")] == [1, 1, 1, 0]
    assert (body["duration_run_count"], body["total_duration_seconds"]) == (3, 3 * 3600.0)
    graph = str(scene.version.graph_id)
    first = {"graph_id": graph, "graph_name": "Echo", "cost_cents": 80, "run_count": 3}
    assert (body["by_agent"][0], len(body["by_agent"])) == (first, 2)
    assert [(run["cost_cents"], run["status"], run["duration_seconds"]) for run in body["top_runs"]] == [
        (50, "FAILED", 3600.0),
        (30, "COMPLETED", 3600.0),
        (5, "TERMINATED", 3600.0),
    ]
    assert body["daily"] == [
        {"date": "2026-05-10", "cost_cents": 35, "run_count": 3},
        {"date": "2026-05-11", "cost_cents": 50, "run_count": 1},
    ]


def test_without_times_it_is_this_month(scene: Scene) -> None:
    month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    past(scene, created_at=month, cost=3)
    past(scene, created_at=month - timedelta(seconds=1), cost=4)
    assert scene.api.get(ADDRESS).json()["total_cents"] == 3


def test_dry_runs_and_what_runs_inside_another_are_not_counted_twice(scene: Scene) -> None:
    root = past(scene, cost=9)
    past(scene, cost=4, parent=root, root=root)
    past(scene, cost=0, is_dry_run=True)
    body = scene.api.get(ADDRESS).json()
    assert (body["total_cents"], body["run_count"]) == (9, 1)


def test_deleted_execution_has_cost_what_it_has_cost_and_is_not_named(scene: Scene) -> None:
    execution = past(scene, cost=9)
    assert scene.api.delete(f"/api/v1/executions/{execution.id}").status_code == 204
    body = scene.api.get(ADDRESS).json()
    assert (body["total_cents"], body["top_runs"]) == (9, [])


def test_only_the_dearest_are_named(scene: Scene) -> None:
    for cost in range(1, 13):
        past(scene, cost=cost)
    assert [run["cost_cents"] for run in scene.api.get(ADDRESS).json()["top_runs"]] == list(range(12, 2, -1))
    assert len(scene.api.get(ADDRESS, {"top_runs_limit": 2}).json()["top_runs"]) == 2


def test_more_executions_take_no_more_queries(scene: Scene) -> None:
    counts = []
    for _ in range(2):
        for _ in range(20):
            past(scene, cost=1)
        scene.api.get(ADDRESS)
        with CaptureQueriesContext(connection) as queries:
            scene.api.get(ADDRESS)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_strangers_see_nothing_of_it(scene: Scene) -> None:
    fill(scene)
    body = scene.stranger.get(ADDRESS, WINDOW).json()
    assert (body["total_cents"], body["run_count"], body["by_agent"], body["daily"]) == (0, 0, [], [])


def test_bad_parameters_are_named(scene: Scene) -> None:
    for parameters, name in (
        ({"top_runs_limit": "0"}, "top_runs_limit"),
        ({"top_runs_limit": "51"}, "top_runs_limit"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-05-02T00:00:00Z", "until": "2026-05-01T00:00:00Z"}, "since"),
        ({"since": "2020-01-01T00:00:00Z"}, "since"),
        ({"until": "0001-01-01T00:00:00Z", "since": "9999-12-31T23:59:59Z"}, "since"),
    ):
        answer = scene.api.get(ADDRESS, parameters)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [name]), parameters
