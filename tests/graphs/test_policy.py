"""What a node's metadata may ask for, and what is refused when a graph is saved, imported or run."""

from dataclasses import replace
from typing import Any

import pytest

from accounts.models import User
from blocks.registry import registry
from executor.launching.launch import launch
from graphs.document import GraphDocument
from graphs.errors import GraphInvalid
from graphs.importing import import_graph
from graphs.models import Graph
from graphs.plans import plan_for
from graphs.policy import DEFAULT_POLICY, OnError, Policy, policy_of
from graphs.saving import save_version
from graphs.storage import document_of
from graphs.validation import check
from tests.executor.building import build
from tests.executor.running import store
from tests.factories import make_user

pytestmark = pytest.mark.django_db

GOOD = {"timeout_seconds": 2.5, "retries": 3, "retry_backoff_seconds": 0, "on_error": "continue"}


@pytest.fixture
def ada() -> User:
    return make_user()


def with_metadata(block: str, **metadata: Any) -> GraphDocument:
    """A graph of one node, called n."""
    document = build({"n": (block, {"value": 1, "graph_id": "g"})})
    (node,) = document.nodes
    return replace(document, nodes=(replace(node, metadata=node.metadata | metadata),))


def errors(block: str, **metadata: Any) -> dict[str, str]:
    found = check(with_metadata(block, **metadata), registry, for_run=False, sub_graphs={})
    return next(iter(found.values()), {})


def test_a_policy_is_read_from_metadata() -> None:
    assert policy_of({"position": {"x": 1}} | GOOD) == Policy(
        timeout_seconds=2.5, retries=3, retry_backoff_seconds=0, on_error=OnError.CONTINUE
    )
    assert policy_of({"position": {"x": 1}, "retries": None}) is DEFAULT_POLICY


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("timeout_seconds", 0.001),
        ("timeout_seconds", 3600),
        ("retries", 0),
        ("retries", 10),
        ("retry_backoff_seconds", 0),
        ("retry_backoff_seconds", 300),
        ("on_error", "route"),
        ("on_error", "fail"),
        ("on_error", "continue"),
        ("timeout_seconds", None),
    ],
)
def test_a_value_at_its_limit_is_saved(key: str, value: Any) -> None:
    assert errors("Pause", **{key: value}) == {}


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("timeout_seconds", 3601, "at most 3600"),
        ("timeout_seconds", 0, "above 0"),
        ("timeout_seconds", -1, "above 0"),
        ("timeout_seconds", "10", "a number"),
        ("timeout_seconds", True, "a number"),
        ("timeout_seconds", 10**400, "at most 3600"),
        ("timeout_seconds", float("nan"), "at most 3600"),
        ("retries", 11, "from 0 to 10"),
        ("retries", -1, "from 0 to 10"),
        ("retries", 1.0, "whole number"),
        ("retries", True, "whole number"),
        ("retry_backoff_seconds", 300.1, "from 0 to 300"),
        ("retry_backoff_seconds", [1], "from 0 to 300"),
        ("on_error", "stop", "route, fail or continue"),
        ("on_error", {}, "route, fail or continue"),
        ("on_error", "x" * 10_000, "route, fail or continue"),
    ],
)
def test_a_value_beyond_its_limit_is_refused_with_node_key_and_limit(key: str, value: Any, told: str) -> None:
    found = errors("Pause", **{key: value})
    assert list(found) == [f"metadata.{key}"]
    message = found[f"metadata.{key}"]
    assert message.startswith("n (Pause, node ")
    assert f"{key} must be" in message
    assert told in message
    assert len(message) < 400


@pytest.mark.parametrize(
    ("block", "told"), [("Once", "its block must not run twice"), ("AgentExecutor", "policies of their own")]
)
def test_blocks_that_are_not_tried_again_take_no_retries(block: str, told: str) -> None:
    assert told in errors(block, retries=1)["metadata.retries"]
    assert "metadata.retries" not in errors(block, retries=0)


def test_saving_refuses_and_stores_nothing(ada: User) -> None:
    graph = store(ada, with_metadata("Pause")).graph
    with pytest.raises(GraphInvalid, match="retries must be a whole number from 0 to 10, not 99"):
        save_version(graph, with_metadata("Pause", retries=99))
    assert graph.versions.count() == 1


def test_a_saved_policy_is_part_of_the_plan(ada: User) -> None:
    graph = store(ada, with_metadata("Pause")).graph
    version = save_version(graph, with_metadata("Pause", **GOOD))
    (node,) = plan_for(version).nodes.values()
    assert node.policy == policy_of(GOOD)


def test_importing_leaves_out_what_cannot_be_followed_and_says_so(ada: User) -> None:
    content = {
        "name": "from elsewhere",
        "nodes": [
            {
                "id": "n",
                "block_id": next(block.id for block in registry if block.name == "Once"),
                "input_default": {"value": 1},
                "metadata": {"retries": 2, "timeout_seconds": "soon", "on_error": "fail", "position": {"x": 1}},
            }
        ],
        "links": [],
    }
    imported = import_graph(ada, content)
    (node,) = document_of(imported.version).nodes
    assert node.metadata == {"on_error": "fail", "position": {"x": 1}}
    dropped = {note.place: note.detail for note in imported.report.dropped}
    assert "must not run twice" in dropped["retries"]
    assert "at most 3600" in dropped["timeout_seconds"]


def test_what_was_stored_some_other_way_is_refused_at_launch(ada: User) -> None:
    version = store(ada, with_metadata("Pause", retries="lots", timeout_seconds=3))
    assert next(iter(plan_for(version).nodes.values())).policy == Policy(timeout_seconds=3)
    with pytest.raises(GraphInvalid, match="retries must be"):
        launch(ada, version, inputs={})
    assert Graph.objects.get(id=version.graph_id).executions.count() == 0
