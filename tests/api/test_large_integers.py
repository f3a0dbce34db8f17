"""Integers may have any size, also one that no float can hold: nothing that shows or ends an execution minds."""

import pytest

from executor.models import GraphExecution
from executor.statuses import Status
from executor.sweeping.sweep import sweep
from tests.api.cast import Scene
from tests.executor.running import run

pytestmark = pytest.mark.django_db(transaction=True)

LARGE = [int("9" * digits) for digits in (19, 20, 309, 4000)]


@pytest.mark.parametrize("number", LARGE, ids=lambda number: f"{len(str(number))} digits")
def test_an_execution_with_a_large_integer_is_shown_with_it(scene: Scene, number: int) -> None:
    begun = scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": number}}, format="json")
    assert begun.status_code < 300
    execution = run(GraphExecution.objects.get())
    base = f"{scene.graph}/executions/{execution.id}"
    for place in ("/api/v1/executions", f"{scene.graph}/executions", base, f"{base}/nodes", f"{base}/outputs"):
        answer = scene.api.get(place)
        assert answer.status_code == 200
        assert place in ("/api/v1/executions", f"{scene.graph}/executions") or str(number) in answer.content.decode()


def test_a_queued_one_can_be_stopped(scene: Scene) -> None:
    scene.api.post(f"{scene.graph}/execute", {"inputs": {"question": LARGE[-1]}}, format="json")
    execution = GraphExecution.objects.get()
    assert scene.api.post(f"{scene.graph}/executions/{execution.id}/stop").status_code < 300
    sweep()
    execution.refresh_from_db()
    assert execution.status == Status.TERMINATED
