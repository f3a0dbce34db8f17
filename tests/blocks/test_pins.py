import pytest

from blocks.context import MISSING
from blocks.pins import MAX_PADDING, MAX_STEPS, base_name, compile_selector, is_dynamic, merge


@pytest.mark.parametrize(
    ("pin", "base"),
    [
        ("name", "name"),
        ("name_$_0", "name"),
        ("name_#_key", "name"),
        ("name_@_attribute", "name"),
        ("r_$_0_#_a_$_0", "r"),
        ("v_#_", "v"),
        ("snake_case_name", "snake_case_name"),
        ("tools", "tools"),
        ("tools_^_n1_~_q", "tools"),
        ("tools_^_n1_~_values_#_q", "tools"),
        ("toolset", "toolset"),
    ],
)
def test_base_name_is_the_text_before_the_first_delimiter(pin: str, base: str) -> None:
    assert base_name(pin) == base


def test_only_names_with_a_delimiter_are_dynamic() -> None:
    assert [pin for pin in ("a", "a_b", "a_$_0", "a_#_b", "a_@_b", "tools_^_n_~_f") if is_dynamic(pin)] == [
        "a_$_0",
        "a_#_b",
        "a_@_b",
    ]


@pytest.mark.parametrize(
    ("name", "value", "source_name", "delivered"),
    [
        ("r", {"a": 1}, "r", {"a": 1}),
        ("r", {"a": 1}, "r_#_a", 1),
        ("r", {"a": 1}, "r_#_b", MISSING),
        ("r", {"a": 1}, "r_#_", MISSING),
        ("r", {"": 1}, "r_#_", MISSING),
        ("r", {"a": 1}, "other_#_a", MISSING),
        ("r", [5, 6], "r_$_1", 6),
        ("r", [5, 6], "r_$_2", MISSING),
        ("r", [5, 6], "r_$_x", MISSING),
        ("r", [5, 6], "r_$_-1", 6),
        ("r", [5, 6], "r_$_-3", MISSING),
        ("r", "ab", "r_$_0", MISSING),
        ("r", [{"a": [9]}], "r_$_0_#_a_$_0", 9),
        ("r", [{"a": [9]}], "r_$_1_#_a_$_0", MISSING),
        ("r", '{"a":1}', "r_#_a", MISSING),
        ("r", {"a_#_b": 1}, "r_#_a_#_b", MISSING),
        ("r", {"a": None}, "r_#_a", MISSING),
        ("r", {"a": 0}, "r_#_a", 0),
        ("r", {"a": 1}, "r_@_a", 1),
        ("r", None, "r", None),
        ("r", None, "r_#_a", MISSING),
        ("rx", 1, "r", MISSING),
        ("r", 1, "rx", MISSING),
        ("tools", 1, "tools", 1),
    ],
)
def test_selector_delivers_what_its_name_leads_to(
    name: str, value: object, source_name: str, delivered: object
) -> None:
    selected = compile_selector(source_name).select(name, value)

    assert selected is MISSING if delivered is MISSING else selected == delivered


@pytest.mark.parametrize("source_name", ["tools", "tools_^_search the web_~_q", "tools_^_n1_~_q"])
def test_tool_output_goes_to_the_one_pin_that_it_names(source_name: str) -> None:
    selector = compile_selector(source_name)

    assert selector.select("tools_^_n1_~_q", "v", sink_node_id="n1", sink_name="q") == "v"
    assert selector.select("tools_^_n1_~_q", "v", sink_node_id="n2", sink_name="q") is MISSING
    assert selector.select("tools_^_n1_~_q", "v", sink_node_id="n1", sink_name="p") is MISSING


def test_tool_output_reaches_a_dynamic_pin() -> None:
    selector = compile_selector("tools")

    assert selector.select("tools_^_n1_~_v_#_q", 1, sink_node_id="n1", sink_name="v_#_q") == 1


def test_plain_link_takes_no_tool_output() -> None:
    assert compile_selector("q").select("tools_^_n1_~_q", "v", sink_node_id="n1", sink_name="q") is MISSING


@pytest.mark.parametrize(
    ("data", "added"),
    [
        ({"v_#_a": 1, "v_#_b": 2}, {"v": {"a": 1, "b": 2}}),
        ({"v": {"a": 0, "c": 3}, "v_#_a": 1}, {"v": {"a": 1, "c": 3}}),
        ({"l_$_0": 1, "l_$_2": 3}, {"l": [1, None, 3]}),
        ({"l": [7, 8], "l_$_1": "x"}, {"l": [7, "x"]}),
        ({"l": [7, 8], "l_$_-1": "x"}, {"l": [7, "x"]}),
        ({"v_#_a_$_0": 1, "v_#_a_$_1": 2}, {"v": {"a": [1, 2]}}),
        ({"l_$_0_#_k": 5}, {"l": [{"k": 5}]}),
        ({"v": "s", "v_#_a": 1}, {"v": {"a": 1}}),
        ({"l": {"x": 1}, "l_$_0": 2}, {"l": [2]}),
        ({"v": None, "v_#_a": 1}, {"v": {"a": 1}}),
        ({"v_#_a": None}, {"v": {"a": None}}),
        ({"v_#_": 1}, {}),
        ({"o_@_a": 1}, {"o": {"a": 1}}),
        ({"plain": 1, "also_plain": [2]}, {}),
    ],
)
def test_merging_adds_containers_and_keeps_the_flattened_keys(
    data: dict[str, object], added: dict[str, object]
) -> None:
    assert merge(data) == {**data, **added}


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        ({"l_$_x": 1}, ValueError, "The input l_$_x has the index x, which is not a whole number."),
        ({"l_$_-1": 1}, IndexError, "before the start"),
        ({"l": [1], "l_$_-2": 1}, IndexError, "before the start"),
        ({f"l_$_{MAX_PADDING + 1}": 1}, IndexError, f"{MAX_PADDING} empty places"),
        ({f"l_$_{MAX_PADDING}": 1, "m_$_1": 1}, IndexError, f"{MAX_PADDING} empty places"),
        ({"v" + "_#_a" * (MAX_STEPS + 1): 1}, ValueError, f"{MAX_STEPS} are allowed"),
    ],
)
def test_merging_refuses_what_cannot_be_built(data: dict[str, object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says.replace("$", r"\$")):
        merge(data)


def test_merging_reaches_the_limits() -> None:
    assert len(merge({f"l_$_{MAX_PADDING}": 1})["l"]) == MAX_PADDING + 1
    assert "v" in merge({"v" + "_#_a" * MAX_STEPS: 1})


def test_merging_never_changes_what_it_was_given() -> None:
    inner = {"kept": [1]}
    data = {"v": {"inner": inner}, "l": [inner], "v_#_inner_#_kept_$_0": 2, "v_#_inner_#_new": 3, "l_$_0_#_new": 4}

    merged = merge(data)

    assert merged["v"] == {"inner": {"kept": [2], "new": 3}}
    assert merged["l"] == [{"kept": [1], "new": 4}]
    assert data["v"] == {"inner": {"kept": [1]}}
    assert inner == {"kept": [1]}


def test_merging_into_a_value_that_came_flattened_leaves_it_alone() -> None:
    received = {"x": 1}

    merged = merge({"v_#_a": received, "v_#_a_#_y": 2})

    assert merged["v"] == {"a": {"x": 1, "y": 2}}
    assert received == {"x": 1}
