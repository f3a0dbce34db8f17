"""What a graph asks for and gives, as JSON schemas."""

from typing import Any

from blocks.registry import registry
from graphs.limits import limits_in_force
from graphs.parsing import parse_file
from graphs.schemas import input_schema, output_schema
from tests.graphs.files import Nodes, graph


def inputs(nodes: Nodes) -> dict[str, Any]:
    return input_schema(parse_file(graph(nodes), limits_in_force()).graph, registry)


def test_an_input_is_described_by_its_node() -> None:
    constants = {"name": "n", "value": 3, "title": "How many", "description": "A number.", "advanced": True}
    assert inputs({"a": ("AgentNumberInput", constants)}) == {
        "type": "object",
        "properties": {
            "n": {
                "anyOf": [{"type": "integer"}, {"type": "null"}],
                "secret": False,
                "advanced": True,
                "title": "How many",
                "description": "A number.",
                "default": 3,
            }
        },
        "required": [],
    }


def test_an_input_without_a_value_is_required_and_never_advanced() -> None:
    schema = inputs({"a": ("AgentInput", {"name": "n", "advanced": True, "secret": True})})
    assert schema["required"] == ["n"]
    assert schema["properties"]["n"] == {"secret": True, "advanced": False, "title": "n"}


def test_a_dropdown_has_its_options_and_a_table_its_columns() -> None:
    nodes: Nodes = {
        "d": ("AgentDropdownInput", {"name": "d", "options": ["a", "b"]}),
        "t": ("AgentTableInput", {"name": "t", "column_headers": ["Name"]}),
    }
    properties = inputs(nodes)["properties"]
    assert properties["d"]["enum"] == ["a", "b"]
    assert properties["t"]["format"] == "table"
    assert properties["t"]["items"]["properties"] == {"Name": {"type": "string"}}


def test_of_two_inputs_with_one_name_the_later_counts() -> None:
    nodes: Nodes = {"a": ("AgentInput", {"name": "n", "value": 1}), "b": ("AgentInput", {"name": "n"})}
    assert inputs(nodes)["required"] == ["n"]


def test_nameless_inputs_and_other_blocks_are_left_out() -> None:
    assert inputs({"a": ("AgentInput", {}), "b": ("StoreValue", {"name": "x"})})["properties"] == {}


def test_outputs_are_required_unless_constant() -> None:
    nodes: Nodes = {"a": ("AgentOutput", {"name": "a"}), "b": ("AgentOutput", {"name": "b", "value": 1})}
    schema = output_schema(parse_file(graph(nodes), limits_in_force()).graph, registry)
    assert (list(schema["properties"]), schema["required"]) == (["a", "b"], ["a"])
