"""Older formats, rule by rule."""

from typing import Any

import pytest

from blocks.registry import registry
from graphs.document import GraphDocument
from graphs.limits import limits_in_force
from graphs.parsing import parse_file
from graphs.report import Note
from graphs.upgrades import NEW_BLOCK_IDS, NEW_MODELS, upgrade
from tests.graphs.files import adder, graph

FOR_EACH = "f8e7d6c5-b4a3-2c1d-0e9f-8g7h6i5j4k3l"
PERPLEXITY = "c8a5f2e9-8b3d-4a7e-9f6c-1d5e3c9b7a4f"


def upgraded(file: dict[str, Any]) -> tuple[GraphDocument, list[Note]]:
    parsed = parse_file(file, limits_in_force())
    return upgrade(parsed.graph, single_braces=parsed.single_braces)


def constants(block: str, given: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """What becomes of a node's constants."""
    return upgraded(graph({"node": (block, given)}, **keys))[0].nodes[0].input_default


def old(file: dict[str, Any]) -> dict[str, Any]:
    """As it would have been exported in 2024."""
    return {key: value for key, value in file.items() if key != "sub_graphs"} | {"is_template": True}


@pytest.mark.parametrize(("before", "after"), NEW_BLOCK_IDS.items())
def test_old_block_ids_become_the_new_ones(before: str, after: str) -> None:
    document, notes = upgraded(graph({"node": (before, {})}))
    assert document.nodes[0].block_id == after
    assert before in notes[0].detail
    assert notes[0].node == "node"


def test_new_block_ids_are_those_of_installed_blocks_where_there_are_such() -> None:
    known = {"0e50422c-6dee-4145-83d6-3a5a392f65de", "f66a3543-28d3-4ab5-8945-9b336371e2ce"}
    assert known <= set(NEW_BLOCK_IDS.values())
    assert all(registry.find(block_id) for block_id in known)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi {name}", "Hi {{name}}"),
        ("{ name } and {x_1}", "{{name}} and {{x_1}}"),
        ("{{name}}", "{{name}}"),
        ('{"a": 1} {1} {}', '{"a": 1} {1} {}'),
    ],
)
def test_single_braces_of_2024_are_doubled(text: str, expected: str) -> None:
    document, _ = upgraded(old(graph({"node": ("FillTextTemplate", {"format": text, "other": text})})))
    assert document.nodes[0].input_default == {"format": expected, "other": text}


def test_single_braces_of_later_files_are_meant() -> None:
    assert constants("FillTextTemplate", {"format": "{name}"}) == {"format": "{name}"}
    dated = old(graph({"node": ("FillTextTemplate", {"format": "{name}"})})) | {"created_at": "2025-01-05T00:00:00Z"}
    assert upgraded(dated)[0].nodes[0].input_default == {"format": "{name}"}


def test_single_braces_of_other_blocks_stay() -> None:
    file = old(graph({"node": ("StoreValue", {"prompt": "{name}"})}))
    assert upgraded(file)[0].nodes[0].input_default == {"prompt": "{name}"}


def test_data_of_a_sub_graph_is_now_called_inputs() -> None:
    assert constants("AgentExecutor", {"data": {"a": 1}}) == {"inputs": {"a": 1}}
    assert constants("AgentExecutor", {"data": 1, "inputs": {}}) == {"data": 1, "inputs": {}}
    assert constants("StoreValue", {"data": 1}) == {"data": 1}


def test_options_of_a_dropdown_were_called_placeholder_values() -> None:
    assert constants("AgentDropdownInput", {"placeholder_values": ["a"]}) == {"options": ["a"]}
    assert constants("AgentInput", {"placeholder_values": ["a"]}) == {"placeholder_values": ["a"]}


@pytest.mark.parametrize(("before", "after"), NEW_MODELS.items())
def test_retired_models_are_replaced(before: str, after: str) -> None:
    assert constants("AITextGenerator", {"model": before}) == {"model": after}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("gpt-4o", "gpt-4o"),
        ("openai/gpt-4o", "gpt-4o"),
        ("perplexity/sonar", "perplexity/sonar"),
        ("somebody/new", "somebody/new"),
    ],
)
def test_a_providers_name_before_a_known_model_is_left_out(before: str, after: str) -> None:
    assert constants("AITextGenerator", {"model": before}) == {"model": after}


def test_perplexity_takes_only_its_own_models() -> None:
    assert constants(PERPLEXITY, {"model": "gpt-4o"}) == {"model": "perplexity/sonar"}
    assert constants(PERPLEXITY, {"model": "perplexity/sonar-pro"}) == {"model": "perplexity/sonar-pro"}


def test_combined_texts_become_elements_of_a_list_also_in_links() -> None:
    file = graph(
        {"a": ("StoreValue", {"input": "x"}), "both": ("CombineTexts", {"input2": "y"})}, ["a.output -> both.input1"]
    )
    document, notes = upgraded(file)
    assert document.node("both").input_default == {"input_$_1": "y"}
    assert document.links[0].sink_name == "input_$_0"
    assert len(notes) == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("item", "item"),
        ("item_$_0", "key"),
        ("item_$_1", "item"),
        ("item_$_1_#_a", "item_#_a"),
        ("item_$_12", "item_$_12"),
    ],
)
def test_pairs_of_the_old_for_each_are_taken_apart(before: str, after: str) -> None:
    file = graph({"each": (FOR_EACH, {}), "b": ("StoreValue", {})}, [f"each.{before} -> b.input"])
    assert upgraded(file)[0].links[0].source_name == after


def test_a_second_link_with_the_same_ends_is_left_out_and_reported() -> None:
    file = adder()
    file["links"] += [file["links"][0] | {"id": "another"}]
    document, notes = upgraded(file)
    assert len(document.links) == 2
    assert "second link" in notes[0].detail


def test_a_file_of_today_is_left_alone() -> None:
    parsed = parse_file(adder(), limits_in_force())
    assert upgrade(parsed.graph, single_braces=parsed.single_braces) == (parsed.graph, [])
