"""Long executions are read bit by bit, and no answer is larger than it may be."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from executor.models import GraphExecution, NodeExecution
from tests.api.cast import Scene, store_echo
from tests.api.rows import add_runs, past

MEBIBYTE = 1024 * 1024
LARGE = "x" * (256 * 1024)


def of(scene: Scene, execution: GraphExecution, what: str = "") -> str:
    return f"{scene.graph}/executions/{execution.id}{what}"


def read(scene: Scene, execution: GraphExecution, what: str, **parameters: Any) -> dict[str, Any]:
    answer = scene.api.get(of(scene, execution, what), parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_node_executions_are_listed_in_their_order_part_by_part(scene: Scene) -> None:
    execution = past(scene)
    add_runs(execution, [[n] for n in range(5)])
    first = read(scene, execution, "/nodes", limit=3)
    second = read(scene, execution, "/nodes", limit=3, after=first["next_after"])
    assert [first["has_more"], second["has_more"]] == [True, False]
    runs = first["node_executions"] + second["node_executions"]
    assert [(run["number"], run["output_data"]) for run in runs] == [(n + 1, {"output": [n]}) for n in range(5)]
    assert all(run["has_all_outputs"] and run["node_name"] == "answer" and "event_type" not in run for run in runs)
    assert second["next_after"] == 5


def test_node_executions_without_outputs_do_not_take_those_of_others(scene: Scene) -> None:
    execution = past(scene)
    add_runs(execution, [["a", "b"], [], ["c"], []])
    runs = read(scene, execution, "/nodes")["node_executions"]
    assert [run["output_data"] for run in runs] == [{"output": ["a", "b"]}, {}, {"output": ["c"]}, {}]


def test_node_executions_are_chosen_by_status_and_node(scene: Scene) -> None:
    execution = past(scene)
    add_runs(execution, [["good"]])
    add_runs(execution, [["bad"]], status="FAILED")
    (failed,) = read(scene, execution, "/nodes", status="FAILED")["node_executions"]
    assert (failed["number"], failed["output_data"]) == (2, {"output": ["bad"]})
    assert len(read(scene, execution, "/nodes", status=["FAILED", "COMPLETED"])["node_executions"]) == 2
    assert len(read(scene, execution, "/nodes", node_id=failed["node_id"])["node_executions"]) == 2
    question = execution.version.nodes.get(metadata__customized_name="question")
    assert read(scene, execution, "/nodes", node_id=str(question.id))["node_executions"] == []


def test_node_list_of_any_length_takes_the_same_queries(scene: Scene) -> None:
    counts = []
    for length in (1, 60):
        execution = past(scene)
        add_runs(execution, [[n, n] for n in range(length)])
        read(scene, execution, "/nodes")
        with CaptureQueriesContext(connection) as queries:
            read(scene, execution, "/nodes")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_node_list_ends_where_its_answer_is_full(scene: Scene) -> None:
    execution = past(scene)
    add_runs(execution, [[]] * 12, value="x" * MEBIBYTE)
    body = scene.api.get(of(scene, execution, "/nodes"))
    assert len(body.content) < 9 * MEBIBYTE
    assert (len(body.json()["node_executions"]), body.json()["has_more"]) == (7, True)
    assert read(scene, execution, "/nodes", after=7)["has_more"] is False


def test_outputs_of_one_node_execution_that_are_too_many_are_cut_and_said_to_be(scene: Scene) -> None:
    execution = past(scene)
    add_runs(execution, [[LARGE] * 9, ["small"]])
    large, small = read(scene, execution, "/nodes")["node_executions"]
    assert (len(large["output_data"]["output"]), large["has_all_outputs"]) == (3, False)
    assert (small["output_data"], small["has_all_outputs"]) == ({"output": ["small"]}, True)


def test_outputs_are_read_on_from_the_last_seq(scene: Scene) -> None:
    execution = past(scene, status="RUNNING", ended_at=None)
    add_runs(execution, [["a"], ["b", "c"]])
    first = read(scene, execution, "/outputs", limit=2)
    rest = read(scene, execution, "/outputs", after=first["next_after"])
    assert [output["data"] for output in first["outputs"] + rest["outputs"]] == ["a", "b", "c"]
    assert [(first["has_more"], rest["has_more"]), first["status"]] == [(True, False), "RUNNING"]
    add_runs(execution, [["d"]])
    later = read(scene, execution, "/outputs", after=rest["next_after"])
    assert [(output["data"], output["output_index"], output["node_name"]) for output in later["outputs"]] == [
        ("d", 0, "answer")
    ]
    nothing = read(scene, execution, "/outputs", after=later["next_after"])
    assert (nothing["outputs"], nothing["next_after"], nothing["has_more"]) == ([], later["next_after"], False)


def test_outputs_that_are_newer_than_the_execution_are_left_for_the_next_call(scene: Scene) -> None:
    """Or those that are committed at the same time with a lower seq would be passed over."""
    execution = past(scene)
    add_runs(execution, [["a"], ["b"]])
    GraphExecution.objects.filter(id=execution.id).update(seq=1)
    assert [output["data"] for output in read(scene, execution, "/outputs")["outputs"]] == ["a"]


def test_outputs_end_where_their_answer_is_full(scene: Scene) -> None:
    execution = past(scene)
    add_runs(execution, [[LARGE] * 40])
    answer = scene.api.get(of(scene, execution, "/outputs"))
    assert len(answer.content) < 9 * MEBIBYTE
    assert (len(answer.json()["outputs"]), answer.json()["has_more"]) == (31, True)
    assert len(read(scene, execution, "/outputs", after=31)["outputs"]) == 9


def test_one_execution_shows_a_thousand_node_executions_and_where_the_others_are(scene: Scene) -> None:
    execution = past(scene)
    add_runs(execution, [[n] for n in range(1003)])
    body = scene.api.get(of(scene, execution)).json()
    assert (len(body["node_executions"]), len(body["outputs"]["answer"])) == (1000, 1003)
    rest = scene.api.get(body["more_node_executions"]).json()
    assert [run["number"] for run in rest["node_executions"]] == [1001, 1002, 1003]
    assert rest["has_more"] is False


def test_one_execution_that_holds_much_is_answered_in_part(scene: Scene) -> None:
    execution = past(scene)
    add_runs(execution, [[]] * 12, value="x" * MEBIBYTE)
    answer = scene.api.get(of(scene, execution))
    body = answer.json()
    assert len(answer.content) < 18 * MEBIBYTE
    assert (len(body["outputs"]["answer"]), body["has_all_outputs"]) == (7, False)
    assert body["more_node_executions"].endswith(f"/executions/{execution.id}/nodes?after=7")


def test_short_execution_is_whole(scene: Scene) -> None:
    execution = past(scene)
    add_runs(execution, [[1]], value=1)
    body = scene.api.get(of(scene, execution)).json()
    assert (body["outputs"], body["has_all_outputs"], body["more_node_executions"]) == ({"answer": [1]}, True, None)


def test_strangers_and_other_graphs_find_nothing(scene: Scene) -> None:
    execution = past(scene)
    other = store_echo(scene.ada).graph_id
    for what in ("/nodes", "/outputs"):
        assert scene.stranger.get(of(scene, execution, what)).status_code == 404
        assert scene.api.get(f"/api/v1/graphs/{other}/executions/{execution.id}{what}").status_code == 404


def test_bad_parameters_are_named(scene: Scene) -> None:
    execution = past(scene)
    for what, name, value in (
        ("/nodes", "after", "-1"),
        ("/nodes", "after", "9" * 400),
        ("/nodes", "limit", "1001"),
        ("/nodes", "limit", "NaN"),
        ("/nodes", "status", "GONE"),
        ("/nodes", "node_id", "x"),
        ("/outputs", "after", "1e3"),
        ("/outputs", "after", str(2**63)),
        ("/outputs", "limit", "0"),
    ):
        answer = scene.api.get(of(scene, execution, what), {name: value})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [name]), value


def test_run_that_ends_while_it_is_listed_is_not_shown_without_its_outputs(scene: Scene) -> None:
    """Its outputs are asked for after its row."""
    execution = past(scene)
    add_runs(execution, [["a"]])
    with CaptureQueriesContext(connection) as queries:
        read(scene, execution, "/nodes")
    tables = [NodeExecution._meta.db_table, "executor_nodeoutput"]
    order = [query["sql"].split(' FROM "')[1].split('"')[0] for query in queries if "executor_node" in query["sql"]]
    assert order == tables
