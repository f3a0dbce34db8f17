"""What lets executions start by themselves, later: only whoever may start them, and no key that must not spend more."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.keys import issue
from api.scopes import Scope
from config.api_urls import VIEWS
from executor.models import GraphExecution
from executor.presets.models import Preset
from executor.schedules.models import Schedule
from executor.webhooks.models import Webhook
from tests.api.belongings import Belongings, addressed
from tests.api.cast import Scene
from tests.api.requests import good

pytestmark = pytest.mark.django_db

SCHEDULE, WEBHOOK = "schedules/<uuid:schedule_id>", "webhooks/<uuid:webhook_id>"
SECRET, PRESET = f"{WEBHOOK}/secret", "library/presets/<uuid:preset_id>"
LATER = [
    ("POST", "graphs/<uuid:graph_id>/schedules"),
    ("PATCH", SCHEDULE),
    ("POST", f"{SCHEDULE}/resume"),
    ("POST", "graphs/<uuid:graph_id>/webhooks"),
    ("POST", SECRET),
    ("PATCH", WEBHOOK),
    ("PATCH", PRESET),
    ("POST", "library/presets/setup-trigger"),
]


@pytest.fixture
def its(scene: Scene) -> Belongings:
    return Belongings(scene)


def client(its: Belongings, *scopes: Scope, **options: Any) -> APIClient:
    return APIClient(HTTP_X_API_KEY=issue(its.ada, name="limited", scopes=scopes, **options)[1])


def send(api: APIClient, method: str, route: str, its: Belongings) -> Any:
    address, body = addressed(route, its), good(method, route).body(its)
    return getattr(api, method.lower())(address, body, format="json")


@pytest.mark.parametrize(("method", "route"), LATER)
def test_a_key_with_a_daily_limit_is_refused(method: str, route: str, its: Belongings) -> None:
    before = everything(route, its)
    refused = send(client(its, *Scope, daily_limit=1_000_000), method, route, its)
    assert (refused.status_code, refused.json()["code"]) == (403, "key_may_not_start_later")
    assert everything(route, its) == before
    assert send(client(its, *Scope), method, route, its).status_code != 403


def test_it_starts_things_at_once_and_sees_its_schedules(its: Belongings) -> None:
    api, count = client(its, *Scope, daily_limit=1), GraphExecution.objects.count()
    assert send(api, "POST", "graphs/<uuid:graph_id>/execute", its).status_code == 202
    assert GraphExecution.objects.count() == count + 1
    assert send(api, "GET", SCHEDULE, its).status_code == 200
    assert send(api, "POST", f"{SCHEDULE}/pause", its).status_code == 200


@pytest.mark.parametrize(
    ("method", "route", "held"),
    [
        ("PATCH", SCHEDULE, Scope.WRITE_SCHEDULE),
        ("POST", f"{SCHEDULE}/resume", Scope.WRITE_SCHEDULE),
        ("POST", SECRET, Scope.WRITE_LIBRARY),
        ("PATCH", WEBHOOK, Scope.WRITE_LIBRARY),
        ("PATCH", PRESET, Scope.WRITE_LIBRARY),
    ],
)
def test_who_may_not_start_the_graph_gets_no_other_way_to(
    method: str, route: str, held: Scope, its: Belongings
) -> None:
    before = everything(route, its)
    refused = send(client(its, held), method, route, its)
    assert (refused.status_code, refused.json()["missing"]) == (403, ["EXECUTE_GRAPH"])
    assert everything(route, its) == before
    assert send(client(its, held, Scope.EXECUTE_GRAPH), method, route, its).status_code == 200


def test_what_lets_executions_start_later_is_known() -> None:
    assert sorted(LATER) == sorted((method, route) for route, view in VIEWS.items() for method in view.starts_later)


def everything(route: str, its: Belongings) -> Any:
    """All that may start something. What the route names is there from the first look on."""
    addressed(route, its)
    return [list(model.objects.order_by("pk").values()) for model in (Schedule, Webhook, Preset)]
