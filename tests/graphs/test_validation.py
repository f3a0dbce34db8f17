"""What is wrong with a graph, per node and pin."""

from typing import Any

import pytest

from blocks.registry import registry
from graphs.document import GraphDocument
from graphs.errors import GraphInvalid
from graphs.limits import limits_in_force
from graphs.parsing import parse_file
from graphs.references import Reference
from graphs.validation import NodeErrors, check, validate
from tests.graphs.files import UNKNOWN_BLOCK, Nodes, adder, child, graph, runs


def parsed(file: dict[str, Any]) -> GraphDocument:
    return parse_file(file, limits_in_force()).graph


def errors(
    nodes: Nodes, links: list[str] | None = None, *, for_run: bool = False, subs: list[dict[str, Any]] | None = None
) -> NodeErrors:
    found = {Reference(sub["id"], sub["version"]): parsed(sub) for sub in subs or []}
    return check(parsed(graph(nodes, links)), registry, for_run=for_run, sub_graphs=found)


def places(found: NodeErrors) -> list[tuple[str, str]]:
    return [(node_id, pin) for node_id, pins in found.items() for pin in pins]


def test_a_sound_graph_has_no_errors() -> None:
    assert check(parsed(adder()), registry, for_run=True, sub_graphs={}) == {}


def test_loops_are_legal() -> None:
    nodes: Nodes = {"a": ("AddToList", {"entry": 1})}
    assert errors(nodes, ["a.updated_list -> a.list"], for_run=True) == {}


def test_links_must_end_at_nodes_of_the_graph() -> None:
    nodes: Nodes = {"a": ("StoreValue", {"input": 1})}
    assert places(errors(nodes, ["ghost.x -> a.input"])) == [("a", "input")]
    assert places(errors(nodes, ["a.output -> ghost.x"])) == [("a", "output")]


def test_pins_must_belong_to_the_block_and_all_errors_are_collected() -> None:
    nodes: Nodes = {"a": ("StoreValue", {"input": 1}), "b": ("StoreValue", {}), "c": ("StoreValue", {})}
    found = errors(nodes, ["a.nothing -> b.nowhere", "a.output -> c.elsewhere"])
    assert places(found) == [("a", "nothing"), ("b", "nowhere"), ("c", "elsewhere")]
    assert "there is no input nowhere; there is: data, input." in found["b"]["nowhere"]


def test_dynamic_pins_are_judged_by_their_base_name() -> None:
    nodes: Nodes = {"a": ("StoreValue", {"input": 1}), "b": ("CreateDictionary", {}), "c": ("StoreValue", {"input": 1})}
    assert errors(nodes, ["a.output_#_x_$_0 -> b.values_#_k"], for_run=True) == {}
    assert places(errors(nodes, ["a.nothing_#_x -> b.ghost_#_k"])) == [("a", "nothing_#_x"), ("b", "ghost_#_k")]


def test_every_block_has_an_error_output_but_those_whose_outputs_the_author_names() -> None:
    nodes: Nodes = {"a": ("StoreValue", {"input": 1}), "in": ("AgentInput", {"name": "n"}), "b": ("StoreValue", {})}
    assert errors(nodes, ["a.error -> b.input"]) == {}
    assert places(errors(nodes, ["in.error -> b.input"])) == [("in", "error")]


def test_old_names_of_a_pin_are_its_names_too() -> None:
    nodes: Nodes = {"a": ("CreateList", {"values": []}), "d": ("AgentDropdownInput", {"name": "n"})}
    assert errors(nodes, ["a.list -> d.placeholder_values"]) == {}


def test_inputs_and_outputs_need_a_name_at_all_times() -> None:
    nodes: Nodes = {"in": ("AgentInput", {}), "out": ("AgentOutput", {"name": None})}
    assert places(errors(nodes)) == [("in", "name"), ("out", "name")]


@pytest.mark.parametrize("name", ["credentials", "mail_credentials"])
def test_inputs_must_not_be_called_like_credentials(name: str) -> None:
    assert places(errors({"in": ("AgentInput", {"name": name})})) == [("in", "name")]


def test_required_pins_of_other_blocks_are_needed_for_a_run_only() -> None:
    nodes: Nodes = {"a": ("Calculator", {"operation": "Add", "a": 1})}
    assert errors(nodes) == {}
    assert places(errors(nodes, for_run=True)) == [("a", "b")]


def test_a_required_pin_may_be_given_by_a_link_or_in_parts() -> None:
    nodes: Nodes = {
        "a": ("StoreValue", {"input": 1}),
        "calc": ("Calculator", {"operation": "Add", "a": 1}),
        "list": ("CreateList", {"values_$_0": None}),
    }
    assert errors(nodes, ["a.output -> calc.b"], for_run=True) == {}


def test_a_block_that_is_not_installed_may_be_kept_but_not_run() -> None:
    nodes: Nodes = {"x": (UNKNOWN_BLOCK, {}), "named": ("4ff1ff6d-cc40-4caa-ae69-011daa20c378", {})}
    assert errors(nodes, ["x.this -> x.that"]) == {}
    found = errors(nodes, for_run=True)
    assert places(found) == [("x", ""), ("named", "")]
    assert UNKNOWN_BLOCK in found["x"][""]
    assert "the block UnrealTextToSpeech (4ff1ff6d-cc40-4caa-ae69-011daa20c378) is not installed" in found["named"][""]


def test_pins_of_an_executor_are_those_of_the_graph_it_runs() -> None:
    nodes: Nodes = {"in": ("AgentInput", {"name": "n"}), "run": runs("x", 1, ["stale"], [])}
    subs = [child("x", 1, ["fresh"], [])]
    assert errors(nodes, ["in.result -> run.fresh"], subs=subs) == {}
    assert places(errors(nodes, ["in.result -> run.stale"], subs=subs)) == [("run", "stale")]


def test_pins_of_an_executor_whose_graph_is_not_there_are_those_of_its_schemas() -> None:
    nodes: Nodes = {"in": ("AgentInput", {"name": "n"}), "run": runs("x", 1, ["stored"], [])}
    assert errors(nodes, ["in.result -> run.stored"]) == {}
    assert places(errors(nodes, ["in.result -> run.fresh"])) == [("run", "fresh")]


def test_an_executor_without_its_graph_cannot_run() -> None:
    nodes: Nodes = {"run": runs("x", 1, [], [])}
    assert errors(nodes) == {}
    assert places(errors(nodes, for_run=True)) == [("run", "graph_id")]
    assert errors(nodes, for_run=True, subs=[child("x", 1, [], [])]) == {}


def test_the_error_carries_all_places_and_its_message_the_first_ones() -> None:
    document = parsed(graph({f"in{index}": ("AgentInput", {}) for index in range(5)}))
    with pytest.raises(GraphInvalid) as refusal:
        validate(document, registry, for_run=False, sub_graphs={})
    assert len(refusal.value.data["node_errors"]) == 5
    assert refusal.value.message.endswith("There are 5 errors in all.")
    assert "AgentInput (node in0): the input name is required." in refusal.value.message
