"""The ceilings that an owner sets for all executions of a graph."""

from typing import Any

import pytest

from executor.models import GraphExecution
from graphs.models import Graph
from tests.api.cast import Scene
from tests.meanwhile import before_writing

NONE = {"max_cost": None, "max_seconds": None, "max_running": None}
CEILINGS = {"max_cost": 5, "max_seconds": 60, "max_running": 2}


def ceilings(scene: Scene) -> dict[str, Any]:
    body = scene.api.get(f"{scene.graph}/settings").json()
    return {name: body[name] for name in NONE}


def patched(scene: Scene, **changes: Any) -> Any:
    return scene.api.patch(f"{scene.graph}/settings", changes, format="json")


def test_ceilings_are_set_one_by_one_and_taken_away_again(scene: Scene) -> None:
    assert ceilings(scene) == NONE
    for name, value in CEILINGS.items():
        assert patched(scene, **{name: value}).status_code == 200
    assert ceilings(scene) == CEILINGS
    assert patched(scene, **NONE).json() | NONE == patched(scene).json()
    assert ceilings(scene) == NONE


def test_they_hold_for_what_is_started_afterwards(scene: Scene) -> None:
    wish = {"inputs": {"question": "Why?"}, "max_cost": 7}
    before = scene.api.post(f"{scene.graph}/execute", wish, format="json").json()["id"]
    patched(scene, **CEILINGS)
    after = scene.api.post(f"{scene.graph}/execute", wish, format="json").json()["id"]
    found = {str(row.id): (row.max_cost, row.max_seconds) for row in GraphExecution.objects.all()}
    assert (found[before], found[after]) == ((7, None), (5, 60))


@pytest.mark.parametrize("name", CEILINGS)
@pytest.mark.parametrize("value", [0, -1, 10**10, "much", 1.5])
def test_a_ceiling_beyond_the_limits_is_refused_by_its_name(scene: Scene, name: str, value: Any) -> None:
    answer = patched(scene, **{name: value})
    assert answer.status_code == 400
    assert name in str(answer.json())
    assert ceilings(scene) == NONE


def test_a_stranger_neither_sees_nor_sets_them(scene: Scene) -> None:
    path = f"{scene.graph}/settings"
    assert scene.stranger.get(path).status_code == 404
    assert scene.stranger.patch(path, CEILINGS, format="json").status_code == 404
    assert Graph.objects.get().max_cost is None


def test_a_version_that_is_saved_meanwhile_stays_the_active_one(scene: Scene) -> None:
    def save() -> None:
        assert scene.api.put(scene.graph, scene.api.get(scene.graph).json(), format="json").json()["version"] == 2

    with before_writing(Graph, save):
        assert patched(scene, max_running=3).status_code == 200
    assert (Graph.objects.get().active_version, ceilings(scene)["max_running"]) == (2, 3)


def test_a_graph_that_is_deleted_meanwhile_stays_deleted(scene: Scene) -> None:
    def delete() -> None:
        assert scene.api.delete(scene.graph).status_code == 200

    with before_writing(Graph, delete):
        assert patched(scene, max_running=3).status_code == 404
    assert scene.api.get(scene.graph).status_code == 404
    assert patched(scene).status_code == 404


def test_what_another_request_sets_meanwhile_stays_set(scene: Scene) -> None:
    with before_writing(Graph, lambda: patched(scene, max_cost=5)):
        patched(scene, max_running=3)
    assert ceilings(scene) == NONE | {"max_cost": 5, "max_running": 3}
