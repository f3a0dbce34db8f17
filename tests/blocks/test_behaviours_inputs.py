"""What enters a graph and what leaves it: None, empty values, and values of another type."""

from typing import Any

from tests.blocks.behaviours import NOTHING, Outcome, Waits, block_named, check, emits, outcome_of, rows

BY_ZERO = "The template cannot be filled in: division by zero"
NEEDS_A_NAME = Waits("The required input name has no value.")


@rows(
    ("AgentInput", {"value": "x"}, NEEDS_A_NAME),
    ("AgentInput", {"name": None, "value": "x"}, NEEDS_A_NAME),
    ("AgentInput", {"name": 5, "value": "x"}, emits(("result", "x"))),
    ("AgentInput", {"name": "a", "value": None}, NOTHING),
    ("AgentInput", {"name": "a", "value": ""}, emits(("result", ""))),
    ("AgentInput", {"name": "a", "value": 0}, emits(("result", 0))),
    ("AgentInput", {"name": "a", "value": False}, emits(("result", False))),
    ("AgentInput", {"name": "a", "value": []}, emits(("result", []))),
    ("AgentInput", {"name": "a", "value": {"b": None}}, emits(("result", {"b": None}))),
    ("AgentShortTextInput", {"name": "a"}, NOTHING),
    ("AgentShortTextInput", {"name": "a", "value": ""}, emits(("result", ""))),
    ("AgentShortTextInput", {"name": "a", "value": 5}, emits(("result", "5"))),
    ("AgentShortTextInput", {"name": "a", "value": True}, emits(("result", "true"))),
    ("AgentShortTextInput", {"name": "a", "value": {"b": "é"}}, emits(("result", '{"b": "é"}'))),
    ("AgentLongTextInput", {"name": "a", "value": ["x", 1]}, emits(("result", '["x", 1]'))),
    ("AgentLongTextInput", {"name": "a", "value": "a\nb"}, emits(("result", "a\nb"))),
    ("AgentNumberInput", {"name": "a", "value": "12"}, emits(("result", 12))),
    ("AgentNumberInput", {"name": "a", "value": "-3"}, emits(("result", -3))),
    ("AgentNumberInput", {"name": "a", "value": "1.5"}, emits(("result", 1))),
    ("AgentNumberInput", {"name": "a", "value": "1e3"}, emits(("result", 1000))),
    ("AgentNumberInput", {"name": "a", "value": -3.7}, emits(("result", -3))),
    ("AgentNumberInput", {"name": "a", "value": "many"}, emits(("result", 0))),
    ("AgentNumberInput", {"name": "a", "value": ""}, emits(("result", 0))),
    ("AgentNumberInput", {"name": "a", "value": [7, 8]}, emits(("result", 2))),
    ("AgentNumberInput", {"name": "a", "value": None}, NOTHING),
    ("AgentDateInput", {"name": "a", "value": "2026-02-28"}, emits(("result", "2026-02-28"))),
    ("AgentDateInput", {"name": "a", "value": "2026-02-28T00:00:00"}, emits(("result", "2026-02-28"))),
    ("AgentDateInput", {"name": "a", "value": None}, NOTHING),
    ("AgentTimeInput", {"name": "a", "value": "09:30"}, emits(("result", "09:30:00"))),
    ("AgentTimeInput", {"name": "a", "value": "23:59:59"}, emits(("result", "23:59:59"))),
    ("AgentTimeInput", {"name": "a", "value": None}, NOTHING),
    ("AgentFileInput", {"name": "a"}, NOTHING),
    ("AgentFileInput", {"name": "a", "value": "", "base_64": True}, NOTHING),
    ("AgentFileInput", {"name": "a", "value": "data:,Hi"}, emits(("result", "data:,Hi"))),
    ("AgentDropdownInput", {"name": "a", "options": ["S", "M"]}, NOTHING),
    ("AgentDropdownInput", {"name": "a", "value": "M", "options": ["S", "M"]}, emits(("result", "M"))),
    ("AgentDropdownInput", {"name": "a", "value": "M", "placeholder_values": ["M"]}, emits(("result", "M"))),
    ("AgentDropdownInput", {"name": "a", "value": 1, "options": [1, 2]}, emits(("result", "1"))),
    ("AgentToggleInput", {"name": "a"}, emits(("result", False))),
    ("AgentToggleInput", {"name": "a", "value": None}, emits(("result", False))),
    ("AgentToggleInput", {"name": "a", "value": "TRUE"}, emits(("result", True))),
    ("AgentToggleInput", {"name": "a", "value": "1"}, emits(("result", True))),
    ("AgentToggleInput", {"name": "a", "value": "yes"}, emits(("result", False))),
    ("AgentToggleInput", {"name": "a", "value": 0}, emits(("result", False))),
    ("AgentTableInput", {"name": "a"}, emits(("result", []))),
    ("AgentTableInput", {"name": "a", "value": None}, emits(("result", []))),
    ("AgentTableInput", {"name": "a", "value": []}, emits(("result", []))),
    ("AgentTableInput", {"name": "a", "value": [{"Name": None}]}, emits(("result", [{"Name": None}]))),
    ("AgentTableInput", {"name": "a", "value": '[{"Name": 1}]'}, emits(("result", [{"Name": 1}]))),
    ("AgentGoogleDriveFileInput", {"name": "a"}, NOTHING),
    ("AgentGoogleDriveFileInput", {"name": "a", "value": {"id": "1"}}, emits(("result", {"id": "1"}))),
)
async def test_value_enters_the_graph_unless_there_is_none(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


@rows(
    ("AgentDateInput", {"name": "a", "value": "2026-02-30"}, Waits("value")),
    ("AgentDateInput", {"name": "a", "value": ""}, Waits("value")),
    ("AgentTimeInput", {"name": "a", "value": "25:00"}, Waits("value")),
    ("AgentTimeInput", {"name": "a", "value": "noon"}, Waits("value")),
)
async def test_value_that_is_none_of_its_kind_does_not_enter(name: str, inputs: dict[str, Any], outcome: Waits) -> None:
    met = await outcome_of(block_named(name), inputs)

    assert isinstance(met, Waits)
    assert f"The input {outcome.reason} is not valid" in met.reason


@rows(
    ("AgentOutput", {"value": 1}, NEEDS_A_NAME),
    ("AgentOutput", {"name": "a"}, emits(("output", None), ("name", "a"))),
    ("AgentOutput", {"name": "a", "value": 0}, emits(("output", 0), ("name", "a"))),
    ("AgentOutput", {"name": "a", "value": [None], "format": ""}, emits(("output", [None]), ("name", "a"))),
    ("AgentOutput", {"name": "a", "value": 1, "format": None}, emits(("output", 1), ("name", "a"))),
    ("AgentOutput", {"name": "a", "value": {"b": 2}, "format": "{{ a.b }}"}, emits(("output", "2"))),
    ("AgentOutput", {"name": "a", "value": 1, "format": "{{ b }}"}, emits(("output", ""))),
    ("AgentOutput", {"name": "a", "value": None, "format": "<{{ a }}>"}, emits(("output", "<None>"))),
    ("AgentOutput", {"name": "a", "value": "<", "format": "{{ a }}"}, emits(("output", "<"))),
    ("AgentOutput", {"name": "a", "value": "<", "format": "{{ a }}", "escape_html": True}, emits(("output", "&lt;"))),
    ("AgentOutput", {"name": "a", "value": 0, "format": "{{ 1 / a }}"}, emits(("output", BY_ZERO))),
    ("AgentOutput", {"name": "my text", "value": 1, "format": "{{ my }}"}, emits(("output", ""))),
    ("StoreValue", {}, Waits("The required input input has no value.")),
    ("StoreValue", {"input": None}, emits(("output", None))),
    ("StoreValue", {"input": 1, "data": None}, emits(("output", 1))),
    ("StoreValue", {"input": 1, "data": 0}, emits(("output", 0))),
    ("StoreValue", {"input": 1, "data": ""}, emits(("output", ""))),
    ("StoreValue", {"input": 1, "data": False}, emits(("output", False))),
    ("StoreValue", {"input": 1, "data": {}}, emits(("output", {}))),
    ("Note", {}, emits(("output", ""))),
    ("PrintToConsole", {"text": {"a": 1}}, emits(("output", {"a": 1}), ("status", "printed"))),
)
async def test_value_leaves_the_graph_as_it_is_or_by_its_template(
    name: str, inputs: dict[str, Any], outcome: Outcome
) -> None:
    await check(name, inputs, outcome)
