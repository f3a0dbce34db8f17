"""The results of an execution, as the external API of the AutoGPT Platform gives them."""

import pytest

from executor.launching.launch import launch
from tests.api.cast import Scene, make_scene
from tests.executor.running import run


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


def test_outputs_are_told_once_it_is_complete(scene: Scene) -> None:
    execution = launch(scene.ada, scene.version, inputs={"question": "Why?"})
    address = f"{scene.graph}/executions/{execution.id}/results"
    before = scene.api.get(address).json()
    assert (before["status"], before["output"]) == ("QUEUED", None)
    run(execution)
    body = scene.api.get(address).json()
    assert (body["execution_id"], body["status"], body["has_more"]) == (str(execution.id), "COMPLETED", False)
    assert body["output"] == {"answer": ["Why?"]}
    assert [node["output"] for node in body["nodes"]] == [
        {"result": ["Why?"]},
        {"output": ["Why?"], "name": ["answer"]},
    ]
    assert scene.stranger.get(address).status_code == 404
