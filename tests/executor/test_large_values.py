"""Outputs that are too large for rows: files have them, everything else a reference."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.storage import storages
from django.test import override_settings

from accounts.models import User
from executor.events import CommittedBatch, changes_committed
from executor.large.files import storage
from executor.launching.again import retry, run_again
from executor.models import GraphExecution, NodeOutput
from executor.statuses import Status
from executor.telling.changes import changes_since
from tests.api.cast import client_of
from tests.executor.blocks import LOG
from tests.executor.building import build, result
from tests.executor.crashing import run_and_die
from tests.executor.running import fresh, node_executions, outputs, ran, run, started
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

INLINE = 1000
LARGE = "ä" * INLINE


@pytest.fixture(autouse=True)
def small_limits(settings: LazySettings, tmp_path: Path) -> None:
    settings.NODE_OUTPUT_INLINE_BYTES = INLINE
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {"values": {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}}


@pytest.fixture
def ada() -> User:
    return make_user()


def relay(value: Any, *, last: str = "Echo") -> Any:
    """Two nodes that pass a value on, and an output."""
    nodes = {"a": ("Echo", {"value": value}), "b": (last, {}), "out": result("out")}
    return build(nodes, ["a.value -> b.value", "b.value -> out.value"])


def dead_after(ada: User, document: Any, name: str) -> GraphExecution:
    """Its worker has died after this node had emitted: the next one waits until its start is committed."""
    execution = started(ada, document)
    with override_settings(JOURNAL_LINGER_MILLISECONDS=10_000):  # nothing is committed unless somebody waits for it
        assert run_and_die(execution, commits=1)
    assert NodeOutput.objects.filter(node_execution__in=node_executions(execution, name)).exists()
    return execution


def emitted(execution: GraphExecution, name: str) -> Any:
    return NodeOutput.objects.get(node_execution=node_executions(execution, name)[0], index=0).data


def content(reference: Any) -> Any:
    return json.loads(storage().open(reference["$file"]).read())


def test_up_to_the_limit_a_value_stays_in_its_row(ada: User) -> None:
    value = "x" * (INLINE - 2)  # and its quotes
    assert emitted(ran(ada, relay(value)), "a") == value


def test_a_larger_value_is_in_a_file_and_rows_and_events_refer_to_it(ada: User) -> None:
    execution = ran(ada, relay(LARGE))
    reference = emitted(execution, "a")
    assert (set(reference), reference["$bytes"]) == ({"$file", "$bytes"}, 2 * INLINE + 2)
    assert content(reference) == LARGE
    assert node_executions(execution, "b")[0].inputs == {"value": reference}
    assert content(outputs(execution)["out"][0]) == LARGE
    assert execution.stats["large_values"] > 0
    told = [change for change in changes_since(execution.id, 0) if change.get("node_name") != "a"]
    assert {"value": reference} in [change.get("input_data") for change in told]
    assert LARGE not in json.dumps(told, default=str, ensure_ascii=False)


def test_live_events_refer_to_it(ada: User) -> None:
    heard: list[dict[str, Any]] = []

    async def listen(batches: Sequence[CommittedBatch], **kwargs: Any) -> None:
        heard.extend(event for batch in batches for event in batch.events)

    changes_committed.connect(listen)
    try:
        execution = ran(ada, relay(LARGE))
    finally:
        changes_committed.disconnect(listen)
    reference = emitted(execution, "a")
    told = [event["output_data"] for event in heard if event.get("node_name") == "b" and event["output_data"]]
    assert [data["value"] for data in told] == [[emitted(execution, "b")]] * 2
    assert {"value": reference} in [event["input_data"] for event in heard if event.get("node_name") == "b"]
    assert [event["outputs"] for event in heard if event.get("outputs")] == [outputs(execution)]


def test_blocks_are_given_the_value_itself(ada: User) -> None:
    ran(ada, relay({"texts": [LARGE, "small"]}, last="Gate"))
    assert any(LARGE in str(entry) for entry in LOG["gate"])


def test_a_part_of_a_large_value_is_a_value_of_its_own(ada: User) -> None:
    nodes = {"a": ("Echo", {"value": {"big": LARGE, "small": 1}}), "out": result("out")}
    execution = ran(ada, build(nodes, ["a.value_#_small -> out.value"]))
    assert outputs(execution) == {"out": [1]}


def test_an_execution_that_is_taken_up_reads_them_back(ada: User) -> None:
    execution = dead_after(ada, relay(LARGE, last="Gate"), "a")
    LOG.pop("gate", None)
    execution = run(execution)
    assert execution.status == Status.COMPLETED, execution.error
    assert content(outputs(execution)["out"][0]) == LARGE
    assert any(LARGE in str(entry) for entry in LOG["gate"])


def test_running_again_takes_over_the_same_files(ada: User) -> None:
    first = ran(ada, relay(LARGE, last="Gate"))
    node = str(node_executions(first, "b")[0].node_id)
    LOG.pop("gate")
    again = run(run_again(first, from_node=node))
    assert any(LARGE in str(entry) for entry in LOG["gate"])
    assert emitted(again, "a") == emitted(first, "a")
    assert content(outputs(again)["out"][0]) == LARGE


def test_what_only_looks_like_a_reference_is_a_value(ada: User, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('"secret"')
    fake = {"$file": "secret.json", "$bytes": 8}
    nodes = {"a": ("Echo", {"value": LARGE}), "b": ("Echo", {"value": fake}), "c": ("Gate", {"log": "lookalike"})}
    first = ran(ada, build(nodes, ["b.value -> c.value"]))
    again = run(run_again(first, from_node=str(node_executions(first, "c")[0].node_id)))
    assert "copied_from" in node_executions(again, "b")[0].stats
    assert len([entry for entry in LOG["lookalike"] if str(fake) in entry]) == len(LOG["lookalike"]) == 4


def test_one_byte_too_many_fails_the_node_and_names_the_limit(ada: User, settings: LazySettings) -> None:
    settings.NODE_OUTPUT_MAX_BYTES = 2 * INLINE + 2
    assert node_executions(ran(ada, relay(LARGE)), "a")[0].status == Status.COMPLETED
    (refused,) = node_executions(ran(ada, relay(LARGE + "!")), "a")
    assert refused.status == Status.FAILED
    assert f"{2 * INLINE + 3} bytes; the limit is {2 * INLINE + 2} (NODE_OUTPUT_MAX_BYTES)" in refused.error


def test_inputs_that_are_too_large_for_a_row_fail_their_node_only(ada: User, settings: LazySettings) -> None:
    text = "x" * 500
    settings.NODE_INPUT_MAX_BYTES = len(json.dumps({"value": text, "message": ""}))
    nodes: Any = {"a": ("Echo", {"value": text}), "b": ("Echo", {"value": text + "!" * 20}), "out": result("out")}
    links = ["a.value -> out.value"]
    nodes |= {"c": ("Explode", {"message": ""}), "d": ("Explode", {"message": ""})}
    execution = ran(ada, build(nodes, [*links, "a.value -> c.value", "b.value -> d.value"]))
    (kept,), (refused,) = node_executions(execution, "c"), node_executions(execution, "d")
    assert (execution.status, kept.status, refused.status) == (Status.COMPLETED, Status.COMPLETED, Status.FAILED)
    assert "(NODE_INPUT_MAX_BYTES)" in refused.error
    assert (refused.inputs, refused.attempt) == ({}, 0)


def test_its_owner_gets_the_value_over_the_api_and_nobody_else(ada: User) -> None:
    (row,) = node_executions(ran(ada, relay(LARGE)), "a")
    address = f"/api/v1/node-executions/{row.id}/outputs"
    answer = client_of(ada).get(f"{address}/0")
    assert json.loads(b"".join(answer.streaming_content)) == LARGE  # type: ignore[attr-defined]
    assert client_of(ada).get(f"{address}/1").status_code == 404
    assert client_of(make_user("grace@example.org")).get(f"{address}/0").status_code == 404


def test_an_execution_whose_file_is_gone_fails_with_the_reason(ada: User) -> None:
    execution = dead_after(ada, relay(LARGE, last="Gate"), "a")
    storages["values"].delete(emitted(execution, "a")["$file"])
    execution = run(execution)
    assert (execution.status, execution.error_code) == (Status.FAILED, "state_unreadable")
    assert "large value cannot be read" in fresh(execution).error


def test_what_looks_like_a_reference_to_somebody_elses_value_gives_nothing(ada: User) -> None:
    theirs = emitted(ran(make_user("grace@example.org"), relay(LARGE)), "a")
    (row,) = node_executions(ran(ada, relay(theirs)), "a")
    assert emitted(row.execution, "a") == theirs
    assert client_of(ada).get(f"/api/v1/node-executions/{row.id}/outputs/0").status_code == 404


@pytest.mark.parametrize("path", ["", ".", "executions", "/etc/passwd", "../../etc/passwd", "x" * 900])
def test_odd_references_give_nothing(ada: User, path: str) -> None:
    fake = {"$file": path, "$bytes": 1}
    (row,) = node_executions(ran(ada, relay(fake)), "a")
    assert client_of(ada).get(f"/api/v1/node-executions/{row.id}/outputs/0").status_code == 404


def test_inputs_stay_too_large_when_it_runs_again(ada: User, settings: LazySettings) -> None:
    settings.NODE_INPUT_MAX_BYTES = INLINE
    nodes: Any = {name: ("Echo", {"value": "x" * 600}) for name in ("a", "b")}
    nodes |= {"both": ("CreateDictionary", {"values": {}})}
    document = build(nodes, [f"{name}.value -> both.values_#_{name}" for name in ("a", "b")])
    again = run(retry(ran(ada, document)))
    (row,) = node_executions(again, "both")
    assert (row.status, row.inputs, "(NODE_INPUT_MAX_BYTES)" in row.error) == (Status.FAILED, {}, True)
    assert "copied_from" in node_executions(again, "a")[0].stats
