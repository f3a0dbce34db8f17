"""Deleting executions: gone for whoever asks, there for the books."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.utils import timezone
from rest_framework.test import APIClient

from credits.models import Transaction
from executor.deleting.erasing import GRACE, erase
from executor.deleting.models import Deletion
from executor.large.files import storage
from executor.large.references import folder_of, folder_of_root, reference
from executor.models import GraphExecution, NodeExecution, NodeOutput
from tests.api.cast import Scene
from tests.api.rows import add_runs, past


@pytest.fixture(autouse=True)
def files(settings: LazySettings, tmp_path: Path) -> None:
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {"values": {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}}


def delete(scene: Scene, execution: GraphExecution, *, by: APIClient | None = None) -> Any:
    return (by or scene.api).delete(f"/api/v1/executions/{execution.id}")


def erase_all() -> int:
    return erase(now=timezone.now() + GRACE + timedelta(seconds=1))


def keep_file(execution: GraphExecution) -> str:
    return storage().save(f"{folder_of_root(execution.id)}/workspace/file", ContentFile(b"secret"))


def test_deleted_execution_is_not_found_any_more(scene: Scene) -> None:
    execution, other = past(scene), past(scene)
    add_runs(execution, [["secret"]])
    answer = delete(scene, execution)
    assert (answer.status_code, answer.content) == (204, b"")
    address = f"{scene.graph}/executions/{execution.id}"
    for what in ("", "/nodes", "/outputs", "/share"):
        assert scene.api.get(f"{address}{what}").status_code == 404
    for what in ("/stop", "/again", "/retry", "/share"):
        assert scene.api.post(f"{address}{what}", {}, format="json").status_code == 404
    assert [body["id"] for body in scene.api.get("/api/v1/executions").json()] == [str(other.id)]
    assert delete(scene, execution).status_code == 404


def test_large_values_of_a_deleted_execution_are_gone_at_once(scene: Scene) -> None:
    execution = past(scene)
    (run,) = add_runs(execution, [[None]])
    path = storage().save(f"{folder_of(execution.id, run.id)}/0", ContentFile(b"1"))
    run.outputs.update(data=reference(path, 1))
    address = f"/api/v1/node-executions/{run.id}/outputs/0"
    assert scene.api.get(address).status_code == 200
    assert scene.stranger.get(address).status_code == 404
    delete(scene, execution)
    assert scene.api.get(address).status_code == 404


def test_running_execution_must_be_stopped_first(scene: Scene) -> None:
    for status in ("QUEUED", "RUNNING", "REVIEW", "INCOMPLETE"):
        execution = past(scene, status=status, ended_at=None)
        answer = delete(scene, execution)
        assert (answer.status_code, answer.json()["code"]) == (409, "still_running")
        assert scene.api.get(f"{scene.graph}/executions/{execution.id}").status_code == 200
    assert not Deletion.objects.exists()


def test_strangers_delete_nothing(scene: Scene) -> None:
    execution = past(scene)
    assert delete(scene, execution, by=scene.stranger).status_code == 404
    assert scene.api.get(f"{scene.graph}/executions/{execution.id}").status_code == 200


def test_sub_graphs_go_with_their_root_and_not_alone(scene: Scene) -> None:
    root = past(scene)
    child = past(scene, parent=root, root=root)
    assert delete(scene, child).status_code == 400
    assert delete(scene, root).status_code == 204
    assert scene.api.get(f"{scene.graph}/executions/{child.id}").status_code == 404


def test_ledger_stays_as_it_is(scene: Scene) -> None:
    before = list(Transaction.objects.values())
    execution = past(scene, cost=7)
    delete(scene, execution)
    erase_all()
    assert list(Transaction.objects.values()) == before
    execution.refresh_from_db()
    assert (execution.cost, execution.status) == (7, "COMPLETED")


def test_request_that_started_it_starts_no_second_one(scene: Scene, redis_url: str) -> None:
    def start() -> Any:
        body = {"inputs": {"question": "Why?"}}
        return scene.api.post(f"{scene.graph}/execute", body, format="json", headers={"Idempotency-Key": "once"})

    first = start().json()
    scene.api.post(f"{scene.graph}/executions/{first['id']}/stop")
    delete(scene, GraphExecution.objects.get(id=first["id"]))
    again = start()
    assert (again.status_code, again.json()["id"]) == (202, first["id"])
    assert GraphExecution.objects.count() == 1


def test_what_it_has_said_is_erased_and_what_it_cost_is_not(scene: Scene) -> None:
    stats = {"node_count": 2, "activity_status": "secret", "correctness_score": 0.5}
    execution = past(
        scene, inputs={"question": "secret"}, error="secret", stats=stats, input_masks={"n": {"p": "secret"}}
    )
    add_runs(execution, [["secret"], ["secret"]], value="secret")
    told = {"retries": 1, "model": "clever", "trouble": "secret", "called_by": {"message": {"content": "secret"}}}
    NodeExecution.objects.filter(execution=execution).update(cost=3, error="secret", stats=told)
    delete(scene, execution)
    erase_all()
    assert not NodeOutput.objects.exists()
    rows = list(NodeExecution.objects.values()) + list(GraphExecution.objects.values())
    assert "secret" not in repr(rows)
    kept = {"retries": 1, "model": "clever", "called_by": {"message": None}}
    assert [(run.cost, run.stats) for run in NodeExecution.objects.all()] == [(3, kept)] * 2
    assert GraphExecution.objects.get().stats == {"node_count": 2}
    assert erase_all() == 0


def test_others_are_not_erased_and_nothing_at_once(scene: Scene) -> None:
    kept, execution = past(scene), past(scene)
    for each in (kept, execution):
        add_runs(each, [["value"]])
        keep_file(each)
    delete(scene, execution)
    assert erase(now=timezone.now()) == 0
    assert NodeOutput.objects.count() == 2
    erase_all()
    assert [output.node_execution.execution_id for output in NodeOutput.objects.all()] == [kept.id]
    assert storage().exists(f"{folder_of_root(kept.id)}/workspace/file")
    assert not storage().exists(f"{folder_of_root(execution.id)}/workspace/file")


def test_files_stay_as_long_as_an_execution_that_goes_on_from_it_does(scene: Scene) -> None:
    first = past(scene)
    second = past(scene, continues=first)
    third = past(scene, continues=second)
    paths = [keep_file(execution) for execution in (first, second, third)]
    there: list[list[bool]] = []
    for execution in (first, second, third):
        delete(scene, execution)
        erase_all()
        erase_all()
        erase_all()
        there.append([storage().exists(path) for path in paths])
    assert there == [[True, True, True], [True, True, True], [False, False, False]]


def test_many_node_executions_are_erased_in_portions(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("executor.deleting.erasing.NODES_AT_ONCE", 2)
    execution = past(scene)
    add_runs(execution, [["secret"]] * 5, value="secret")
    delete(scene, execution)
    erase_all()
    assert "secret" not in repr(list(NodeExecution.objects.values()))
    assert not NodeOutput.objects.exists()


def test_one_that_cannot_be_erased_does_not_stand_in_the_way_of_others(scene: Scene, tmp_path: Path) -> None:
    stuck, execution = past(scene), past(scene)
    keep_file(execution)
    (tmp_path / folder_of_root(stuck.id)).write_text("a file where a folder should be")
    for each in (stuck, execution):
        delete(scene, each)
    erase_all()
    assert not storage().exists(f"{folder_of_root(execution.id)}/workspace/file")
    assert list(Deletion.objects.filter(files_due=True).values_list("execution", flat=True)) == [stuck.id]
    (tmp_path / folder_of_root(stuck.id)).unlink()
    erase_all()
    assert not Deletion.objects.filter(files_due=True).exists()
