"""How values travel: what pairs with what, what stays, what loops, and in which order."""

import asyncio

import pytest

from accounts.models import User
from executor.jobs import run_execution
from executor.models import NodeOutput
from executor.statuses import Status
from tests.executor.awaiting import until
from tests.executor.blocks import GATES, LOG
from tests.executor.building import build, given, result
from tests.executor.running import fresh, node_executions, outputs, ran, started, statuses
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


def test_a_chain_computes_its_result(ada: User) -> None:
    document = build(
        {"x": given("x"), "sum": ("Calculator", {"operation": "Add", "b": 3}), "y": result("y")},
        ["x.result -> sum.a", "sum.result -> y.value"],
    )
    execution = ran(ada, document, {"x": 4})
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {"y": [7.0]})
    assert execution.stats["node_count"] == 3


def test_values_pair_first_in_first_out_per_pin(ada: User) -> None:
    document = build(
        {
            "left": ("Count", {"count": 3}),
            "right": ("Count", {"count": 2}),
            "pair": ("CreateDictionary", {"values": {}}),
            "out": result("pairs"),
        },
        ["left.number -> pair.values_#_l", "right.number -> pair.values_#_r", "pair.dictionary -> out.value"],
    )
    execution = ran(ada, document)
    assert outputs(execution) == {"pairs": [{"l": 0, "r": 0}, {"l": 1, "r": 1}]}
    left_over = node_executions(execution, "pair")[-1]
    assert (left_over.status, left_over.inputs) == (Status.INCOMPLETE, {"values_#_l": 2})
    assert "values_#_r" in left_over.error


def test_a_static_value_stays_for_every_later_execution(ada: User) -> None:
    document = build(
        {
            "many": ("Count", {"count": 3}),
            "kept": given("kept", "k"),
            "pair": ("CreateDictionary", {"values": {}}),
            "out": result("pairs"),
        },
        ["many.number -> pair.values_#_n", "kept.result -> pair.values_#_k", "pair.dictionary -> out.value"],
    )
    execution = ran(ada, document)
    assert outputs(execution) == {"pairs": [{"n": n, "k": "k"} for n in range(3)]}


def test_two_links_into_one_pin_feed_one_queue(ada: User) -> None:
    document = build(
        {"a": ("Count", {"count": 2}), "b": ("Count", {"count": 2}), "out": result("all")},
        ["a.number -> out.value", "b.number -> out.value"],
    )
    assert sorted(outputs(ran(ada, document))["all"]) == [0, 0, 1, 1]


def test_a_link_beats_a_constant(ada: User) -> None:
    document = build(
        {"x": given("x"), "echo": ("Echo", {"value": "constant"}), "out": result("out")},
        ["x.result -> echo.value", "echo.value -> out.value"],
    )
    assert outputs(ran(ada, document, {"x": None})) == {}
    document = build(
        {"x": given("x"), "echo": ("Echo", {"value": "constant"}), "out": result("out")},
        ["x.result -> echo.value", "echo.value -> out.value"],
    )
    assert outputs(ran(ada, document, {"x": "given"})) == {"out": ["given"]}


def test_a_loop_appends_to_its_own_list(ada: User) -> None:
    document = build(
        {
            "many": ("Count", {"count": 3}),
            "list": ("AddToList", {"list": []}),
            "start": ("CreateList", {"values": []}),
            "out": result("lists"),
        },
        [
            "many.number -> list.entry",
            "start.list -> list.list",
            "list.updated_list -> list.list",
            "list.updated_list -> out.value",
        ],
    )
    assert outputs(ran(ada, document)) == {"lists": [[0], [0, 1], [0, 1, 2]]}


def test_parts_of_an_output_are_selected_by_the_pin(ada: User) -> None:
    document = build(
        {"x": ("Echo", {"value": {"rows": [{"n": 1}, {"n": 2}]}}), "out": result("n"), "none": result("none")},
        ["x.value_#_rows_$_1_#_n -> out.value", "x.value_#_missing -> none.value"],
    )
    assert outputs(ran(ada, document)) == {"n": [2]}


def test_a_failing_node_sends_its_error_and_the_rest_goes_on(ada: User) -> None:
    document = build(
        {
            "bad": ("Explode", {"value": "before", "message": "no luck"}),
            "good": ("Echo", {"value": 1}),
            "before": result("before"),
            "error": result("error"),
            "fine": result("fine"),
        },
        ["bad.value -> before.value", "bad.error -> error.value", "good.value -> fine.value"],
    )
    execution = ran(ada, document)
    assert execution.status == Status.COMPLETED
    assert outputs(execution) == {"before": ["before"], "error": ["no luck"], "fine": [1]}
    assert statuses(node_executions(execution, "bad")) == [Status.FAILED]
    assert execution.stats["node_error_count"] == 1


def test_an_input_without_a_value_lets_what_follows_wait(ada: User) -> None:
    document = build(
        {"x": given("x"), "echo": ("Echo", {}), "out": result("out"), "fine": ("Echo", {"value": 1})},
        ["x.result -> echo.value", "echo.value -> out.value"],
    )
    execution = ran(ada, document, {"x": None})
    assert (execution.status, outputs(execution)) == (Status.COMPLETED, {})
    assert node_executions(execution, "echo") == []


def _noted(beginning: str) -> bool:
    return any(str(entry).startswith(beginning) for entry in LOG["ordered"])


async def _run_and_open(execution_id: str, gates: list[str]) -> None:
    task = asyncio.create_task(run_execution(execution_id))
    for gate in gates:
        await until(lambda gate=gate: _noted(f"start {gate[-1]}"), task)
        GATES[gate].set()
        await until(lambda gate=gate: _noted(f"end {gate[-1]}"), task)
    await task


def test_several_executions_of_a_node_overlap_and_their_outputs_keep_their_order(ada: User) -> None:
    LOG["ordered"].clear()
    document = build(
        {
            "many": ("Count", {"count": 3}),
            "gate": ("Gate", {"gate": "ordered-", "log": "ordered"}),
            "out": result("out"),
        },
        ["many.number -> gate.value", "gate.value -> out.value"],
    )
    execution = started(ada, document)
    asyncio.run(_run_and_open(str(execution.id), ["ordered-2", "ordered-1", "ordered-0"]))
    ends = [str(entry).split()[1] for entry in LOG["ordered"] if str(entry).startswith("end")]
    assert ends == ["2", "1", "0"]
    assert outputs(fresh(execution)) == {"out": [0, 1, 2]}


def test_outputs_are_numbered_per_node_execution(ada: User) -> None:
    execution = ran(ada, build({"many": ("Count", {"count": 3})}))
    rows = NodeOutput.objects.filter(node_execution__execution=execution).order_by("index")
    assert [(row.index, row.name, row.data) for row in rows] == [(0, "number", 0), (1, "number", 1), (2, "number", 2)]


def test_a_hundred_items_fan_out_and_join(ada: User) -> None:
    document = build(
        {
            "steps": ("StepThroughItems", {"items": list(range(100))}),
            "double": ("Calculator", {"operation": "Multiply", "b": 2, "round_result": True}),
            "start": ("CreateList", {"values": []}),
            "list": ("AddToList", {}),
            "count": ("CountItems", {}),
            "out": result("counts"),
        },
        [
            "steps.item -> double.a",
            "double.result -> list.entry",
            "start.list -> list.list",
            "list.updated_list -> list.list",
            "list.updated_list -> count.collection",
            "count.count -> out.value",
        ],
    )
    assert outputs(ran(ada, document)) == {"counts": list(range(1, 101))}
