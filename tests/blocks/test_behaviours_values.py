"""Conversions, branches, steps, numbers and the timer, row by row."""

import math
from typing import Any

from tests.blocks.behaviours import NOTHING, Emits, Fails, Outcome, Row, Waits, check, emits, rows

KINDS = ("string", "number", "boolean", "list", "dictionary")


def to(value: Any, *expected: Any) -> list[Row]:
    """What the value becomes as text, number, boolean, list and dictionary."""
    return [
        ("UniversalTypeConverter", {"value": value, "type": kind}, emits(("value", converted)))
        for kind, converted in zip(KINDS, expected, strict=True)
    ]


@rows(
    *to("abc", "abc", 0.0, False, ["abc"], {"value": "abc"}),
    *to("[1,2]", "[1,2]", 0.0, False, [1, 2], {"value": [1, 2]}),
    *to('{"a":1}', '{"a":1}', 0.0, False, ['{"a":1}'], {"a": 1}),
    *to("", "", 0.0, False, [""], {"value": ""}),
    *to("1.5", "1.5", 1.5, False, ["1.5"], {"value": 1.5}),
    *to("1e3", "1e3", 1000.0, False, ["1e3"], {"value": 1000.0}),
    *to("TRUE", "TRUE", 0.0, True, ["TRUE"], {"value": "TRUE"}),
    *to("true", "true", 0.0, True, ["true"], {"value": True}),
    *to("1", "1", 1.0, True, ["1"], {"value": 1}),
    *to(5, "5", 5.0, True, [5], {"value": 5}),
    *to(0, "0", 0.0, False, [0], {"value": 0}),
    *to(True, "true", 1.0, True, [True], {"value": True}),
    *to(3.7, "3.7", 3.7, True, [3.7], {"value": 3.7}),
    *to({"a": 1}, '{"a": 1}', 1.0, True, [("a", 1)], {"a": 1}),
    *to({}, "{}", 0.0, False, [], {}),
    *to(["x"], '["x"]', 1.0, True, ["x"], {"0": "x"}),
    *to([], "[]", 0.0, False, [], {}),
    *to(None, "null", 0.0, False, [None], {"value": None}),
    ("UniversalTypeConverter", {"value": "é", "type": "string"}, emits(("value", "é"))),
    ("UniversalTypeConverter", {"value": ["é"], "type": "string"}, emits(("value", '["é"]'))),
    ("UniversalTypeConverter", {"type": "string"}, Waits("The required input value has no value.")),
)
async def test_value_is_converted(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def compared(left: Any, sign: str, right: Any, *outcome: tuple[str, Any], **values: Any) -> Row:
    return "Condition", {"value1": left, "operator": sign, "value2": right, **values}, Emits(outcome)


def incomparable(left: Any, sign: str, right: Any, kinds: str) -> Row:
    inputs = {"value1": left, "operator": sign, "value2": right}
    return "Condition", inputs, Fails(f"value1 and value2 cannot be compared by {sign}: {kinds}.")


YES, NO = ("result", True), ("result", False)
NO_OPERATOR = Waits("The input operator is not valid: Input should be '==', '!=', '>', '<', '>=' or '<='.")


@rows(
    compared(1, "==", 1, YES, ("yes_output", 1)),
    compared(1, "==", 1.0, YES, ("yes_output", 1)),
    compared("1", "==", 1, YES, ("yes_output", 1.0)),
    compared(" 7 ", "==", "8", NO, ("no_output", 8.0)),
    compared(" a ", "==", "a", YES, ("yes_output", "a")),
    compared("a", "==", "b ", NO, ("no_output", "b")),
    compared("", "==", " ", YES, ("yes_output", "")),
    compared("", "==", None, NO, ("no_output", None)),
    compared(None, "==", None, YES, ("yes_output", None)),
    compared(None, "!=", 0, YES, ("yes_output", None)),
    compared(True, "==", 1, YES, ("yes_output", True)),
    compared("true", "==", True, NO, ("no_output", True)),
    compared("1e3", ">", "999", YES, ("yes_output", 1000.0)),
    compared("10", ">", "9", YES, ("yes_output", 10.0)),
    compared("b", ">", "a", YES, ("yes_output", "b")),
    compared("-1", "<", 0, YES, ("yes_output", -1.0)),
    compared(2, ">=", "2.0", YES, ("yes_output", 2)),
    compared(3, "<=", 2, NO, ("no_output", 2)),
    compared("inf", ">", 5, YES, ("yes_output", math.inf)),
    compared([1], "==", [1], YES, ("yes_output", [1])),
    compared([1, 2], ">", [1], YES, ("yes_output", [1, 2])),
    compared({"a": 1}, "!=", {"a": 2}, YES, ("yes_output", {"a": 1})),
    compared(1, "==", 1, YES, ("yes_output", 0), yes_value=0),
    compared(1, "==", 1, YES, ("yes_output", ""), yes_value=""),
    compared(1, "==", 1, YES, ("yes_output", " 7 "), yes_value=" 7 "),
    compared(1, "==", 1, YES, ("yes_output", 1), yes_value=None, no_value="no"),
    compared(1, "==", 2, NO, ("no_output", False), no_value=False),
    compared(1, "==", "2", NO, ("no_output", 2.0), yes_value="yes"),
    incomparable("abc", ">", "1", "str and float"),
    incomparable(None, "<", 1, "NoneType and int"),
    incomparable({"a": 1}, ">", {"a": 0}, "dict and dict"),
    incomparable([1], "<", 1, "list and int"),
    ("Condition", {"value1": 1, "operator": "=>", "value2": 1}, NO_OPERATOR),
)
async def test_values_are_compared(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def matched(given: Any, wanted: Any, is_same: bool) -> Row:
    inputs = {"input": given, "value": wanted, "yes_value": "yes"}
    return "IfInputMatches", inputs, emits(YES, ("yes_output", "yes")) if is_same else emits(NO, ("no_output", None))


@rows(
    matched(10, 10, True),
    matched(10, "10", True),
    matched("10", 10, True),
    matched("10", "10 ", False),
    matched(1.5, "1.5", True),
    matched(10, "ten", False),
    matched(0, "ten", False),
    matched(0, "", False),
    matched(True, "true", True),
    matched(False, "0", True),
    matched(False, "no", False),
    matched([1, 2], "[1, 2]", True),
    matched(["a"], "a", True),
    matched({"a": 1}, '{"a": 1}', True),
    matched(None, None, True),
    matched(None, "", False),
    matched("", None, False),
    matched("a", "A", False),
)
async def test_input_is_matched_as_its_own_type(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def stepped(**inputs: Any) -> dict[str, Any]:
    return inputs


@rows(
    ("StepThroughItems", {}, NOTHING),
    ("StepThroughItems", stepped(items=[], items_object={}, items_str=""), NOTHING),
    ("StepThroughItems", stepped(items=None, items_object=None, items_str=None), NOTHING),
    ("StepThroughItems", stepped(items_str="{}"), NOTHING),
    ("StepThroughItems", stepped(items=[None, 0]), emits(("item", None), ("key", 0), ("item", 0), ("key", 1))),
    ("StepThroughItems", stepped(items='["a"]'), emits(("item", "a"), ("key", 0))),
    ("StepThroughItems", stepped(items="a"), emits(("item", "a"), ("key", 0))),
    ("StepThroughItems", stepped(items=5), emits(("item", 5), ("key", 0))),
    ("StepThroughItems", stepped(items_object={"x": 7}), emits(("item", 7), ("key", "x"))),
    ("StepThroughItems", stepped(items_object='{"x": [1]}'), emits(("item", [1]), ("key", "x"))),
    ("StepThroughItems", stepped(items_str='{"k": null}'), emits(("item", None), ("key", "k"))),
    ("StepThroughItems", stepped(items_str=["a"]), emits(("item", "a"), ("key", 0))),
    (
        "StepThroughItems",
        stepped(items_str='["c"]', items_object={"b": 2}, items=["a"]),
        emits(("item", "a"), ("key", 0), ("item", 2), ("key", "b"), ("item", "c"), ("key", 0)),
    ),
    ("StepThroughItems", stepped(items=[0] * 10_001), Fails("There are 10001 elements; at most 10000 are allowed.")),
    ("StepThroughItems", stepped(items_str="5"), Fails("items_str must be the JSON text of a list or a dictionary.")),
)
async def test_collections_are_stepped_through(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def calculated(operation: str, a: Any, b: Any, result: float, **inputs: Any) -> Row:
    return "Calculator", {"operation": operation, "a": a, "b": b, **inputs}, emits(("result", result))


def counted(collection: Any, count: int) -> Row:
    return "CountItems", {"collection": collection}, emits(("count", count))


@rows(
    calculated("Add", 1, 2, 3.0),
    calculated("Add", "1.5", True, 2.5),
    calculated("Add", "abc", 2, 2.0),
    calculated("Add", [1, 2], {"a": 1}, 3.0),
    calculated("Subtract", 1, 3, -2.0),
    calculated("Multiply", "1e2", "2", 200.0),
    calculated("Divide", 7, 2, 3.5),
    calculated("Divide", 7, 2, 4, round_result=True),
    calculated("Divide", 1, 0, math.inf),
    calculated("Divide", -1, 0, math.inf),
    calculated("Divide", 0, 0, math.inf),
    calculated("Divide", 1, "abc", math.inf),
    calculated("Divide", 1, 0, math.inf, round_result=True),
    calculated("Power", 2, -1, 0.5),
    calculated("Power", 0, -1, math.inf),
    calculated("Power", -8, 0.5, math.nan),
    calculated("Power", 10, 400, math.nan),
    calculated("Multiply", 1e300, 1e300, math.inf),
    calculated("Add", 0.1, 0.2, 0, round_result=True),
    ("Calculator", {"operation": "Add", "a": 1}, Waits("The required input b has no value.")),
    ("Calculator", {"operation": "Add", "a": None, "b": 1}, Waits("The required input a has no value.")),
    counted([], 0),
    counted([None, [1, 2]], 2),
    counted({}, 0),
    counted({"a": 1, "b": 2}, 2),
    counted("", 0),
    counted("[1, 2]", 6),
    counted("é😀", 2),
    counted(None, -1),
    counted(5, -1),
    counted(3.7, -1),
    counted(True, -1),
    ("CountItems", {}, Waits("The required input collection has no value.")),
)
async def test_numbers_are_calculated_and_items_counted(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


@rows(
    ("CountdownTimer", {}, emits(("output_message", "timer finished"))),
    ("CountdownTimer", {"input_message": None}, emits(("output_message", None))),
    ("CountdownTimer", {"input_message": {"a": 1}, "seconds": "0"}, emits(("output_message", {"a": 1}))),
    ("CountdownTimer", {"input_message": 1, "repeat": "3"}, emits(*[("output_message", 1)] * 3)),
    ("CountdownTimer", {"seconds": "0.001", "minutes": "0"}, emits(("output_message", "timer finished"))),
    ("CountdownTimer", {"seconds": -1}, Fails("seconds must be a number from 0, not -1.")),
    ("CountdownTimer", {"hours": ""}, Fails("hours must be a number from 0, not .")),
    ("CountdownTimer", {"repeat": 0}, Fails("repeat must be from 1 to 1000, not 0.")),
)
async def test_timer_passes_its_message_on(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)
