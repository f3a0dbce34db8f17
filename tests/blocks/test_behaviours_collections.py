"""Dictionaries and lists, row by row: what is missing, empty, None, negative, or of another type."""

from typing import Any

from tests.blocks.behaviours import Fails, Outcome, Row, Waits, check, emits, rows

A = {"a": 1}


def dictionary(**inputs: Any) -> dict[str, Any]:
    return {"dictionary": A, **inputs}


def updated(*outputs: Any) -> Outcome:
    names = ("updated_dictionary", "removed_value")
    return emits(*zip(names, outputs, strict=False))


@rows(
    ("CreateDictionary", {"values": {}}, emits(("dictionary", {}))),
    ("CreateDictionary", {"values": {"a": None}}, emits(("dictionary", {"a": None}))),
    ("CreateDictionary", {"values_#_a": 1, "values_#_b": None}, emits(("dictionary", {"a": 1, "b": None}))),
    ("CreateDictionary", {"values": '{"a": 1}'}, emits(("dictionary", A))),
    ("CreateDictionary", {"values": "text"}, emits(("dictionary", {"value": "text"}))),
    ("CreateDictionary", {"values": ["x"]}, emits(("dictionary", {"0": "x"}))),
    ("CreateDictionary", {}, Waits("The required input values has no value.")),
    ("AddToDictionary", {}, updated({})),
    ("AddToDictionary", {"key": "a", "value": 1}, updated(A)),
    ("AddToDictionary", dictionary(key="b", value=0), updated({"a": 1, "b": 0})),
    ("AddToDictionary", dictionary(key="b", value=None), updated(A)),
    ("AddToDictionary", dictionary(key="", value=2), updated(A)),
    ("AddToDictionary", dictionary(key=5, value=2), updated({"a": 1, "5": 2})),
    ("AddToDictionary", dictionary(key="a", value=2), updated({"a": 2})),
    ("AddToDictionary", dictionary(key="a", value=2, entries={"a": 3, "b": None}), updated({"a": 3, "b": None})),
    ("AddToDictionary", {"dictionary": None, "entries": '{"b": 2}'}, updated({"b": 2})),
    ("RemoveFromDictionary", dictionary(key="a"), updated({})),
    ("RemoveFromDictionary", dictionary(key="a", return_value=True), updated({}, 1)),
    ("RemoveFromDictionary", {"dictionary": {"a": None}, "key": "a", "return_value": "true"}, updated({}, None)),
    ("RemoveFromDictionary", {"dictionary": {"5": 1}, "key": 5}, updated({})),
    ("RemoveFromDictionary", dictionary(key="b"), Fails("Key 'b' not found in dictionary")),
    ("RemoveFromDictionary", {"dictionary": {}, "key": ""}, Fails("Key '' not found in dictionary")),
    ("ReplaceDictionaryValue", dictionary(key="a", value=2), emits(("updated_dictionary", {"a": 2}), ("old_value", 1))),
    (
        "ReplaceDictionaryValue",
        dictionary(key="a", value=None),
        emits(("updated_dictionary", {"a": None}), ("old_value", 1)),
    ),
    ("ReplaceDictionaryValue", dictionary(key="b", value=2), Fails("Key 'b' not found in dictionary")),
    ("DictionaryIsEmpty", {"dictionary": {}}, emits(("is_empty", True))),
    ("DictionaryIsEmpty", {"dictionary": {"": None}}, emits(("is_empty", False))),
    ("DictionaryIsEmpty", {"dictionary": ""}, emits(("is_empty", False))),
    ("DictionaryIsEmpty", {"dictionary": None}, Waits("The required input dictionary has no value.")),
)
async def test_dictionaries(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def found(container: Any, key: Any, value: Any) -> Row:
    return "FindInDictionary", {"input": container, "key": key}, emits(("output", value))


def missing(container: Any, key: Any) -> Row:
    return "FindInDictionary", {"input": container, "key": key}, emits(("missing", container))


@rows(
    found({"a": 1}, "a", 1),
    found({"a": None}, "a", None),
    found({"": 0}, "", 0),
    found({"1": "one"}, 1, "one"),
    found({"1": "one"}, "1", "one"),
    found('{"a": [7]}', "a", [7]),
    found("[5, 6]", 1, 6),
    found([5, 6], 0, 5),
    found([None], 0, None),
    found([], "a", []),
    found([{"a": 1}, {"b": 2}, {"a": None}, "text", 5], "a", [1, None]),
    found([{"b": 1}], "a", []),
    missing({"a": 1}, "b"),
    missing({}, "a"),
    missing({"a": {"b": 1}}, "a.b"),
    missing([5, 6], 2),
    missing([5, 6], -1),
    missing([], 0),
    missing("[5, 6]", -1),
    missing('{"a": 1}', "b"),
    missing("no json", "a"),
    missing("", "a"),
    missing("5", "a"),
    missing(None, "a"),
    missing(5, "real"),
    missing(True, 0),
    ("FindInDictionary", {"input_@_a": 1, "key": "a"}, emits(("output", 1))),
    ("FindInDictionary", {"input": A}, Waits("The required input key has no value.")),
)
async def test_what_is_there_is_found_and_what_is_not_is_missing(
    name: str, inputs: dict[str, Any], outcome: Outcome
) -> None:
    await check(name, inputs, outcome)


def of(items: Any, **inputs: Any) -> dict[str, Any]:
    return {"list": items, **inputs}


def lists(*outputs: Any) -> Outcome:
    return emits(*(("list", items) for items in outputs))


NOT_FOUND, OUT_OF_RANGE = Fails("Index or value not found"), Fails("Index out of range")


@rows(
    ("CreateList", {"values": []}, lists([])),
    ("CreateList", {"values": [None, "", 0]}, lists([None, "", 0])),
    ("CreateList", {"values": "a"}, lists(["a"])),
    ("CreateList", {"values": "[1, 2]"}, lists([1, 2])),
    ("CreateList", {"values_$_0": 1, "values_$_2": 3}, lists([1, None, 3])),
    ("CreateList", {"values": [1, 2, 3, 4], "max_size": 2}, lists([1, 2], [3, 4])),
    ("CreateList", {"values": [1, 2, 3], "max_size": 5}, lists([1, 2, 3])),
    ("CreateList", {"values": [], "max_size": 1, "max_tokens": 1}, lists([])),
    ("CreateList", {"values": ["x" * 400, "y"], "max_tokens": 10}, lists(["x" * 400], ["y"])),
    ("AddToList", {}, emits(("updated_list", []))),
    ("AddToList", {"entry": 1}, emits(("updated_list", [1]))),
    ("AddToList", of(None, entries=[1]), emits(("updated_list", [1]))),
    ("AddToList", of([1], entry=None), emits(("updated_list", [1]))),
    ("AddToList", of([1], entry=0, entries=[2, None]), emits(("updated_list", [1, 2, None, 0]))),
    ("AddToList", of([1, 4], entry=3, entries=[2], position=1), emits(("updated_list", [1, 2, 3, 4]))),
    ("AddToList", of([1, 2], entry=9, position=0), emits(("updated_list", [9, 1, 2]))),
    ("AddToList", of([1, 2], entry=9, position=-1), emits(("updated_list", [1, 9, 2]))),
    ("AddToList", of([1, 2], entry=9, position=-9), emits(("updated_list", [9, 1, 2]))),
    ("AddToList", of([1, 2], entry=9, position=9), emits(("updated_list", [1, 2, 9]))),
    ("AddToList", of("[1]", entry=[2]), emits(("updated_list", [1, [2]]))),
    ("FindInList", of(["a", "b", "b"], value="b"), emits(("index", 1), ("found", True))),
    ("FindInList", of([None], value=None), emits(("index", 0), ("found", True))),
    ("FindInList", of([{"a": 1}], value={"a": 1}), emits(("index", 0), ("found", True))),
    ("FindInList", of(["1"], value=1), emits(("found", False), ("not_found_value", 1))),
    ("FindInList", of([], value=None), emits(("found", False), ("not_found_value", None))),
    ("GetListItem", of(["a", "b"], index=0), emits(("item", "a"))),
    ("GetListItem", of(["a", "b"], index=-1), emits(("item", "b"))),
    ("GetListItem", of(["a", "b"], index=-2), emits(("item", "a"))),
    ("GetListItem", of(["a", "b"], index="1"), emits(("item", "b"))),
    ("GetListItem", of([None], index=0), emits(("item", None))),
    ("GetListItem", of(["a"], index=1), OUT_OF_RANGE),
    ("GetListItem", of(["a"], index=-2), OUT_OF_RANGE),
    ("GetListItem", of([], index=0), OUT_OF_RANGE),
    ("RemoveFromList", of([7, 8, 7], value=7), emits(("updated_list", [8, 7]))),
    ("RemoveFromList", of([7, 8], index=-1, return_item=True), emits(("updated_list", [7]), ("removed_item", 8))),
    ("RemoveFromList", of([7, 8], index=0, value=8), emits(("updated_list", [8]))),
    ("RemoveFromList", of([7, None], index=1, return_item=True), emits(("updated_list", [7]), ("removed_item", None))),
    ("RemoveFromList", of([0, 1], value=0), emits(("updated_list", [1]))),
    ("RemoveFromList", of([7]), NOT_FOUND),
    ("RemoveFromList", of([None], value=None), NOT_FOUND),
    ("RemoveFromList", of([7], value=8), NOT_FOUND),
    ("RemoveFromList", of([7], index=1), NOT_FOUND),
    ("RemoveFromList", of([7], index=-2, value=7), NOT_FOUND),
    ("ReplaceListItem", of(["a", "b"], index=-1, value=None), emits(("updated_list", ["a", None]), ("old_item", "b"))),
    ("ReplaceListItem", of(["a"], index=1, value="c"), OUT_OF_RANGE),
    ("ReplaceListItem", of(["a"], index=-2, value="c"), OUT_OF_RANGE),
    ("ListIsEmpty", of([]), emits(("is_empty", True))),
    ("ListIsEmpty", of([None]), emits(("is_empty", False))),
    ("ListIsEmpty", of("[]"), emits(("is_empty", True))),
    ("ListIsEmpty", of(""), emits(("is_empty", False))),
    ("ListIsEmpty", of(None), Waits("The required input list has no value.")),
    ("ReverseListOrder", {"input_list": [1, None, 3]}, emits(("reversed_list", [3, None, 1]))),
    ("ReverseListOrder", {"input_list": []}, emits(("reversed_list", []))),
)
async def test_lists(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def joined(members: Any, items: list[Any], **inputs: Any) -> Row:
    expected = emits(("concatenated_list", items), ("length", len(items)))
    return "ConcatenateLists", {"lists": members, **inputs}, expected


def flattened(items: Any, flat: list[Any], depth: int, max_depth: int = -1) -> Row:
    expected = emits(("flattened_list", flat), ("length", len(flat)), ("original_depth", depth))
    return "FlattenList", {"nested_list": items, "max_depth": max_depth}, expected


def mixed(members: list[Any], items: list[Any]) -> Row:
    return "InterleaveLists", {"lists": members}, emits(("interleaved_list", items), ("length", len(items)))


def zipped(members: list[Any], groups: list[Any], **inputs: Any) -> Row:
    return "ZipLists", {"lists": members, **inputs}, emits(("zipped_list", groups), ("length", len(groups)))


def difference(a: Any, b: Any, items: list[Any], **inputs: Any) -> Row:
    expected = emits(("difference", items), ("length", len(items)))
    return "ListDifference", {"list_a": a, "list_b": b, **inputs}, expected


def common(a: Any, b: Any, items: list[Any]) -> Row:
    return "ListIntersection", {"list_a": a, "list_b": b}, emits(("intersection", items), ("length", len(items)))


@rows(
    joined([], []),
    joined([[], None, []], []),
    joined([[1], None, [1, None]], [1, 1, None]),
    joined([[None, 1], [None]], [1], remove_none=True),
    joined([[2, 1, 2], [1, 3]], [2, 1, 3], deduplicate=True),
    joined([[None, 1], [None, 1]], [None, 1], deduplicate=True),
    joined([[None, 1], [None, 1]], [1], deduplicate=True, remove_none=True),
    joined([[{"a": 1, "b": 2}], [{"b": 2, "a": 1}]], [{"a": 1, "b": 2}], deduplicate=True),
    joined([[[1], ["1"]], [[1]]], [[1], ["1"]], deduplicate=True),
    joined("[[1], [2]]", [1, 2]),
    ("ConcatenateLists", {"lists": [[1], "ab"]}, Fails("lists must hold lists only, but number 2 is str.")),
    ("ConcatenateLists", {"lists": [5]}, Fails("lists must hold lists only, but number 1 is int.")),
    flattened([], [], 1),
    flattened([1, 2], [1, 2], 1),
    flattened([[], [[]]], [], 3),
    flattened([1, [None, ["", [0]]]], [1, None, "", 0], 4),
    flattened([1, [2, [3]]], [1, [2, [3]]], 3, max_depth=0),
    flattened([1, [2, [3]]], [1, 2, [3]], 3, max_depth=1),
    flattened([1, [2]], [1, 2], 2, max_depth=99),
    flattened([{"a": [1]}, "ab"], [{"a": [1]}, "ab"], 1),
    (
        "FlattenList",
        {"nested_list": [1], "max_depth": -2},
        Fails("max_depth must be -1 (all levels) or more, not -2."),
    ),
    mixed([], []),
    mixed([[], [1]], [1]),
    mixed([[1, 2, 3], ["a"], [None, None]], [1, "a", None, 2, None, 3]),
    zipped([], []),
    zipped([[1, 2], []], []),
    zipped([[1, 2], ["a"]], [[1, "a"]]),
    zipped([[1, 2], ["a"]], [[1, "a"], [2, None]], pad_to_longest=True),
    zipped([[1, 2], []], [[1, 0], [2, 0]], pad_to_longest=True, fill_value=0),
    zipped([[1, 2], ["a", "b"]], [[1, "a"], [2, "b"]], fill_value="unused"),
    difference([], [1], []),
    difference([1, 2, 1, None], [2], [1, 1, None]),
    difference([1, 2], [], [1, 2]),
    difference([3, 1], [1, 4, 4], [3, 4, 4], symmetric=True),
    difference([{"a": 1}, {"a": 2}], [{"a": 1}], [{"a": 2}]),
    difference(["1"], [1], ["1"]),
    common([], [1], []),
    common([3, 1, 3, 2, None], [None, 2, 3], [3, 2, None]),
    common([[1], [1]], [[1]], [[1]]),
    common(["1"], [1], []),
)
async def test_several_lists(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)
